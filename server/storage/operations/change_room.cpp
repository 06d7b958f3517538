#include "common/base/planted_fault.hpp"
#include "common/protocol/chat_id.hpp"
#include "common/state/room_rights.hpp"
#include "server/storage/operations/operations.hpp"
#include "server/storage/operations/room_entries.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace wsd {
namespace {

// One change_room on its way through: the action is judged, the room changed, the tables and the logs of those
// concerned are written.
class room_change {
  public:
    room_change(log_state& state, const change_room& operation, timestamp now)
        : state_(state), tables_(state.tables()), by_(operation.caller), id_(operation.room), rules_(operation.rules),
          now_(now), room_(state.find_room(operation.room)) {}

    room_changed operator()(const room_action::create& action) {
        return exists() ? refuse(room_status::taken) : create(action);
    }
    room_changed operator()(const room_action::join&);
    room_changed operator()(const room_action::leave& action);
    room_changed operator()(const room_action::update& action);
    room_changed operator()(const room_action::add& action);
    room_changed operator()(const room_action::remove& action);
    room_changed operator()(const room_action::set_role& action);
    room_changed operator()(const room_action::erase&);

  private:
    using place = log_state::message_place;

    [[nodiscard]] static room_changed refuse(room_status status) { return {.status = status}; }
    [[nodiscard]] bool exists() const { return room_ != nullptr && room_->alive(); }
    [[nodiscard]] room_role role() const { return exists() ? room_->role_of(by_) : room_role::none; }
    // done: the caller may.
    [[nodiscard]] room_status judge(room_verb verb) const {
        if (role() == room_role::none) return room_status::not_found;
        return may(role(), verb) ? room_status::done : room_status::forbidden;
    }
    [[nodiscard]] bool fits(std::uint64_t members) const {
        return rules_.members_max == 0 || members <= rules_.members_max;
    }
    [[nodiscard]] bool may_have_one_more(const user_id& user);
    [[nodiscard]] std::vector<user_id> newcomers(const std::vector<user_id>& users) const;

    room_changed create(const room_action::create& action);
    enum class founding : std::uint8_t { no, creator };
    void admit(const user_id& user, std::string_view reason, founding how = founding::no);
    void dismiss(const user_id& user, room::departure how, std::string_view reason);
    void end();
    void log(const place& at, entry_kind kind, const user_id& concerned, std::string_view reason,
             std::vector<logged_entry> readers);
    [[nodiscard]] std::vector<logged_entry> members() const;
    [[nodiscard]] room_changed unchanged() const;
    room_changed finish();

    log_state& state_;
    log_tables& tables_;
    const user_id& by_;
    const room_id& id_;
    const room_rules& rules_;
    const timestamp now_;
    room* room_;
    room_changed outcome_{.changed = true};
};

bool room_change::may_have_one_more(const user_id& user) {
    if (rules_.rooms_per_user_max == 0) return true;
    const auto known = state_.find_user(user);
    return !known || tables_.count_rooms_of(known->row.key) < rules_.rooms_per_user_max;
}

// Of these users the ones that are no members yet, each once.
std::vector<user_id> room_change::newcomers(const std::vector<user_id>& users) const {
    std::vector<user_id> fresh;
    for (const user_id& user : users)
        if (user != by_ && (!exists() || room_->find(user) == nullptr)) fresh.push_back(user);
    std::sort(fresh.begin(), fresh.end());
    fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
    return fresh;
}

std::vector<logged_entry> room_change::members() const {
    std::vector<logged_entry> all;
    all.reserve(room_->size());
    room_->for_each([&all](const room::member& each) { all.push_back({.user = each.user}); });
    return all;
}

void room_change::log(const place& at, entry_kind kind, const user_id& concerned, std::string_view reason,
                      std::vector<logged_entry> readers) {
    message_row row{.offset = at.offset,
                    .chat = room_->key(),
                    .sender = state_.find_or_add_user(by_).row.key,
                    .sent_at = at.sent_at,
                    .kind = kind};
    auto record = std::make_shared<message_record>();
    if (!concerned.empty()) row.recipient = state_.find_or_add_user(concerned).row.key;
    record->id = at.id;
    record->chat = room_chat_id(id_);
    record->sender = by_;
    record->recipient = concerned;
    record->room = id_;
    record->message_type = reason;
    record->sent_at = at.sent_at;
    add_entries(state_, row, record, readers);
    outcome_.records.push_back({.kind = kind, .record = std::move(record), .entries = std::move(readers)});
    outcome_.at = at.sent_at;
}

void room_change::admit(const user_id& user, std::string_view reason, founding how) {
    const auto at = state_.next_place(now_);
    auto head = state_.find_or_add_user(user);
    head.rooms = log_state::user_head::membership::possible;
    state_.put(head);
    const auto key = head.row.key;
    room_->add({.user = user, .key = key, .at = at.sent_at, .since = at.offset}, how == founding::creator);
    tables_.put_member(room_->key(), room_->find(user)->row);
    const bool others = reason != "created" && room_->size() <= rules_.member_events_max;
    std::vector<logged_entry> readers{{.user = user}};
    log(at, entry_kind::member_joined, user, reason, others ? members() : std::move(readers));
}

void room_change::dismiss(const user_id& user, room::departure how, std::string_view reason) {
    const auto at = state_.next_place(now_);
    const bool others = room_->size() <= rules_.member_events_max;
    std::vector<logged_entry> readers{{.user = user}};
    if (others) readers = members();
    const auto key = room_->find(user)->row.user;
#ifdef WSD_PLANTED
    const auto before = room_->find(user)->row;
    planted_removed[room_->head().id.value] = user.value;
#endif
    const auto heir = room_->remove(user, how, at.sent_at);
    if (how == room::departure::removed) {
        tables_.put_member(room_->key(), {.user = key});
    } else {
        tables_.remove_member(room_->key(), key);
    }
#ifdef WSD_PLANTED
    if (is_planted("membership_not_durable")) tables_.put_member(room_->key(), before);
#endif
    if (heir) tables_.put_member(room_->key(), room_->find(*heir)->row);
    log(at, entry_kind::member_left, user, reason, std::move(readers));
}

void room_change::end() {
    tables_.clear_room(room_->key());
    room_->end();
}

room_changed room_change::unchanged() const {
    return {.room = std::make_shared<const room_view>(room_->view()), .at = room_->head().updated_at};
}

room_changed room_change::finish() {
    tables_.put_room(room_->row());
    if (outcome_.at == 0) outcome_.at = room_->head().updated_at;
    if (!room_->alive()) return std::move(outcome_);
    outcome_.room = std::make_shared<const room_view>(room_->view());
    outcome_.audience.reserve(room_->size() + 1);
    room_->for_each([this](const room::member& each) { outcome_.audience.push_back(each.user); });
    return std::move(outcome_);
}

room_changed room_change::create(const room_action::create& action) {
    const auto others = newcomers(action.members);
    const bool room_for_one = rules_.rooms_max == 0 || tables_.count_rooms() < rules_.rooms_max;
    if (!room_for_one || !fits(others.size() + 1) || !may_have_one_more(by_)) return refuse(room_status::limit);
    if (!std::all_of(others.begin(), others.end(), [this](const user_id& user) { return may_have_one_more(user); }))
        return refuse(room_status::limit);

    if (room_ == nullptr) room_ = state_.add_room(id_);
    room_->found({.id = id_,
                  .name = action.name.empty() ? id_.value : action.name,
                  .thumbnail_url = action.thumbnail_url,
                  .policy = action.policy,
                  .created_at = now_,
                  .created_by = by_,
                  .updated_at = now_});
    admit(by_, "created", founding::creator);
    for (const user_id& user : others) admit(user, "created");
    return finish();
}

room_changed room_change::operator()(const room_action::join&) {
    if (!exists()) return rules_.auto_create ? create({}) : refuse(room_status::not_found);
    if (role() != room_role::none) return unchanged();
    if (room_->head().policy == join_policy::invite || room_->was_removed(by_)) return refuse(room_status::forbidden);
    if (!fits(room_->size() + 1) || !may_have_one_more(by_)) return refuse(room_status::limit);
    admit(by_, "joined");
    return finish();
}

room_changed room_change::operator()(const room_action::leave& action) {
    if (const auto verdict = judge(room_verb::leave); verdict != room_status::done) return refuse(verdict);
    dismiss(by_, room::departure::left, action.disconnected ? "disconnect" : "left");
    if (room_->size() == 0 && rules_.auto_delete_empty) end();
    return finish();
}

room_changed room_change::operator()(const room_action::update& action) {
    if (const auto verdict = judge(room_verb::update_meta); verdict != room_status::done) return refuse(verdict);
    if (action.patch.empty()) return refuse(room_status::empty_patch);
    if (action.patch.name && action.patch.name->empty()) return refuse(room_status::blank_name);
    auto patch = room_->update(action.patch, now_);
    if (patch.empty()) return unchanged();
    outcome_.patch = std::move(patch);
    return finish();
}

room_changed room_change::operator()(const room_action::add& action) {
    if (const auto verdict = judge(room_verb::add_members); verdict != room_status::done) return refuse(verdict);
    const auto fresh = newcomers(action.users);
    if (fresh.empty()) return unchanged();
    if (!fits(room_->size() + fresh.size())) return refuse(room_status::limit);
    if (!std::all_of(fresh.begin(), fresh.end(), [this](const user_id& user) { return may_have_one_more(user); }))
        return refuse(room_status::limit);
    for (const user_id& user : fresh) admit(user, "added");
    return finish();
}

room_changed room_change::operator()(const room_action::remove& action) {
    if (const auto verdict = judge(room_verb::remove_member); verdict != room_status::done) return refuse(verdict);
    if (action.user == by_) return refuse(room_status::oneself);
    if (!may_remove(role(), room_->role_of(action.user))) return refuse(room_status::forbidden);
    dismiss(action.user, room::departure::removed, "removed");
    room_changed done = finish();
    done.removed = action.user;
    return done;
}

room_changed room_change::operator()(const room_action::set_role& action) {
    if (const auto verdict = judge(room_verb::set_role); verdict != room_status::done) return refuse(verdict);
    const auto target = room_->role_of(action.user);
    if (target == room_role::none || target == room_role::owner) return refuse(room_status::forbidden);
    if (target == action.role) return unchanged();
    room_->set_role(action.user, action.role, now_);
    tables_.put_member(room_->key(), room_->find(action.user)->row);
    return finish();
}

room_changed room_change::operator()(const room_action::erase&) {
    if (const auto verdict = judge(room_verb::erase); verdict != room_status::done) return refuse(verdict);
    log(state_.next_place(now_), entry_kind::room_deleted, {}, {}, members());
    end();
    return finish();
}

} // namespace

log_outcome apply(log_state& state, const change_room& operation, timestamp now) {
    if (operation.caller.empty() || operation.room.empty()) return errc::invalid;
    state.trim_rooms();
    return std::visit(room_change(state, operation, now), operation.action);
}

} // namespace wsd
