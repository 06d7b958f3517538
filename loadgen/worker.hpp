#pragma once

#include "common/base/clock.hpp"
#include "loadgen/counters.hpp"
#include "loadgen/machine.hpp"
#include "loadgen/options.hpp"
#include "loadgen/random.hpp"
#include "loadgen/scenarios/scenario.hpp"
#include "loadgen/state/credentials.hpp"
#include "loadgen/state/population.hpp"
#include "loadgen/state/roster.hpp"
#include "loadgen/virtual_user.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
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
    task<> cut_connections(double per_second);
    task<> until_load_over();
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
    void record_delivery(std::chrono::nanoseconds from_due);

  private:
    task<> open_connections(steady_time start);
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
    std::string scratch_;
    std::string content_;
    std::size_t next_sender_ = 0;
    steady_time load_start_;
    double cpu_at_start_ = 0;
    double cpu_in_load_ = 0;
    double load_seconds_ = 0;
    bool load_over_ = false;
    bool refilling_ = false;
    bool abandoned_ = false;
    bool stopped_ = false;
};

} // namespace wsd::loadgen
