#pragma once

#include "common/config/load.hpp"

#include <string>

namespace wsd {

// A configuration file with every option, its meaning, bounds, variable and flag. Settings are commented out with a
// bare `#` and show the default, explanations begin with `# `.
[[nodiscard]] std::string default_document();

// The effective settings as a configuration file; secrets are masked. With `origins` each line says where its value is
// from.
struct document_options {
    bool origins = false;
};
[[nodiscard]] std::string settings_document(const loaded_settings& loaded, document_options options);

} // namespace wsd
