#pragma once

#include "common/auth/setup_error.hpp"

#include <string>

namespace wsd {

// Owns the place where a development server keeps its data: a temporary directory that goes with this object, or one
// that stays. A default-constructed one owns nothing. Used by one thread.
class dev_directory {
  public:
    dev_directory() = default;
    ~dev_directory();
    dev_directory(dev_directory&& other) noexcept;
    dev_directory& operator=(dev_directory&& other) noexcept;

    // In $TMPDIR or /tmp, readable by nobody else.
    [[nodiscard]] static setup_result<dev_directory> make_temporary();
    // Made when it is missing.
    [[nodiscard]] static setup_result<dev_directory> keep(const std::string& path);

    // Where the log goes.
    [[nodiscard]] std::string data() const;
    // The secret of earlier starts, made on the first, so that tokens stay valid. Readable by nobody else.
    [[nodiscard]] setup_result<std::string> kept_secret() const;

  private:
    dev_directory(std::string path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}
    void remove() noexcept;

    std::string path_;
    bool temporary_ = false;
};

} // namespace wsd
