#include "server/storage/memory_log.hpp"

#include "server/storage/chat_queries.hpp"
#include "server/storage/operations/operations.hpp"

#include <random>
#include <utility>
#include <variant>
#include <vector>

namespace wsd {

class memory_log::reader final : public log_reader {
  public:
    explicit reader(memory_log& log) : log_(log), name_(log.name_) {}

    result<resume_plan> plan_resume(const resume_request& request) override {
        const std::lock_guard lock(log_.mutex_);
        return wsd::plan_resume(log_.tables_, name(), request);
    }
    result<log_page> read_page(const page_request& request) override {
        const std::lock_guard lock(log_.mutex_);
        return wsd::read_page(log_.tables_, name(), request);
    }
    result<chat_answer> ask(const chat_question& question) override {
        const std::lock_guard lock(log_.mutex_);
        return answer(log_.tables_, name(), question);
    }
    result<contact_list> contacts(const contacts_request& request) override {
        const std::lock_guard lock(log_.mutex_);
        return list_contacts(log_.tables_, request);
    }
    result<member_page> read_members(const members_request& request) override {
        const std::lock_guard lock(log_.mutex_);
        return wsd::read_members(log_.tables_, request);
    }
    result<room_lookup> find_room(const room_request& request) override {
        const std::lock_guard lock(log_.mutex_);
        return wsd::find_room(log_.tables_, request);
    }
    result<room_list> list_rooms(const room_list_request& request) override {
        const std::lock_guard lock(log_.mutex_);
        return wsd::list_rooms(log_.tables_, request);
    }

  private:
    [[nodiscard]] const store_name& name() {
        name_.removed_up_to = log_.tables_.removed_up_to();
        return name_;
    }

    memory_log& log_;
    store_name name_;
};

memory_log::memory_log(store_name name, const log_retention& keep, std::size_t max_bytes)
    : name_(std::move(name)), identity_{.epoch = name_.epoch, .level = durability::memory}, max_bytes_(max_bytes),
      tables_(name_.seed, keep.entries_max), state_(tables_, name_, keep, {}) {}

result<void> memory_log::commit(std::span<const log_operation> operations, std::span<log_outcome> outcomes,
                                timestamp now) {
    const std::lock_guard lock(mutex_);
    if (refused_ || !has_room(operations)) {
        refused_ = true;
        return errc::persistence;
    }
    for (std::size_t i = 0; i < operations.size(); ++i) {
        outcomes[i] = std::visit([&](const auto& operation) { return apply(state_, operation, now); }, operations[i]);
    }
    return {};
}

result<opened_user> memory_log::open_unwritten(const open_user& operation) {
    const std::lock_guard lock(mutex_);
    return wsd::open_unwritten(state_, operation);
}

result<std::vector<exclusion>> memory_log::read_exclusions() {
    std::vector<exclusion> found;
    tables_.read_exclusions(found);
    return found;
}

std::string memory_log::last_error() const {
    if (!refused_) return {};
    return "the log in memory has reached its limit of " + std::to_string(max_bytes_) +
           " bytes: restart the server, or use a store on disk";
}

bool memory_log::recover() {
    const std::lock_guard lock(mutex_);
    refused_ = !has_room({});
    return !refused_;
}

result<std::unique_ptr<log_reader>> memory_log::open_reader() { return std::make_unique<reader>(*this); }

bool memory_log::has_room(std::span<const log_operation> operations) const {
    std::size_t wanted = (operations.size() + 1) * memory_tables::operation_bytes_max;
    for (const auto& operation : operations) {
        if (const auto* append = std::get_if<append_direct>(&operation)) wanted += append->content.size();
        if (const auto* edit = std::get_if<edit_message>(&operation)) wanted += edit->content.size();
        if (const auto* post = std::get_if<append_room>(&operation)) wanted += post->content.size();
    }
    return tables_.bytes() + wanted <= max_bytes_;
}

store_name make_store_name() {
    constexpr char digits[] = "0123456789abcdef";
    std::random_device random;
    store_name name;
    for (int word = 0; word < 4; ++word) {
        auto value = random();
        for (int digit = 0; digit < 8; ++digit, value >>= 4) name.epoch += digits[value & 0xf];
    }
    name.tag = static_cast<std::uint16_t>(random() & 0x3fff);
    for (auto& byte : name.seed) byte = static_cast<std::uint8_t>(random() & 0xff);
    return name;
}

} // namespace wsd
