#pragma once

#include "common/protocol/strict_json.hpp"

#include <boost/json/parse_options.hpp>

#include <string_view>

namespace wsd {

// As strict_parser::parse, but of each object only the members with a wanted name are in the value, so that no object
// has more than there are such names, however many the text has. What is left out has passed every check all the same.
// Time is linear in the text but for sorting the names.
[[nodiscard]] json_result parse_wide(std::string_view text, const boost::json::storage_ptr& storage,
                                     name_filter wanted);

// RFC 8259 without extensions, within the limits of the protocol.
[[nodiscard]] boost::json::parse_options strict_options();

} // namespace wsd
