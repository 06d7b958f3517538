#include "common/base/ensure.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/fuzz/watched_client.hpp"

namespace wsd::fuzz {

// Anna has written to bob, owns a room with him in it, and sends one frame. Afterwards wsd answers her as ever.
int fuzz_frame(octets input) {
    test::shard_fixture server;
    watched_client anna(server.live("anna")), bob(server.live("bob", ""));
    anna.wire().send(R"({"type":"ROOM_CREATE","roomId":"room","memberIds":["bob"]})");
    anna.wire().send_message("bob", "hello", "c-1");
    server.settle();
    (void)anna.wire().take();
    (void)bob.wire().take();
    watched_client carl(server.connect("carl")), dora(server.connect("anna", "other"));
    carl.wire().send_hello(R"("seq")");
    dora.wire().send_hello("");
    server.settle();
    carl.look();
    dora.look();

    carl.wire().send(text_of(input)); // of a stranger
    server.settle();
    dora.wire().send(text_of(input)); // of a member
    server.settle();
    carl.look();
    dora.look();
    for (watched_client* one : {&carl, &dora}) {
        if (one->closed()) continue;
        one->wire().send(R"({"type":"PING"})");
        server.live_through(milliseconds(100));
        ensure(one->look() > 0, "the next frame is answered");
    }
    return 0;
}

} // namespace wsd::fuzz
