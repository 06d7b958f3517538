#include "tests/support/json_schema.hpp"

#include "common/protocol/frame_class.hpp"
#include "common/protocol/frame_list.hpp"
#include "tests/support/field_schema.hpp"
#include "tests/support/pretty_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace wsd::test {
namespace {

namespace json = boost::json;

constexpr std::string_view dialect = "https://json-schema.org/draft/2020-12/schema";

// Rules between fields, which no field table can say: by direction and name of the struct.
struct cross_rule {
    std::string_view frame;
    std::string_view schema;
};
constexpr std::array cross_rules{
    cross_rule{"from_client::message_ack", R"({"oneOf":[{"required":["messageId"]},{"required":["upTo"]}]})"},
    cross_rule{"from_client::resume", R"({"dependentRequired":{"epoch":["seq"],"seq":["epoch"]}})"},
    cross_rule{
        "from_client::history",
        R"({"not":{"required":["beforeChatSeq","afterChatSeq"]},"properties":{"chatId":{"pattern":"^(dm|room):"}}})"},
    cross_rule{"from_server::receipt_ack", R"({"oneOf":[{"required":["messageId"]},{"required":["upTo"]}]})"},
};

struct form {
    std::string name; // of the struct, with its name space
    std::string_view type;
    std::string_view delivery; // of a server frame
    json::object schema;
};

template <class T> constexpr std::string_view struct_name() {
    constexpr std::string_view function = __PRETTY_FUNCTION__;
    constexpr std::size_t begin = function.find("T = wsd::") + 9;
    return function.substr(begin, function.find_first_of(";]", begin) - begin);
}

template <class T> std::string_view class_of() {
    if constexpr (requires { T::delivery; }) {
        constexpr std::array<std::string_view, 4> names{"event", "state", "reply", "ephemeral"};
        static_assert(frame_class::event == frame_class{0} && frame_class::ephemeral == frame_class{3});
        return names.at(static_cast<std::size_t>(T::delivery));
    } else {
        return {};
    }
}

std::string_view rule_of(std::string_view name) {
    for (const cross_rule& rule : cross_rules)
        if (rule.frame == name) return rule.schema;
    return {};
}

template <class T> form form_of() {
    form out{.name = std::string(struct_name<T>()), .type = T::type, .delivery = class_of<T>(), .schema = {}};
    const json::object fields = object_schema(describe_fields<T>());
    json::array required{"type"};
    for (const auto& name : fields.at("required").as_array()) required.push_back(name);
    json::object properties{{"type", json::object{{"const", T::type}}}};
    for (const auto& [name, schema] : fields.at("properties").as_object()) properties[name] = schema;
    if (!out.delivery.empty()) out.schema["$comment"] = "class: " + std::string(out.delivery);
    out.schema["type"] = "object";
    out.schema["required"] = std::move(required);
    out.schema["properties"] = std::move(properties);

    const std::string_view rule = rule_of(out.name);
    constexpr bool has_rule = requires(const T& frame) { frame.broken_rule(); };
    if (has_rule == rule.empty()) throw std::logic_error(out.name + ": rule between fields and its schema disagree");
    if (!rule.empty()) out.schema["allOf"] = json::array{json::parse(rule)};
    return out;
}

template <class... T> std::vector<form> forms_of(frame_list<T...> /*frames*/) { return {form_of<T>()...}; }

// The types in the order in which they first appear.
std::vector<std::string_view> types_of(const std::vector<form>& forms) {
    std::vector<std::string_view> types;
    for (const form& f : forms)
        if (std::find(types.begin(), types.end(), f.type) == types.end()) types.push_back(f.type);
    return types;
}

json::object reference(std::string_view target) { return {{"$ref", target}}; }

// `from_server::list_of<wsd::from_server::room>` is `list_of_room`: as part of a reference it needs no escapes.
std::string plain_name(const std::string& name) {
    const std::size_t argument = name.find('<');
    const std::string outer = name.substr(name.find("::") + 2, argument - name.find("::") - 2);
    if (argument == std::string::npos) return name.substr(name.find("::") + 2);
    const std::size_t inner = name.rfind("::") + 2;
    return outer + "_" + name.substr(inner, name.find('>') - inner);
}

json::object definitions(const std::vector<form>& forms) {
    json::object out;
    for (const std::string_view type : types_of(forms)) {
        std::vector<const form*> of_type;
        for (const form& f : forms)
            if (f.type == type) of_type.push_back(&f);
        if (of_type.size() == 1) {
            out[type] = of_type[0]->schema;
            continue;
        }
        json::array alternatives;
        for (const form* f : of_type) {
            const std::string key = std::string(type) + "." + plain_name(f->name);
            out[key] = f->schema;
            alternatives.push_back(reference("#/$defs/" + key));
        }
        out[type] = json::object{{"anyOf", std::move(alternatives)}};
    }
    return out;
}

json::value document(std::string_view title, const std::vector<form>& forms) {
    json::array any;
    for (const std::string_view type : types_of(forms)) any.push_back(reference("#/$defs/" + std::string(type)));
    return json::object{{"$schema", dialect},
                        {"title", title},
                        {"$comment", "Generated from the field tables; members that are not named here are ignored."},
                        {"anyOf", std::move(any)},
                        {"$defs", definitions(forms)}};
}

void add_messages(json::object& messages, std::string_view direction, const std::vector<form>& forms) {
    for (const std::string_view type : types_of(forms)) {
        const std::string target = std::string(direction) + ".schema.json#/$defs/" + std::string(type);
        messages[std::string(direction) + "." + std::string(type)] =
            json::object{{"name", type},
                         {"payload", json::object{{"schemaFormat", "application/schema+json;version=draft-2020-12"},
                                                  {"schema", reference(target)}}}};
    }
}

json::object operation(std::string_view action, std::string_view direction, const json::object& messages) {
    json::array of_direction;
    for (const auto& message : messages) {
        if (message.key().starts_with(direction))
            of_direction.push_back(reference("#/channels/chat/messages/" + std::string(message.key())));
    }
    return {{"action", action}, {"channel", reference("#/channels/chat")}, {"messages", std::move(of_direction)}};
}

} // namespace

json::value client_schema() { return document("wsd: frames from the client", forms_of(client_frame_list{})); }
json::value server_schema() { return document("wsd: frames from the server", forms_of(server_frame_list{})); }

json::value asyncapi_document() {
    json::object messages;
    add_messages(messages, "client", forms_of(client_frame_list{}));
    add_messages(messages, "server", forms_of(server_frame_list{}));
    json::object in_channel;
    for (const auto& message : messages)
        in_channel[message.key()] = reference("#/components/messages/" + std::string(message.key()));
    return json::object{
        {"asyncapi", "3.0.0"},
        {"info", json::object{{"title", "wsd"},
                              {"version", "1.0.0"},
                              {"description", "A WebSocket chat server. What the frames mean: docs/PROTOCOL.md."}}},
        {"defaultContentType", "application/json"},
        {"servers",
         json::object{{"local", json::object{{"host", "127.0.0.1:3001"}, {"pathname", "/ws"}, {"protocol", "ws"}}}}},
        {"channels", json::object{{"chat", json::object{{"address", "/ws"}, {"messages", std::move(in_channel)}}}}},
        {"operations", json::object{{"receive", operation("receive", "client.", messages)},
                                    {"send", operation("send", "server.", messages)}}},
        {"components", json::object{{"messages", std::move(messages)}}}};
}

std::map<std::string, std::string> schema_files() {
    return {{"client.schema.json", pretty(client_schema())},
            {"server.schema.json", pretty(server_schema())},
            {"asyncapi.json", pretty(asyncapi_document())},
            {"codes.json", pretty(code_list())}};
}

} // namespace wsd::test
