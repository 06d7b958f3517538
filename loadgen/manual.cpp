#include "loadgen/manual.hpp"

#include "loadgen/command_table.hpp"
#include "loadgen/markup.hpp"
#include "loadgen/option_table.hpp"
#include "loadgen/report/metrics.hpp"
#include "loadgen/scenarios/scenario.hpp"

namespace wsd::loadgen {
namespace {

// Text as it is, for a block without filling.
std::string verbatim(const std::string& text) { return ".nf\n" + escape_each(text, "\\-", "\\") + ".fi\n"; }

constexpr const char* head = R"(.TH WSLOAD 1 "" "wsload )" WSD_VERSION R"("
.SH NAME
wsload \- put a WebSocket message server under load and prove that nothing was lost
.SH SYNOPSIS
)";

constexpr const char* description = R"(.SH DESCRIPTION
Opens authenticated connections to a server that speaks wsd's protocol, sends messages on schedule whatever the server
does, and keeps a ledger of every delivery. Numbers may end in k or m, times in ms, s, m or h.
)";

constexpr const char* tail = R"(.PP
Of several of a run the first of 3, 11, 130, 13, 10 counts.
)";

} // namespace

std::string manual_page() {
    return head + synopsis_as_manual() + description + ".SH COMMANDS\n" + commands_as_manual() +
           ".SH OPTIONS OF RUN\n" + options_as_manual() + ".SH SCENARIOS\n" + verbatim(describe_scenarios()) +
           ".SH METRICS\n" + verbatim(describe_metrics()) + ".SH EXIT STATUS\n" + exits_as_manual() + tail;
}

std::string tables_as_markdown() {
    return commands_as_markdown() + '\n' + options_as_markdown() + '\n' + exits_as_markdown();
}

} // namespace wsd::loadgen
