#pragma once

#include "common/auth/key_set.hpp"
#include "common/config/settings.hpp"
#include "server/app/file_watch.hpp"
#include "server/observe/log.hpp"
#include "server/transport/tls.hpp"

#include <memory>

namespace wsd {

// What a look has loaded anew; null: as before.
struct fresh_credentials {
    std::shared_ptr<const key_set> keys;
    std::shared_ptr<const tls_context> tls;
};

// Watches the files of the verification keys and of the certificate with its key, and loads what has changed as at
// start. What can't be loaded changes nothing: it is told in the log once per change and tried again at every look,
// because it may be the system that failed. Owns what it remembers of at most three files; lives on the control thread.
class credential_watch {
  public:
    // Both outlive the watch. To be made before the files are loaded for the first time, or changes meanwhile are
    // missed.
    credential_watch(const settings& options, logger& log);

    // To be called at intervals, not below the time that a writer may pause. What has changed is loaded at the second
    // look that finds it the same; a certificate and its key when both rest.
    [[nodiscard]] fresh_credentials look();

  private:
    [[nodiscard]] std::shared_ptr<const key_set> load_fresh_keys();
    [[nodiscard]] std::shared_ptr<const tls_context> load_fresh_certificate();

    const settings& options_;
    logger& log_;
    file_watch key_file_;
    file_watch certificate_files_;
};

} // namespace wsd
