#include "loadgen/report/formats.hpp"

#include "loadgen/report/metrics.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace wsd::loadgen {
namespace {

namespace json = boost::json;

struct test_case {
    std::string name;
    std::string failure; // empty: passed
};

std::string number(double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.9g", value);
    return text.data();
}

std::string as_case(const json::object& report, const test_case& one) {
    std::string text = "  <testcase classname=\"wsload." + escape_markup(report.at("run").at("scenario").as_string()) +
                       "\" name=\"" + escape_markup(one.name) + "\"";
    if (one.failure.empty()) return text + "/>\n";
    return text + "><failure message=\"" + escape_markup(one.failure) + "\"/></testcase>\n";
}

template <class Visit> void for_each_case(const json::object& report, Visit&& visit) {
    if (report.at("judged").as_bool()) {
        for (const auto& [name, count] : report.at("faults").as_object()) {
            // What the server itself reported as gone is no fault.
            if (!count.is_number() || name == "reportedGaps") continue;
            const auto found = count.template to_number<std::uint64_t>();
            visit(test_case{"no message " + std::string(name), found == 0 ? "" : std::to_string(found)});
        }
    }
    for (const auto& value : report.at("checks").as_array()) {
        const auto& one = value.as_object();
        const auto text = [&one](const char* name) { return std::string(one.at(name).as_string()); };
        visit(test_case{text("what"), one.at("ok").as_bool() ? "" : text("found") + " instead of " + text("expected")});
    }
    for (const auto& value : report.at("slo").as_array()) {
        const auto& one = value.as_object();
        const auto& found = one.at("found");
        visit(test_case{std::string(one.at("slo").as_string()), one.at("ok").as_bool() ? ""
                                                                : found.is_null()
                                                                    ? "not measured"
                                                                    : "it is " + number(found.to_number<double>())});
    }
    const auto code = report.at("exit").to_number<int>();
    const bool ended_well =
        code == 0 || code == static_cast<int>(exit_code::objective) || code == static_cast<int>(exit_code::incorrect);
    visit(test_case{"the run came to its end", ended_well ? "" : std::string(report.at("problem").as_string())});
}

struct prometheus_unit {
    std::string_view suffix;
    double scale = 1;
};
prometheus_unit unit_for(metric_unit unit) {
    switch (unit) {
    case metric_unit::milliseconds:
        return {"_seconds", 1e-3};
    case metric_unit::per_second:
        return {"_per_second"};
    case metric_unit::share:
        return {"_ratio"};
    case metric_unit::bytes:
        return {"_bytes"};
    case metric_unit::count:
        break;
    }
    return {""};
}

} // namespace

std::string escape_markup(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            // Control characters have no place in XML.
            out += static_cast<unsigned char>(c) < ' ' && c != '\n' ? ' ' : c;
        }
    }
    return out;
}

std::string report_as_text(const json::object& report) {
    std::string text;
    for (const auto& line : report.at("summary").as_array()) text.append(line.as_string()).push_back('\n');
    return text;
}

std::string report_as_junit(const json::object& report) {
    std::size_t tests = 0, failures = 0;
    std::string cases;
    for_each_case(report, [&](const test_case& one) {
        ++tests;
        failures += one.failure.empty() ? 0u : 1u;
        cases += as_case(report, one);
    });
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"wsload\" tests=\"" + std::to_string(tests) +
           "\" failures=\"" + std::to_string(failures) + "\" time=\"" +
           number(report.at("loadSeconds").to_number<double>()) + "\">\n" + cases + "</testsuite>\n";
}

std::string report_as_metrics(const json::object& report) {
    const std::string scenario = escape_markup(report.at("run").at("scenario").as_string());
    std::string text;
    const auto add = [&](const std::string& name, double value) {
        text += "# TYPE " + name + " gauge\n" + name + "{scenario=\"" + scenario + "\"} " + number(value) + '\n';
    };
    add("wsload_exit_status", report.at("exit").to_number<double>());
    for (const auto& [key, value] : report.at("metrics").as_object()) {
        const auto metric = find_metric(key);
        if (!metric) continue;
        std::string name = "wsload_" + metric->name;
        std::replace(name.begin(), name.end(), '.', '_');
        const auto unit = unit_for(metric->unit);
        add(name.append(unit.suffix), value.to_number<double>() * unit.scale);
    }
    return text;
}

} // namespace wsd::loadgen
