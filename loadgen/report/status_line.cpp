#include "loadgen/report/status_line.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>

namespace wsd::loadgen {
namespace {

namespace json = boost::json;

template <class Whole, class Member> struct named {
    const char* name;
    Member Whole::* member;
};
// What a status shows of them.
constexpr std::array counts{
    named<counters, std::uint64_t>{"live", &counters::live},
    named<counters, std::uint64_t>{"connecting", &counters::connecting},
    named<counters, std::uint64_t>{"dead", &counters::dead},
    named<counters, std::uint64_t>{"upgrades", &counters::upgrades},
    named<counters, std::uint64_t>{"resumes", &counters::resumes},
    named<counters, std::uint64_t>{"scheduled", &counters::scheduled},
    named<counters, std::uint64_t>{"sent", &counters::sent},
    named<counters, std::uint64_t>{"acked", &counters::acked},
    named<counters, std::uint64_t>{"refused", &counters::refused},
    named<counters, std::uint64_t>{"unanswered", &counters::unanswered},
    named<counters, std::uint64_t>{"delivered", &counters::delivered},
};
constexpr std::array figures{
    named<run_status, double>{"seconds", &run_status::seconds},
    named<run_status, double>{"secondsMax", &run_status::seconds_max},
    named<run_status, double>{"stageRate", &run_status::stage_rate},
    named<run_status, double>{"sentPerSecond", &run_status::sent_per_second},
    named<run_status, double>{"deliveredPerSecond", &run_status::delivered_per_second},
    named<run_status, double>{"upgradesPerSecond", &run_status::upgrades_per_second},
};
constexpr std::array stage_numbers{
    named<run_status, std::size_t>{"stage", &run_status::stage},
    named<run_status, std::size_t>{"stages", &run_status::stages},
};
constexpr std::array times{
    named<run_status, std::chrono::nanoseconds>{"ackP99", &run_status::ack_p99},
    named<run_status, std::chrono::nanoseconds>{"deliveryP99", &run_status::delivery_p99},
    named<run_status, std::chrono::nanoseconds>{"lagP99", &run_status::lag_p99},
};
constexpr std::array codes{
    named<tallies, tally>{"failures", &tallies::connect_failures},
    named<tallies, tally>{"refusals", &tallies::refusals},
    named<tallies, tally>{"notices", &tallies::notices},
    named<tallies, tally>{"closes", &tallies::closes},
    named<tallies, tally>{"malformed", &tallies::malformed},
};
// Those of the conductor; a status has no memory of its own for the name.
constexpr std::array<std::string_view, 6> phases{"ramp", "prepare", "load", "drain", "last resume", "close"};

} // namespace

std::string write_status_line(const run_status& status) {
    json::object line{{"phase", status.phase}};
    for (const auto& one : counts) line[one.name] = status.count.*one.member;
    for (const auto& one : figures) line[one.name] = status.*one.member;
    for (const auto& one : stage_numbers) line[one.name] = status.*one.member;
    for (const auto& one : times) line[one.name] = (status.*one.member).count();
    for (const auto& one : codes) {
        json::object names;
        (status.names.*one.member).for_each([&](std::string_view name, std::uint64_t count) { names[name] = count; });
        line[one.name] = std::move(names);
    }
    return json::serialize(line);
}

std::optional<run_status> read_status_line(std::string_view text) {
    boost::system::error_code ec;
    const auto parsed = json::parse(text, ec);
    if (ec || !parsed.is_object()) return std::nullopt;
    const auto& line = parsed.get_object();
    run_status status;
    const auto phase = std::string_view(line.at("phase").as_string());
    for (const auto one : phases)
        if (one == phase) status.phase = one;
    for (const auto& one : counts) status.count.*one.member = line.at(one.name).to_number<std::uint64_t>();
    for (const auto& one : figures) status.*one.member = line.at(one.name).to_number<double>();
    for (const auto& one : stage_numbers) status.*one.member = line.at(one.name).to_number<std::size_t>();
    for (const auto& one : times)
        status.*one.member = std::chrono::nanoseconds(line.at(one.name).to_number<std::int64_t>());
    for (const auto& one : codes)
        for (const auto& [name, count] : line.at(one.name).as_object())
            (status.names.*one.member).add(name, count.to_number<std::uint64_t>());
    return status;
}

} // namespace wsd::loadgen
