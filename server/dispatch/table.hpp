#pragma once

#include "common/base/task.hpp"
#include "common/protocol/frame_table.hpp"
#include "server/dispatch/request_context.hpp"

#include <boost/json/fwd.hpp>

namespace wsd {

// Decodes the frame and returns its handler, ready to be awaited; a frame of a wrong shape has been answered when the
// returned task has run. The object is read before the task is first resumed.
using prepare_function = task<> (*)(request_context& ctx, const boost::json::object& frame);

struct handler_entry {
    client_type type;
    prepare_function prepare;
};

// nullptr: wsd does not know this type.
[[nodiscard]] const handler_entry* find_handler(client_type type) noexcept;

} // namespace wsd
