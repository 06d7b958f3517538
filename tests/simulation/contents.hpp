#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wsd::simulation {

// What became of messages: in the end all devices that hold one show the same, and a change that succeeded stays.
class contents {
  public:
    using content = std::optional<std::string>; // nullopt: deleted

    void asked(const std::string& id, const content& wanted) { changes_[id].asked.insert(wanted); }
    // Only the author's device changes a message, so these come in their order.
    void succeeded(const std::string& id, const content& wanted) { changes_[id].done.push_back(wanted); }
    void shown(const std::string& device, const std::string& id, const content& now) { views_[device][id] = now; }
    // The device missed entries: what it holds may be old.
    void forget(const std::string& device) { views_.erase(device); }

    // When everybody has caught up.
    void check() const;

  private:
    struct history {
        std::set<content> asked;
        std::vector<content> done;
    };
    static void check(const std::string& id, const history& changes, const content& now);

    std::map<std::string, history> changes_;
    std::map<std::string, std::map<std::string, content>> views_;
};

} // namespace wsd::simulation
