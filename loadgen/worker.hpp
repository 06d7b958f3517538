#pragma once

#include "common/base/clock.hpp"
#include "loadgen/counters.hpp"
#include "loadgen/machine.hpp"
#include "loadgen/options.hpp"
#include "loadgen/probe.hpp"
#include "loadgen/random.hpp"
#include "loadgen/scenarios/scenario.hpp"
#include "loadgen/server_process.hpp"
#include "loadgen/state/check_list.hpp"
#include "loadgen/state/credentials.hpp"
#include "loadgen/state/population.hpp"
#include "loadgen/state/presence_watch.hpp"
#include "loadgen/state/roster.hpp"
#include "loadgen/virtual_user.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wsd::loadgen {

// What all workers share; outlives them. Immutable but for credentials (see there).
struct run_plan {
    const run_options& options;
    const population& who;
    credentials& users;
    const clock& time;
    boost::asio::ip::tcp::endpoint server;
    machine_limits machine;
    std::uint32_t run = 0; // names the run in its messages
    std::uint32_t workers = 1;
    traffic sends = traffic::direct;
    server_process* process = nullptr; // the conductor's; null: unknown
};

// One thread with its share of the chats: their connections, their ledger, their part of the schedule. The thread calls
// run(); everything else is called on it, by coroutines that others spawn on io().
class worker {
  public:
    worker(const run_plan& plan, std::uint32_t index);
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    [[nodiscard]] boost::asio::io_context& io() { return io_; }
    void run(); // until stop()

    // ---- the phases of a run, in order ----
    task<> start_ramp(steady_time start);
    task<> start_preparing(const scenario& what);
    task<> start_load(const scenario& what, steady_time start);
    task<> end_load();
    // How many connections that concerns. had_time: what is unanswered by now is a fault of the server.
    task<std::uint64_t> resume_incomplete(bool had_time);
    task<> abandon_ramp();
    task<> leave();
    void stop(); // run() ends; a coroutine could not report back from a context that no longer runs

    // ---- what is known ----
    struct sample {
        counters count;
        tallies names;
        histogram ack; // since the last sample
        histogram delivery;
        histogram lag;
    };
    task<sample> take_sample();
    struct outcome {
        counters count;
        tallies names;
        latencies times;
        double cpu_share = 0; // of one core, during the load
        double cpu_seconds = 0;
        std::string server_version;
        std::string unfit;
        check_list checks;
    };
    task<outcome> report();
    task<std::vector<ledger::message_key>> misdelivered();
    struct verdict {
        fault_counts faults;
        std::uint64_t unverified = 0; // connections that are not live: nobody knows what they missed
    };
    task<verdict> judge(std::vector<ledger::message_key> elsewhere);

    // ---- for scenarios ----
    // Sends on schedule, in turn from every connection whose user has a partner, until the load is over.
    task<> send_on_schedule();
    // Closed loop: fills every sender's window; acknowledgements do the rest.
    void fill_windows();
    enum class cuts : std::uint8_t { of_all_kinds, orderly };
    task<> cut_connections(double per_second, cuts which);
    task<> until_load_over();
    task<> pause(std::chrono::nanoseconds how_long);
    template <class Visit> void for_each_user(Visit&& visit) { users_.for_each(visit); }
    // Opens a connection again that has ended for good.
    void reopen(virtual_user& user) { spawn(user.run()); }
    // An expectation of the scenario; it is met when both texts are the same.
    void expect(std::string what, const std::string& expected, const std::string& found);
    void expect(std::string what, std::uint64_t expected, std::uint64_t found) {
        expect(std::move(what), std::to_string(expected), std::to_string(found));
    }
    // The scenario can't be carried out with this server and these options; why.
    void refuse(std::string why) { unfit_ = std::move(why); }
    check_list& checks() { return checks_; }
    // A connection of the scenario's own; see probe. Only for scenarios with one worker.
    probe& add_probe(std::function<void(const incoming&)> frame);
    // From now on it is noted who comes and goes, and who was told of it.
    void watch_presence();
    [[nodiscard]] presence_watch* presence() { return presence_ ? &*presence_ : nullptr; }
    // Somebody whose contact is there leaves for so long, if there is anybody of that kind.
    void send_somebody_away(std::chrono::milliseconds how_long);
    // While it lasts, connections that are cut come back at once, and what the others are shown is counted apart.
    void set_storm(bool blows) { storm_ = blows; }
    [[nodiscard]] bool storm() const { return storm_; }
    [[nodiscard]] steady_time load_start() const { return load_start_; }
    [[nodiscard]] bool load_over() const { return load_over_; }
    void spawn(task<> work);
    [[nodiscard]] const run_plan& plan() const { return plan_; }

    // ---- for virtual users ----
    [[nodiscard]] ledger& book() { return book_; }
    [[nodiscard]] wire& frames() { return wire_; }
    [[nodiscard]] flush_list& flushes() { return flushes_; }
    [[nodiscard]] counters& count() { return count_; }
    [[nodiscard]] tallies& names() { return names_; }
    [[nodiscard]] latencies& times() { return times_; }
    [[nodiscard]] random_source& random() { return random_; }
    [[nodiscard]] steady_time now() const { return plan_.time.now(); }
    [[nodiscard]] std::string& scratch() { return scratch_; } // text of one frame
    [[nodiscard]] std::string& content() { return content_; } // of one message
    [[nodiscard]] bool refilling() const { return refilling_; }
    struct ack_times {
        std::chrono::nanoseconds from_due;
        std::chrono::nanoseconds from_send;
        std::chrono::nanoseconds uncorrected;
    };
    void record_ack(const ack_times& took);
    void learn_version(std::string_view version) {
        if (server_version_.empty()) server_version_ = version;
    }
    void record_delivery(std::chrono::nanoseconds from_due, bool left_alone);

  private:
    task<> open_connections(steady_time start);
    task<> carry_out(const scenario& what);
    task<> watch_deadlines();
    void refresh_counts();
    void send_from_next(steady_time due);

    // The context is destroyed last: handlers refer to the members below only while it runs.
    const run_plan& plan_;
    std::uint32_t index_;
    boost::asio::io_context io_{1};
    random_source random_;
    flush_list flushes_;
    ledger book_;
    wire wire_;
    counters count_;
    tallies names_;
    latencies times_;
    histogram interval_ack_;
    histogram interval_delivery_;
    histogram interval_lag_;
    roster<virtual_user> users_;
    std::string server_version_;
    std::string unfit_;
    std::string scratch_;
    std::string content_;
    check_list checks_;
    roster<probe> probes_;
    std::optional<presence_watch> presence_;
    std::size_t next_sender_ = 0;
    steady_time load_start_;
    double cpu_at_start_ = 0;
    double cpu_in_load_ = 0;
    double load_seconds_ = 0;
    bool load_over_ = false;
    bool refilling_ = false;
    bool storm_ = false;
    bool abandoned_ = false;
    bool stopped_ = false;
};

} // namespace wsd::loadgen
