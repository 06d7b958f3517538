// A field table names every member of its frame, in order, by the member's own name.
#include "common/protocol/field_description.hpp"
#include "common/protocol/frame_list.hpp"

#include <boost/pfr.hpp>
#include <catch_amalgamated.hpp>

#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace {

using namespace wsd;

struct table_member {
    std::string name; // as the member should be called; empty: any
    const void* address;
};

template <class T> void check_table();

std::string snake_case(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (std::isupper(static_cast<unsigned char>(c)) != 0) out += '_';
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

template <class T> struct inner {
    using type = T;
};
template <class T> struct inner<std::optional<T>> : inner<T> {};
template <class T> struct inner<std::vector<T>> : inner<T> {};
template <class A, class B> struct inner<std::pair<A, B>> : inner<B> {};

template <class T> void check_nested() {
    using type = typename inner<T>::type;
    if constexpr (requires { typename type::fields; }) check_table<type>();
}

template <auto Member, class T> table_member member(const T& frame, std::string_view name) {
    check_nested<std::remove_cvref_t<decltype(frame.*Member)>>();
    return {snake_case(name), &(frame.*Member)};
}

using members = std::vector<table_member>;
template <field::literal Name, auto Member, class Kind, class T>
void list_entry(field::required<Name, Member, Kind>, const T& frame, members& out) {
    out.push_back(member<Member>(frame, Name.view()));
}
template <field::literal Name, auto Member, class Kind, class T>
void list_entry(field::optional<Name, Member, Kind>, const T& frame, members& out) {
    out.push_back(member<Member>(frame, Name.view()));
}
template <field::literal Name, auto Member, class Kind, class T>
void list_entry(field::optional_or_null<Name, Member, Kind>, const T& frame, members& out) {
    out.push_back(member<Member>(frame, Name.view()));
}
template <field::literal Name, auto Member, class Kind, class T>
void list_entry(field::defaulted<Name, Member, Kind>, const T& frame, members& out) {
    out.push_back(member<Member>(frame, Name.view()));
}
template <field::literal Name, auto Member, field::literal Json, class T>
void list_entry(field::when<Name, Member, Json>, const T& frame, members& out) {
    // A flag for a value that says more than yes has a name of its own.
    out.push_back(member<Member>(frame, Json.view() == "true" ? Name.view() : ""));
}
template <auto Member, class T> void list_entry(field::part<Member>, const T& frame, members& out) {
    out.push_back(member<Member>(frame, ""));
}
template <class Entry, class T> void list_entry(Entry, const T&, members&) {}

template <class T, class... Entries> members list_members(const T& frame, field::table<Entries...> /*fields*/) {
    members out;
    (list_entry(Entries{}, frame, out), ...);
    return out;
}

template <class T> void check_table() {
    static const T frame{};
    INFO(typeid(T).name());
    const auto named = list_members(frame, typename T::fields{});
    REQUIRE(named.size() == boost::pfr::tuple_size_v<T>);
    if constexpr (boost::pfr::tuple_size_v<T> > 0) {
        constexpr auto names = boost::pfr::names_as_array<T>();
        boost::pfr::for_each_field(frame, [&](const auto& field, std::size_t i) {
            INFO(names[i]);
            CHECK(static_cast<const void*>(&field) == named[i].address);
            if (!named[i].name.empty()) CHECK(named[i].name == names[i]);
        });
    }

    std::set<std::string_view> unique;
    for (const auto& field : describe_fields<T>()) {
        INFO(field.name);
        CHECK(unique.insert(field.name).second);
        CHECK(field.name != "type");
    }
}

template <class... T> void check_tables(frame_list<T...> /*frames*/) { (check_table<T>(), ...); }

TEST_CASE("field tables of client frames name every member once, in order, and by its name", "[protocol]") {
    check_tables(client_frame_list{});
}

TEST_CASE("field tables of server frames name every member once, in order, and by its name", "[protocol]") {
    check_tables(server_frame_list{});
}

template <class T> void check_correlation() {
    const auto fields = describe_fields<T>();
    const bool correlated = !fields.empty() && fields.front().name == "correlationId";
    // Two kinds of state are sent as replies too.
    const bool reply =
        T::delivery == frame_class::reply || T::type == "ROOM_UPDATED" || T::type == "ROOM_MEMBERS_UPDATED";
    INFO(T::type);
    CHECK(correlated == reply);
}
template <class... T> void check_correlations(frame_list<T...> /*frames*/) { (check_correlation<T>(), ...); }

TEST_CASE("all replies and no other frames have a correlationId", "[protocol]") {
    check_correlations(server_frame_list{});
}

template <class T> void check_seq() {
    INFO(T::type);
    if constexpr (T::delivery == frame_class::event) CHECK(describe_fields<T>().front().name == "seq");
}
template <class... T> void check_seqs(frame_list<T...> /*frames*/) { (check_seq<T>(), ...); }

TEST_CASE("seq is the first field of every event, so that the rest can be shared", "[protocol]") {
    check_seqs(server_frame_list{});
}

} // namespace
