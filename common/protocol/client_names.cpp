#include "common/protocol/client_names.hpp"

#include "common/protocol/field_description.hpp"
#include "common/protocol/frame_list.hpp"

#include <algorithm>
#include <vector>

namespace wsd {
namespace {

using names = std::vector<std::string_view>;

// The depth of the recursion is that of the field tables.
void collect(const std::vector<field_description>& fields, names& out) {
    for (const field_description& field : fields) {
        if (!field.name.empty()) out.push_back(field.name);
        if (!field.same_as.empty()) out.push_back(field.same_as);
        collect(field.members, out);
        collect(field.element, out);
    }
}

template <class... Frames> names names_of(frame_list<Frames...> /*frames*/) {
    names out = {"type", "correlationId", "clientMessageId", "messageId", "roomId"}; // read from every frame
    (collect(describe_fields<Frames>(), out), ...);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

} // namespace

bool is_client_name(std::string_view name) noexcept {
    static const names known = names_of(client_frame_list{});
    return std::binary_search(known.begin(), known.end(), name);
}

} // namespace wsd
