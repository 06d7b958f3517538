#pragma once

#include <string>

namespace wsd {

// A directory that belongs to one process at a time. Made when missing (mode 0700); the lock is on a file in it that
// names the process, and ends with the object or the process, however that ends.
class data_directory {
  public:
    data_directory() = default;
    ~data_directory();
    data_directory(data_directory&& other) noexcept;
    data_directory& operator=(data_directory&& other) noexcept;

    // Empty: the directory is this object's now. Else what is wrong, where, and what to do.
    [[nodiscard]] std::string claim(const std::string& path);
    [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }

  private:
    std::string path_;
    int lock_ = -1;
};

} // namespace wsd
