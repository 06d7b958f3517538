#include "loadgen/manual.hpp"

#include "loadgen/option_table.hpp"
#include "loadgen/report/metrics.hpp"
#include "loadgen/scenarios/scenario.hpp"

namespace wsd::loadgen {
namespace {

// Text as it is, for a block without filling.
std::string verbatim(const std::string& text) {
    std::string out = ".nf\n";
    for (const char c : text) {
        if (c == '\\' || c == '-') out += '\\';
        out += c;
    }
    return out + ".fi\n";
}

constexpr const char* head = R"(.TH WSLOAD 1 "" "wsload )" WSD_VERSION R"("
.SH NAME
wsload \- put a WebSocket message server under load and prove that nothing was lost
.SH SYNOPSIS
.B wsload run
.I SCENARIO
[\fIURL\fR] [\fIOPTION\fR]...
.br
.B wsload list
|
.B explain
.I SCENARIO
|
.B explain metrics
|
.B manual
|
.B version
.SH DESCRIPTION
Opens authenticated connections to a server that speaks wsd's protocol, sends messages on schedule whatever the server
does, and keeps a ledger of every delivery. Numbers may end in k or m, times in ms, s, m or h.
.SH OPTIONS
)";

constexpr const char* tail = R"(.SH EXIT STATUS
0 ok; 2 usage; 3 cannot connect or authenticate; 10 a threshold of \-\-slo does not hold; 11 delivery is not correct;
13 wsload was the bottleneck; 130 interrupted, with the report written. Of several the worst counts: 3, 11, 130, 13, 10.
)";

} // namespace

std::string manual_page() {
    return head + options_as_manual() + ".SH SCENARIOS\n" + verbatim(describe_scenarios()) + ".SH METRICS\n" +
           verbatim(describe_metrics()) + tail;
}

} // namespace wsd::loadgen
