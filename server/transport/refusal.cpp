#include "server/transport/refusal.hpp"

#include <boost/beast/http/status.hpp>

#include <ostream>

namespace wsd {

// Written by hand: every part is constant but the numbers, and nothing of the request is in it.
std::string render_refusal(http_code code, unsigned retry_after_s) {
    const http_code_info& info = describe(code);
    std::string body = R"({"code":")";
    body.append(info.text).append(R"(","message":")").append(info.message).append(R"("})");

    std::string out = "HTTP/1.1 " + std::to_string(info.status) + " ";
    out += std::string_view(boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(info.status)));
    out += "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size());
    if (info.status == 503) out += "\r\nRetry-After: " + std::to_string(retry_after_s);
    if (info.status == 401) out += "\r\nWWW-Authenticate: Bearer";
    if (info.status == 405) out += "\r\nAllow: GET";
    if (info.status == 426) out += "\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
    return out + "\r\n\r\n" + body;
}

} // namespace wsd
