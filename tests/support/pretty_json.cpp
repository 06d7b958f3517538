#include "tests/support/pretty_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace wsd::test {
namespace {

namespace json = boost::json;

constexpr std::size_t line_max = 110;
constexpr std::size_t step = 2;

std::string on_lines(const json::value& value, std::size_t indent);

std::string wrapped(char open, const std::string& inside, char close, std::size_t indent) {
    return open + ("\n" + inside) + "\n" + std::string(indent, ' ') + close;
}

std::string on_lines(const json::object& object, std::size_t indent) {
    std::string inside;
    for (const auto& member : object) {
        if (!inside.empty()) inside += ",\n";
        inside += std::string(indent + step, ' ') + json::serialize(json::string(member.key())) + ": " +
                  on_lines(member.value(), indent + step);
    }
    return wrapped('{', inside, '}', indent);
}

std::string on_lines(const json::array& array, std::size_t indent) {
    std::string inside;
    for (const json::value& element : array) {
        if (!inside.empty()) inside += ",\n";
        inside += std::string(indent + step, ' ') + on_lines(element, indent + step);
    }
    return wrapped('[', inside, ']', indent);
}

std::string on_lines(const json::value& value, std::size_t indent) {
    const std::string line = json::serialize(value);
    if (indent + line.size() <= line_max) return line;
    if (const auto* object = value.if_object()) return on_lines(*object, indent);
    if (const auto* array = value.if_array()) return on_lines(*array, indent);
    return line;
}

} // namespace

std::string pretty(const json::value& value) { return on_lines(value, 0) + "\n"; }

} // namespace wsd::test
