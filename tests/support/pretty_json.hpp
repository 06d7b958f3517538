#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace wsd::test {

// The text for people: what fits stands in one line. Ends with a line feed.
[[nodiscard]] std::string pretty(const boost::json::value& value);

} // namespace wsd::test
