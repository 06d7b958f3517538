#include "common/protocol/codes.hpp"
#include "tests/support/json_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace wsd::test {

namespace json = boost::json;

json::value code_list() {
    json::array errors;
    for (std::size_t i = 0; i < error_code_count; ++i) {
        const auto& info = describe(static_cast<error_code>(i));
        errors.push_back(json::object{{"code", info.text}, {"message", info.message}, {"retryable", info.retryable}});
    }
    json::array refusals;
    for (std::size_t i = 0; i < http_code_count; ++i) {
        const auto& info = describe(static_cast<http_code>(i));
        refusals.push_back(json::object{{"status", info.status}, {"code", info.text}, {"message", info.message}});
    }
    json::array closes;
    for (std::size_t i = 0; i < close_cause_count; ++i) {
        const auto& info = describe(static_cast<close_cause>(i));
        closes.push_back(json::object{{"code", info.code}, {"reason", info.reason}});
    }
    return json::object{
        {"errors", std::move(errors)}, {"refusals", std::move(refusals)}, {"closes", std::move(closes)}};
}

} // namespace wsd::test
