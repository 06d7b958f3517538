#include "server/transport/dev_page.hpp"

namespace wsd {

extern const std::string_view dev_html; // server/pages/dev.html, made into code by the build

std::optional<std::string> find_dev_page(std::string_view head) {
    const std::string_view line = head.substr(0, head.find('\r'));
    if (line != "GET /dev/ HTTP/1.1" && !line.starts_with("GET /dev/?")) return std::nullopt;
    std::string response = "HTTP/1.1 200 OK\r\n"
                           "Content-Type: text/html; charset=utf-8\r\n"
                           "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; script-src "
                           "'unsafe-inline'; img-src data:; connect-src 'self' ws: wss:; frame-ancestors 'none'\r\n"
                           "Referrer-Policy: no-referrer\r\n"
                           "Cache-Control: no-store\r\n"
                           "Connection: close\r\n"
                           "Content-Length: ";
    response += std::to_string(dev_html.size());
    response += "\r\n\r\n";
    return response.append(dev_html);
}

} // namespace wsd
