#pragma once

#include "common/protocol/field_description.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace wsd::test {

// An object with these fields, as JSON Schema. Members that it does not name are allowed.
[[nodiscard]] boost::json::object object_schema(const std::vector<field_description>& fields);

} // namespace wsd::test
