#include "loadgen/scenarios/scenario.hpp"

#include "common/base/nearest.hpp"
#include "loadgen/scenarios/loads.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace wsd::loadgen {
namespace {

constexpr std::string_view load_options = "--rate, -d or --stage; --schedule; --size; --closed with --window; --slo";

constexpr std::array scenario_table{
    scenario{.name = "connect",
             .summary = "opens all connections and holds them idle",
             .details =
                 "Every connection is upgraded and says HELLO; then nothing is sent for -d. Shows how fast a server\n"
                 "takes connections (rate.upgrades, connect, ready) and what idle ones cost it (--pid).\n",
             .options = "-c, --users, --ramp, -d, --pid",
             .load = hold_connections},
    scenario{
        .name = "echo",
        .summary = "PING and PONG: the server's loop without its log",
        .details =
            "PING is due at --rate over all connections in turn, each with a correlationId of its own; every PONG\n"
            "has to answer one that was sent.\n",
        .options = load_options,
        .sends = true,
        .what = traffic::ping,
        .load = exchange_messages},
    scenario{.name = "chat",
             .summary = "pairs of users exchange direct messages, every delivery is checked",
             .details = "Users are paired by the seed. Messages are due at --rate over all connections in turn; every\n"
                        "connection of both users is to be shown each message once, in order and intact. Recipients\n"
                        "confirm what they got.\n",
             .options = load_options,
             .sends = true,
             .load = exchange_messages},
    scenario{.name = "fanout",
             .summary = "like chat in rooms of --room-size users",
             .details =
                 "Users are put together in rooms by the seed; the first user of each creates it with all members.\n"
                 "Messages are due at --rate over all connections in turn; every connection of every member is to be\n"
                 "shown each message once, in the order of the room. The ledger needs 40 bytes for each pair of\n"
                 "connections that share a room.\n",
             .options = "--room-size; --rate, -d or --stage; --schedule; --size; --slo",
             .sends = true,
             .what = traffic::room,
             .prepare = make_rooms,
             .load = exchange_messages},
    scenario{.name = "resume",
             .summary = "like chat, while connections are cut all the time and resume",
             .details =
                 "Connections are cut at --cuts a second, a quarter each by a reset, by the end of TCP, in the middle\n"
                 "of a frame, and by a close frame. They come back with HELLO.resume, ask what became of their\n"
                 "unanswered messages, send again what the server does not have, and must have missed nothing.\n",
             .options = load_options,
             .sends = true,
             .load = exchange_across_breaks},
    scenario{
        .name = "storm",
        .summary = "like chat, and a share of the connections breaks and comes back at once",
        .details =
            "After a third of the load --storm of the connections are reset in one moment and reconnect without any\n"
            "delay, with a resume. 'reconnect' is how long that took, its p50 to max the spread; 'others' are the\n"
            "deliveries of those that were left alone, until everybody is back. All have to be back before the\n"
            "load ends, and the ledger has to be right.\n",
        .options = "--storm; --rate, -d or --stage; --slo 'reconnect.max<2s' --slo 'others.p99<100ms'",
        .sends = true,
        .load = break_all_at_once},
    scenario{
        .name = "restart",
        .summary = "like chat, while the server is ended and started again",
        .details =
            "With --exec the server is started by this command, ended with SIGTERM after a third of the load and\n"
            "with kill -9 after two thirds, and started again each time; the command has to name a fixed port and\n"
            "a log that stays. With --pid it is sent SIGTERM once, and somebody else has to start it again. Clients\n"
            "reconnect, resume and repeat what was not acknowledged; what was acknowledged must not be lost.\n",
        .options = "--exec or --pid; --rate, -d (20s or more); --slo 'reconnect.max<5s'",
        .sends = true,
        .restarts = true,
        .load = exchange_messages},
    scenario{
        .name = "capacity",
        .summary = "searches the highest rate of chat at which every --slo holds",
        .details =
            "Runs of -d each: the rate doubles from --rate until a threshold or the ledger breaks or wsload is the\n"
            "bottleneck, then the search halves the range until it is within 10 %. The report is that of the best\n"
            "run, its checks name every run. Without --slo the threshold is deliver.p99<100ms.\n",
        .options = "--rate, where to begin; -d, of each run; --slo",
        .sends = true,
        .searches = true,
        .load = exchange_messages},
    scenario{
        .name = "churn",
        .summary = "connections come and go all the time, nothing is sent",
        .details =
            "At --cuts a second a connection is closed in an orderly way and comes back within 100 ms. With --pid\n"
            "the server's memory and descriptors should not grow: --slo 'server.rss.growth<5%'.\n",
        .options = "--cuts, -d, --pid, --slo",
        .load = come_and_go},
    scenario{
        .name = "soak",
        .summary = "like chat for hours, while connections come and go: nothing may grow",
        .details =
            "Messages are due at --rate; at --cuts a second a connection closes in an orderly way, comes back and\n"
            "resumes. Straight lines through the samples of the load tell how much the server's memory and its\n"
            "descriptors (--pid or --exec) and the delivery's p99 grew. Unless --slo says something else of the same\n"
            "metric, server.rss.growth<10%, server.fds.growth<10% and deliver.p99.growth<100% have to hold, besides\n"
            "the ledger. A server that was just started grows for some minutes: -d should be much longer.\n",
        .options = "--pid or --exec; -d; --rate; --cuts; --slo",
        .sends = true,
        .watches = true,
        .adjust = expect_no_growth,
        .load = exchange_for_long},
    scenario{
        .name = "limits",
        .summary = "opens more connections than a limit of the server allows, and counts the refusals",
        .details =
            "--limit says which limit is meant (user, ip or all) and what the server has it set to; --excess more\n"
            "connections than that are opened at once: by one user, by a user each from one address, or by a user\n"
            "each from all --source-ips. Exactly --excess of them have to be refused, with 503 and the code of\n"
            "the limit. Then a place that is given back has to be taken by the next one, and by one only.\n",
        .options = "--limit, --excess, --source-ips",
        .refusals = true,
        .alone = true,
        .adjust = open_too_many,
        .load = exceed_limit},
    scenario{
        .name = "ratelimit",
        .summary = "climbs the ladder of rate limits: warning, refusal, delay, close 4008",
        .details =
            "One user sends a burst of five messages more than HELLO_ACK says are allowed, then does not stop. There\n"
            "has to be one warning at 80 %, one refusal, one notice that frames are delayed, an answer to every\n"
            "frame, the rate that the limit says, and close 4008: a tenth of the window after the other, while the\n"
            "flood lasts, makes a violation. Limit and window are what HELLO_ACK tells. --ladder tells what it does\n"
            "not: WS_RATE_LIMIT_WARNING_THRESHOLD, WS_VIOLATIONS_BEFORE_THROTTLE, WS_MAX_VIOLATIONS. The server has "
            "to\n"
            "delay what is above the limit (WS_RATE_LIMIT_MODE=delay). With the defaults a run takes about a third\n"
            "of the window; a -d that is too short for it is refused with status 2.\n",
        .options = "--ladder; -d, which has to be longer than the climb",
        .alone = true,
        .probes = 1,
        .adjust = open_few,
        .load = climb_rate_ladder},
    scenario{
        .name = "slow-consumer",
        .summary = "like chat, while one user does not read what it is sent",
        .details =
            "A writer sends to a reader that does not read for as long as the load lasts, as fast as it is\n"
            "acknowledged. No message may be refused; the others must not notice (--slo 'deliver.p99<...'). When the\n"
            "load is over the reader reads, comes back with a resume if the server has closed it (1013), and has\n"
            "to see everything once and in order. With --stall the server must have closed it.\n",
        .options = "-d; --rate; --stall; --slo",
        .sends = true,
        .alone = true,
        .probes = 2,
        .load = stall_a_reader},
    scenario{
        .name = "presence",
        .summary = "users come and go, and their contacts are told in time",
        .details =
            "Pairs of users become contacts by a message each. Then, --cuts times a second, one of a pair closes its\n"
            "connection and comes back a second later. The other has to be told of both within 500 ms, and of\n"
            "nothing else. 'presence' is how long that took.\n",
        .options = "--cuts, -d, --slo 'presence.p99<400ms'",
        .sends = true,
        .adjust = have_one_connection_each,
        .prepare = prepare_watching,
        .load = watch_presence},
};

constexpr std::size_t name_width = 14;

} // namespace

const scenario* find_scenario(std::string_view name) {
    const auto* found = std::ranges::find(scenario_table, name, &scenario::name);
    return found == scenario_table.end() ? nullptr : found;
}

std::string nearest_scenario(std::string_view name) {
    std::vector<std::string> names;
    names.reserve(scenario_table.size());
    for (const auto& row : scenario_table) names.emplace_back(row.name);
    return nearest_name(name, names);
}

std::string scenario_names() {
    std::string names;
    for (const auto& row : scenario_table) names.append(names.empty() ? "" : ", ").append(row.name);
    return names;
}

std::string describe_scenarios() {
    std::string text;
    for (const auto& row : scenario_table)
        text.append("  ")
            .append(row.name)
            .append(name_width - row.name.size(), ' ')
            .append(row.summary)
            .push_back('\n');
    return text + "\n'wsload explain SCENARIO' tells more.\n";
}

std::string explain_scenario(const scenario& which) {
    return std::string(which.name)
        .append(": ")
        .append(which.summary)
        .append("\n\n")
        .append(which.details)
        .append("\nOptions that matter: ")
        .append(which.options)
        .append("\n");
}

} // namespace wsd::loadgen
