#pragma once

#include "common/config/settings.hpp"
#include "server/admin/admin_server.hpp"
#include "server/app/credential_watch.hpp"
#include "server/app/serve.hpp"
#include "server/app/shard_runner.hpp"
#include "server/observe/log.hpp"
#include "server/observe/metrics.hpp"
#include "server/runtime/admission.hpp"
#include "server/runtime/mailbox.hpp"
#include "server/runtime/presence_link.hpp"
#include "server/runtime/router.hpp"
#include "server/services/presence_service.hpp"
#include "server/session/handshake.hpp"
#include "server/storage/reader_thread.hpp"
#include "server/storage/store_thread.hpp"
#include "server/transport/tls.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace wsd {

// What is made before anything runs.
struct server_parts {
    const settings& options;
    const clock& time;
    logger& log;
    metrics_registry& metrics;
    message_log& storage;
    std::shared_ptr<const key_set> keys;
    origin_list origins;
    proxy_list proxies;
    std::shared_ptr<const tls_context> tls; // null: plain TCP
    credential_watch& credentials;          // of these keys and this certificate
};

// The running server: shards, store thread, reader thread and, on the thread that calls run(), the control loop. The
// composition root: everything that refers to something of another thread is wired here and nowhere else.
class server final : store_sink, router, presence_link, health_source, exclusion_desk, admin_link {
  public:
    explicit server(server_parts parts);
    ~server() override;

    // Binds all listeners. What is wrong, or nothing.
    [[nodiscard]] std::string listen();
    [[nodiscard]] listening where() const { return where_; }
    // Serves until SIGTERM, SIGINT or SIGHUP, then stops in order: admission, connections, shards, reader, store.
    void run();

  private:
    // store_sink
    void deliver(std::uint16_t shard, store_batch&& batch) override;
    void deliver_read(std::uint16_t shard, read_reply&& reply) override;
    void members_moved(std::vector<membership_change>&& changes) override;
    void contacts_made(const user_id& a, const user_id& b) override;
    // router
    [[nodiscard]] std::uint16_t home_of(const user_id& user) const override;
    void post(std::uint16_t shard, shard_message&& message) override;
    [[nodiscard]] bool try_post(std::uint16_t shard, shard_message&& message) override;
    // presence_link
    [[nodiscard]] bool ask(presence_question&& question) override;
    [[nodiscard]] bool pass_on(room_typing&& typing) override;
    void tell(presence_request&& news) override;
    // health_source
    [[nodiscard]] health current() const override;
    // exclusion_desk
    [[nodiscard]] bool submit(const exclusion& what, std::uint64_t request) override;
    // admin_link
    void answer(const exclusion_answer& what) override;

    [[nodiscard]] bool load_exclusions();
    void await_signal();
    void arm_presence_tick();
    void arm_trimming();
    void arm_credential_watch();
    void take_up(const fresh_credentials& fresh);
    void return_memory();
    void begin_drain();
    void watch_drain();
    void stop_in_order();
    void add_collectors();
    [[nodiscard]] std::size_t open_connections() const;

    server_parts parts_;
    const hash_seed seed_;
    const std::uint16_t shard_count_;
    std::atomic<bool> draining_{false};
    std::atomic<bool> started_{false};
    steady_time drain_deadline_{};
    std::size_t connections_peak_ = 0; // since memory was returned last
    int signals_ = 0;
    listening where_;

    boost::asio::io_context control_{1};
    admission places_;
    store_thread store_;
    reader_thread reader_;
    presence_service presence_;
    mailbox<presence_request, presence_service> presence_inbox_;
    shard_services services_;
    handshake_rules rules_;
    std::unique_ptr<std::unique_ptr<shard_runner>[]> shards_;
    admin_server admin_;
    mailbox<exclusion_answer, admin_server> admin_inbox_;

    struct control_timers;
    std::unique_ptr<control_timers> timers_;
};

} // namespace wsd
