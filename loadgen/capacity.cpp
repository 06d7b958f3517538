#include "loadgen/capacity.hpp"

#include "loadgen/report/metrics.hpp"

namespace wsd::loadgen {
namespace {

constexpr int runs_max = 20;
constexpr double close_enough = 1.1; // the range that is left: rates that broke to rates that held
constexpr double rate_max = 1e7;
constexpr double rate_min = 2; // nothing below it is worth searching

// What to try next; nullopt: the search is over. held and broke: the highest rate that held, the lowest that broke, 0
// when there was none.
std::optional<double> next_rate(double held, double broke) {
    if (held != 0 && broke != 0) return broke / held <= close_enough ? std::nullopt : std::optional((held + broke) / 2);
    if (held != 0) return held * 2 > rate_max ? std::nullopt : std::optional(held * 2);
    return broke <= rate_min ? std::nullopt : std::optional(broke / 2);
}

} // namespace

run_report search_capacity(const run_options& options, const std::function<run_report(const run_options&)>& carry_out) {
    run_options now = options;
    if (now.gates.empty()) now.gates.add(*parse_gate("deliver.p99<100ms"));
    double held = 0, broke = 0;
    std::optional<double> rate = options.load.mean_per_second();
    std::optional<run_report> best, first_broken;
    check_list runs;
    for (int i = 0; i < runs_max && rate; ++i) {
        now.load = load_profile(*rate);
        auto report = carry_out(now);
        const bool good = report.exit == exit_code::ok;
        const bool ends = report.exit == exit_code::interrupted || report.exit == exit_code::unreachable;
        runs.add({.what = "at " + format_count(*rate) + "/s",
                  .expected = "",
                  .found = good ? "holds" : report.problem,
                  .met = true});
        if (good) {
            held = *rate;
            best = std::move(report);
        } else {
            broke = *rate;
            if (!first_broken) first_broken = std::move(report);
        }
        rate = ends ? std::nullopt : next_rate(held, broke);
    }
    auto report = best ? *std::move(best) : *std::move(first_broken);
    report.checks = runs;
    if (held > 0) report.capacity = held;
    return report;
}

} // namespace wsd::loadgen
