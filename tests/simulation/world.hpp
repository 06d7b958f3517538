#pragma once

#include "tests/simulation/device.hpp"
#include "tests/support/shard_fixture.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace wsd::simulation {

// The server without its threads and its network: shards, the store thread and the reader thread take their steps in an
// order that the seed or the octets decide, on a clock that stands still between them; so do its clients, their network
// and the disk. Presence is answered at once: nobody is online.
class world final : store_sink, router, presence_link, admin_link {
  public:
    explicit world(choices chance);
    ~world() override;
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    // One random step of anything.
    void step();
    // All is well again, everybody comes back and asks for what it missed; throws when a promise is broken.
    void heal_and_check();
    [[nodiscard]] bool has_octets() const noexcept { return chance_.has_octets(); }
    [[nodiscard]] std::size_t count_acknowledged() const noexcept { return known_.count_acknowledged(); }

  private:
    static constexpr std::uint16_t shard_count = 3;
    struct stepped_shard {
        stepped_shard(std::uint16_t index, world& owner);
        void on_message(shard_message&& message);

        boost::asio::io_context io{1};
        boost::asio::executor_work_guard<executor> work{io.get_executor()};
        mailbox<shard_message, stepped_shard> inbox;
        shard home;
    };

    void deliver(std::uint16_t to, store_batch&& batch) override { inbox_of(to).push_reserved(std::move(batch)); }
    void deliver_read(std::uint16_t to, read_reply&& reply) override { inbox_of(to).push_reserved(std::move(reply)); }
    void members_moved(std::vector<membership_change>&&) override {}
    void contacts_made(const user_id&, const user_id&) override {}
    [[nodiscard]] std::uint16_t home_of(const user_id& user) const override;
    void post(std::uint16_t to, shard_message&& message) override { inbox_of(to).push_reserved(std::move(message)); }
    [[nodiscard]] bool try_post(std::uint16_t to, shard_message&& message) override {
        return inbox_of(to).try_push(std::move(message));
    }
    [[nodiscard]] bool ask(presence_question&& question) override;
    [[nodiscard]] bool pass_on(room_typing&&) override { return false; }
    void tell(presence_request&&) override {}
    void answer(const exclusion_answer&) override {}

    [[nodiscard]] mailbox<shard_message, stepped_shard>& inbox_of(std::uint16_t shard);
    [[nodiscard]] std::size_t below(std::size_t limit) { return chance_.below(limit); }
    [[nodiscard]] bool turn(stepped_shard& of, std::size_t handlers_max);
    void pass(milliseconds by);
    void connect(device& who);
    void touch_network(device& who);
    void settle();

    choices chance_;
    settings options_;
    test::manual_clock time_;
    test::recording_logger log_{log_level::error};
    test::breakable_log disk_;
    store_thread store_;
    reader_thread reader_;
    metrics_registry metrics_{"simulation", log_};
    shard_services services_;
    std::vector<std::unique_ptr<stepped_shard>> shards_;
    truth known_;
    std::vector<std::string> users_, rooms_;
    std::vector<std::unique_ptr<device>> devices_;
    std::vector<std::shared_ptr<test::memory_wire>> wires_;
};

} // namespace wsd::simulation
