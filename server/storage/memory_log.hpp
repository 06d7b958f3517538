#pragma once

#include "common/state/memory_tables.hpp"
#include "server/storage/log_queries.hpp"
#include "server/storage/log_state.hpp"
#include "server/storage/message_log.hpp"

#include <cstddef>
#include <mutex>

namespace wsd {

// A log that ends with the process. Every object has a new epoch. Bounded by `max_bytes`: a commit that might go beyond
// it fails as one on a full disk does, and nothing makes room again.
class memory_log final : public message_log {
  public:
    static constexpr std::size_t default_max_bytes = std::size_t{1} << 30;

    // `name` is made anew for every start, see make_store_name.
    explicit memory_log(store_name name, const log_retention& keep = {}, std::size_t max_bytes = default_max_bytes);

    [[nodiscard]] const log_identity& identity() const override { return identity_; }
    [[nodiscard]] result<void> commit(std::span<const log_operation> operations, std::span<log_outcome> outcomes,
                                      timestamp now) override;
    [[nodiscard]] result<opened_user> open_unwritten(const open_user& operation) override;
    [[nodiscard]] result<std::vector<exclusion>> read_exclusions() override;
    [[nodiscard]] std::string last_error() const override;
    [[nodiscard]] bool recover() override;
    [[nodiscard]] result<std::unique_ptr<log_reader>> open_reader() override;
    void close() override {}

  private:
    class reader;
    [[nodiscard]] bool has_room(std::span<const log_operation> operations) const;

    store_name name_;
    log_identity identity_;
    std::size_t max_bytes_;
    bool refused_ = false;
    std::mutex mutex_; // guards tables_ against readers; the writer holds it while it writes
    memory_tables tables_;
    log_state state_;
};

// A fresh epoch, tag and seed from the system's random numbers.
[[nodiscard]] store_name make_store_name();

} // namespace wsd
