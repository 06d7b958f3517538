#include "loadgen/report/compare.hpp"

#include "loadgen/report/metrics.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace wsd::loadgen {
namespace {

namespace json = boost::json;

// Shown without being asked for.
constexpr std::array<std::string_view, 7> usual_metrics{"rate.acked",  "rate.delivered", "ack.p50", "ack.p99",
                                                        "deliver.p50", "deliver.p99",    "cpu"};
constexpr std::array<std::size_t, 5> widths{16, 26, 26, 10, 10};

std::optional<double> metric_of(const json::value& run, std::string_view name) {
    const auto* metrics = run.as_object().if_contains("metrics");
    const auto* value = metrics == nullptr || !metrics->is_object() ? nullptr : metrics->get_object().if_contains(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

std::optional<run_samples> samples_of(const json::array& runs, std::string_view name) {
    run_samples all;
    for (const auto& run : runs) {
        const auto value = metric_of(run, name);
        if (!value) return std::nullopt;
        all.add(*value);
    }
    return all;
}

// Those that measured nothing, or the wrong thing.
std::optional<std::string> find_failed(const json::array& runs) {
    for (const auto& run : runs) {
        const auto code = run.at("exit").to_number<int>();
        const bool measured = code == 0 || code == static_cast<int>(exit_code::objective);
        if (!measured) return "a run ended with status " + std::to_string(code) + " and can't be compared";
    }
    return std::nullopt;
}

std::string cell(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size() + 1), ' ');
    return text;
}

std::string range_of(const run_samples& samples, metric_unit unit) {
    return format_metric(samples.median(), unit) + " (" + format_metric(samples.least(), unit) + ".." +
           format_metric(samples.most(), unit) + ")";
}

std::string row(const std::array<std::string, 6>& cells) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) line += cell(cells[i], widths[i]);
    return line + cells.back() + '\n';
}

struct compared {
    std::string line;
    bool worse = false;
};

compared compare_metric(const metric_name& metric, const run_samples& base, const run_samples& next,
                        std::optional<double> limit) {
    const double before = base.median(), after = next.median();
    // Where the base is 0, anything worse is infinitely worse.
    const double change = before != 0 ? (after - before) / before : after == before ? 0 : HUGE_VAL * (after - before);
    const double loss = metric.more_is_better ? -change : change;
    const bool worse = limit && loss > *limit;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%+.1f%%", change * 100);
    const std::string allowed = limit ? format_metric(*limit, metric_unit::share) : "";
    const std::string verdict = !limit ? "" : worse ? "WORSE" : "ok";
    return {row({metric.name, range_of(base, metric.unit), range_of(next, metric.unit), text.data(), allowed, verdict}),
            worse};
}

} // namespace

setup_result<regress_limit> parse_regress_limit(std::string_view text) {
    const auto at = text.find('=');
    const auto name = text.substr(0, at);
    const auto metric = find_metric(name);
    if (!metric)
        return setup_error{"unknown metric '" + std::string(name) + "'; did you mean " + nearest_metric(name) + "?"};
    if (at == std::string_view::npos) return setup_error{"expected METRIC=SHARE, like deliver.p99=10%"};
    auto share = text.substr(at + 1);
    const bool percent = share.ends_with('%');
    if (percent) share.remove_suffix(1);
    const auto value = parse_number(share);
    if (!value) return setup_error{"expected METRIC=SHARE, like deliver.p99=10%"};
    return regress_limit{metric->name, percent ? *value / 100 : *value};
}

setup_result<json::array> read_runs(std::string_view text) {
    json::array runs;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        boost::system::error_code ec;
        auto run = json::parse(line, ec);
        const auto* tool = ec || !run.is_object() ? nullptr : run.get_object().if_contains("tool");
        if (tool == nullptr || *tool != "wsload") return setup_error{"is no report of wsload run --json"};
        runs.push_back(std::move(run));
    }
    return runs;
}

setup_result<comparison_outcome> compare_runs(const json::array& base, const json::array& next,
                                              const compare_plan& plan) {
    if (base.size() < compared_runs_min || next.size() < compared_runs_min) {
        return setup_error{"expected at least " + std::to_string(compared_runs_min) + " runs on each side, there are " +
                           std::to_string(base.size()) + " and " + std::to_string(next.size())};
    }
    for (const auto* side : {&base, &next})
        if (auto failed = find_failed(*side)) return setup_error{*std::move(failed)};
    comparison_outcome all;
    all.text = row({"metric", "base: median (range)", "new: median (range)", "change", "allowed", ""});
    const auto add = [&](std::string_view name, std::optional<double> limit) {
        const auto before = samples_of(base, name), after = samples_of(next, name);
        if (!before || !after) return false;
        const auto one = compare_metric(*find_metric(name), *before, *after, limit);
        all.text += one.line;
        all.worse = all.worse || one.worse;
        return true;
    };
    for (const auto name : usual_metrics)
        if (std::ranges::find(plan.limits, name, &regress_limit::metric) == plan.limits.end()) add(name, std::nullopt);
    for (const auto& limit : plan.limits)
        if (!add(limit.metric, limit.share)) return setup_error{limit.metric + " was not measured in every run"};
    return all;
}

} // namespace wsd::loadgen
