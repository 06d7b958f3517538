#include "server/storage/operations/operations.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace wsd {
namespace {

// Remembers that the device said HELLO now; forgets the one that did so longest ago when there are too many. Returns
// the device's acknowledged position.
std::optional<std::uint64_t> greet_device(log_tables& tables, user_key user, const open_user& operation) {
    std::vector<device_row> devices;
    tables.read_devices(user, devices);
    const auto by_hello = [](const device_row& a, const device_row& b) { return a.hello < b.hello; };
    std::sort(devices.begin(), devices.end(), by_hello);
    const auto known = std::find_if(devices.begin(), devices.end(),
                                    [&](const device_row& row) { return row.device == operation.device; });

    device_row device{.device = operation.device, .hello = devices.empty() ? 1 : devices.back().hello + 1};
    if (known != devices.end()) {
        device.position = known->position;
        if (known + 1 == devices.end()) return device.position; // it is the latest already
        devices.erase(known);
    }
    tables.put_device(user, device);
    const std::size_t others_max = std::max<std::uint32_t>(operation.max_devices, 1) - 1;
    for (std::size_t i = 0; i + others_max < devices.size(); ++i) tables.remove_device(user, devices[i].device);
    return device.position;
}

// What was said in a room that has ended is gone.
bool is_stored(log_state& state, std::uint64_t offset) {
    const auto message = state.find_message(offset);
    return message && !(is_room(message->chat) && message->chat_seq <= state.tables().ended_up_to(message->chat));
}

pending_status look_up(log_state& state, user_key sender, const std::string& client_id) {
    pending_status status{.client_message_id = client_id, .message = std::nullopt};
    const auto offset = state.tables().find_newest_client_id(
        sender, client_id, [&state](std::uint64_t each) { return is_stored(state, each); });
    if (offset == 0) return status;
    const auto stored = state.tables().read_message(offset, state.store_tag());
    if (!stored.record) return status;
    status.message = pending_status::found{.id = stored.record->id,
                                           .chat = stored.record->chat,
                                           .seq = stored.row.sender_seq,
                                           .chat_seq = stored.row.chat_seq,
                                           .state = stored.row.state};
    return status;
}

// Each id once, however often it was asked for: the answers are members of one object.
template <class LookUp>
void answer_pending(const std::vector<std::string>& asked, std::vector<pending_status>& out, LookUp&& look_up) {
    std::unordered_set<std::string_view> seen;
    for (const std::string& id : asked)
        if (seen.insert(id).second) out.push_back(look_up(id));
}

opened_user open_known(log_state& state, const log_state::user_head& head, const open_user& operation) {
    opened_user opened{.head = head.row.head, .floor = head.row.floor};
    answer_pending(operation.pending, opened.pending,
                   [&](const std::string& id) { return look_up(state, head.row.key, id); });
    return opened;
}

opened_user open_unknown(const open_user& operation) {
    opened_user opened;
    answer_pending(operation.pending, opened.pending,
                   [](const std::string& id) { return pending_status{.client_message_id = id, .message = {}}; });
    return opened;
}

} // namespace

log_outcome apply(log_state& state, const open_user& operation, timestamp) {
    if (operation.user.empty()) return errc::invalid;
    auto head = state.find_user(operation.user);
    if (operation.device.empty()) return head ? open_known(state, *head, operation) : open_unknown(operation);
    if (!head) head = state.find_or_add_user(operation.user);
    opened_user opened = open_known(state, *head, operation);
    opened.device_position = greet_device(state.tables(), head->row.key, operation);
    return opened;
}

opened_user open_unwritten(log_state& state, const open_user& operation) {
    const auto head = state.find_user(operation.user);
    if (!head) return open_unknown(operation);
    opened_user opened = open_known(state, *head, operation);
    std::vector<device_row> devices;
    if (!operation.device.empty()) state.tables().read_devices(head->row.key, devices);
    for (const device_row& known : devices) {
        if (known.device == operation.device) opened.device_position = known.position;
    }
    return opened;
}

} // namespace wsd
