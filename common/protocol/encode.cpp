#include "common/protocol/encode.hpp"

#include "common/protocol/json_writer.hpp"

namespace wsd {

void append_event(std::string& out, std::string_view type, std::uint64_t seq, std::string_view tail) {
    json_writer writer(out);
    writer.raw("{\"type\":");
    writer.word(type);
    writer.raw(",\"seq\":");
    writer.integer(seq);
    writer.raw(tail);
}

} // namespace wsd
