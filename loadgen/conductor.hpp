#pragma once

#include "common/base/clock.hpp"
#include "loadgen/report/run_report.hpp"
#include "loadgen/report/status.hpp"
#include "loadgen/state/roster.hpp"
#include "loadgen/worker.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace wsd::loadgen {

// Leads the workers through the phases of one run: ramp, load, drain, a last resume of what is incomplete, verdict,
// goodbye. Lives on the thread that calls run(); talks to workers only by coroutines on their contexts.
class conductor {
  public:
    struct status_plan {
        std::function<void(const run_status&)> show; // empty: none
        std::chrono::milliseconds every{1000};
    };
    conductor(const run_plan& plan, status_plan status) : plan_(plan), status_(std::move(status)) {}

    // Starts the worker threads, ends them, and returns everything but the verdict's exit code. SIGINT and SIGTERM end
    // the load early; a second one ends the process.
    [[nodiscard]] run_report run();

  private:
    task<> conduct();
    task<bool> ramp();
    task<bool> prepare();
    task<> load();
    // Waits until everything is answered and shown, at most `longest`, or until nothing moved for `still`.
    struct patience {
        std::chrono::nanoseconds longest;
        std::chrono::nanoseconds still;
    };
    task<> settle(patience how_long);
    task<> resume_incomplete();
    task<> judge();
    task<> collect();
    task<> say_goodbye();
    task<> watch_signals();
    // Scenario restart: ends the server in mid load, twice when it can be started again.
    task<> restart_server(steady_time load_start);
    task<> restart_once(int signal, std::string name, std::string how);
    task<bool> server_answers();
    task<> pause(std::chrono::milliseconds how_long);

    // Looks at all workers, about every `tick`, and shows the status when it is time.
    task<counters> poll(std::chrono::milliseconds tick);
    void show_status(const counters& now, const tallies& names);
    void note_second(const counters& now);
    // longest: 0 when nobody knows.
    void begin_phase(std::string_view name, std::chrono::nanoseconds longest = {});
    template <class T> task<T> ask(worker& on, task<T> what);
    [[nodiscard]] double seconds_since(steady_time when) const;

    const run_plan& plan_;
    status_plan status_;
    boost::asio::io_context io_{1};
    roster<worker> workers_;
    run_report report_;
    std::string_view phase_ = "ramp";
    std::chrono::nanoseconds phase_longest_{};
    steady_time phase_start_;
    counters shown_; // when the status was shown last
    steady_time shown_at_;
    histogram ack_;
    histogram delivery_;
    histogram lag_;
    // Of the second under way, for the series.
    counters noted_;
    steady_time started_at_;
    steady_time noted_at_;
    histogram second_ack_;
    histogram second_delivery_;
    histogram second_lag_;
    bool restarting_ = false;
    bool interrupted_ = false;
    bool finished_ = false;
};

} // namespace wsd::loadgen
