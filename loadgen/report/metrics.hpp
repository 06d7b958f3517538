#pragma once

#include "loadgen/report/run_report.hpp"
#include "loadgen/state/gates.hpp"

#include "common/auth/setup_error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wsd::loadgen {

enum class metric_unit : std::uint8_t { count, per_second, milliseconds, share, bytes };

// A figure of a run that can be given a threshold, under one name in --slo, in reports and in comparisons.
struct metric_name {
    std::string name; // "deliver.p99", "lost", "rate.acked"
    metric_unit unit = metric_unit::count;
    bool more_is_better = false;
};

// nullopt: there is no metric of that name.
[[nodiscard]] std::optional<metric_name> find_metric(std::string_view name);
// Its value; nullopt: nothing of the kind was measured in this run.
[[nodiscard]] std::optional<double> read_metric(const run_report& report, std::string_view name);
// The known name that is most like this one.
[[nodiscard]] std::string nearest_metric(std::string_view name);
// For people: lines with all names and what they mean.
[[nodiscard]] std::string describe_metrics();

// visit(const metric_name&, std::optional<double>) for every metric, in a fixed order.
template <class Visit> void for_each_metric(const run_report& report, Visit&& visit);

// "NAME OP VALUE" with OP one of < <= == != >= >; the value has the unit of the metric: 50ms, 2k, 5%. The error is a
// sentence.
[[nodiscard]] setup_result<gate> parse_gate(std::string_view text);
[[nodiscard]] bool holds(const gate& what, std::optional<double> value); // what was not measured does not hold
// For people: "12.3ms", "4.50k".
[[nodiscard]] std::string format_metric(double value, metric_unit unit);

// How many metrics there are, and the one at a place: for for_each_metric.
[[nodiscard]] std::size_t metric_count();
[[nodiscard]] metric_name metric_at(std::size_t place);

template <class Visit> void for_each_metric(const run_report& report, Visit&& visit) {
    for (std::size_t place = 0; place < metric_count(); ++place) {
        const auto one = metric_at(place);
        visit(one, read_metric(report, one.name));
    }
}

} // namespace wsd::loadgen
