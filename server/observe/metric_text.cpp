#include "server/observe/metric_text.hpp"

#include <charconv>

namespace wsd {
namespace {

void append_integer(std::string& out, std::uint64_t value) {
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void append_fixed(std::string& out, fixed_point value) {
    std::uint64_t scale = 1;
    for (unsigned i = 0; i < value.decimals; ++i) scale *= 10;
    append_integer(out, value.units / scale);
    std::uint64_t fraction = value.units % scale;
    if (fraction == 0) return;
    out += '.';
    while (fraction != 0) {
        scale /= 10;
        out += static_cast<char>('0' + fraction / scale);
        fraction %= scale;
    }
}

std::string_view type_name(metric_type type) noexcept {
    switch (type) {
    case metric_type::counter:
        return "counter";
    case metric_type::gauge:
        return "gauge";
    case metric_type::histogram:
        return "histogram";
    }
    return "untyped";
}

void append_escaped(std::string& out, std::string_view value, bool quoted) {
    for (const char c : value) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quoted) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

std::string render(metric_writer::labels set) {
    std::string rendered;
    for (const auto& [name, value] : set) append_label(rendered, name, value);
    return rendered;
}

} // namespace

void append_label(std::string& out, std::string_view name, std::string_view value) {
    if (!out.empty()) out += ',';
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
}

void metric_writer::family(metric_type type, std::string_view name, std::string_view help) {
    name_ = name;
    out_ += "# HELP ";
    out_ += name;
    out_ += ' ';
    append_escaped(out_, help, false);
    out_ += "\n# TYPE ";
    out_ += name;
    out_ += ' ';
    out_ += type_name(type);
    out_ += '\n';
}

void metric_writer::sample(std::uint64_t value, labels set) { line("", render(set), {.units = value}); }

void metric_writer::sample(std::int64_t value, labels set) {
    // Only gauges are negative, and only they come here as signed.
    const auto magnitude = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    line("", render(set), {.units = magnitude});
    if (value < 0) out_.insert(out_.rfind(' ') + 1, 1, '-');
}

void metric_writer::sample(fixed_point value, labels set) { line("", render(set), value); }

void metric_writer::sample_rendered(std::uint64_t value, std::string_view rendered) {
    line("", rendered, {.units = value});
}

void metric_writer::histogram(const histogram_values& values) {
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < values.counts.size(); ++i) {
        cumulative += values.counts[i];
        std::string bound;
        if (i < values.bounds.size()) {
            append_fixed(bound, {.units = values.bounds[i], .decimals = values.decimals});
        } else {
            bound = "+Inf";
        }
        line("_bucket", render({{"le", bound}}), {.units = cumulative});
    }
    line("_sum", "", {.units = values.sum, .decimals = values.decimals});
    line("_count", "", {.units = cumulative});
}

void metric_writer::line(std::string_view suffix, std::string_view rendered, fixed_point value) {
    out_ += name_;
    out_ += suffix;
    if (!rendered.empty()) {
        out_ += '{';
        out_ += rendered;
        out_ += '}';
    }
    out_ += ' ';
    append_fixed(out_, value);
    out_ += '\n';
}

} // namespace wsd
