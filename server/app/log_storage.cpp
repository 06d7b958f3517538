#include "server/app/log_storage.hpp"

#include "server/storage/memory_log.hpp"

namespace wsd {

std::variant<std::unique_ptr<message_log>, std::string> open_log(const settings& options) {
    if (options.store == choice::store::memory) return std::make_unique<memory_log>(make_store_name());
    return std::string("sqlite comes with the next commit");
}

} // namespace wsd
