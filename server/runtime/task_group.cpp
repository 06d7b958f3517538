#include "server/runtime/task_group.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace wsd {

void task_group::spawn(task<> work) {
    ++running_;
    boost::asio::co_spawn(io_, std::move(work), [this](std::exception_ptr fault) {
        --running_;
        if (!fault) return;
        try {
            std::rethrow_exception(fault);
        } catch (const std::exception& e) {
            on_fault_(e.what());
        } catch (...) {
            on_fault_("unknown exception");
        }
    });
}

} // namespace wsd
