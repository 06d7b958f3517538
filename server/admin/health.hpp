#pragma once

namespace wsd {

// What keeps the server from being ready, by part. All false: ready.
struct health {
    bool starting = false;    // not yet listening
    bool draining = false;    // shutting down
    bool log = false;         // the log can't be written or read
    bool disk = false;        // its disk is full
    bool store_queue = false; // the queue of the store thread is full

    [[nodiscard]] bool ready() const noexcept { return !starting && !draining && !log && !disk && !store_queue; }
};

class health_source {
  public:
    virtual ~health_source() = default;
    // As of now. Asked by the control thread at every probe; doesn't wait.
    [[nodiscard]] virtual health current() const = 0;
};

} // namespace wsd
