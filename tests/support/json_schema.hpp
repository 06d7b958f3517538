#pragma once

#include <boost/json/value.hpp>

#include <map>
#include <string>

// The protocol as data: JSON Schema 2020-12 of every frame, and an AsyncAPI document that refers to them, made from the
// field tables by which frames are read and written.
namespace wsd::test {

[[nodiscard]] boost::json::value client_schema();
[[nodiscard]] boost::json::value server_schema();
[[nodiscard]] boost::json::value asyncapi_document();
// Codes of errors in frames, of refusals in HTTP, and of closes.
[[nodiscard]] boost::json::value code_list();

// What docs/schema/ holds: the texts by file name.
[[nodiscard]] std::map<std::string, std::string> schema_files();

} // namespace wsd::test
