// An upload directory with one customer in it.
#pragma once

#include "support/temporary_directory.hpp"

#include "rfi/upload/document_file.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace rfi::test {

inline constexpr std::string_view kCustomer = "ed54db74-7dbe-47d2-8ea0-c2bf2a9dda06";

/// A PDF by its first bytes, of `size` bytes in all, each different by `seed`.
inline std::string pdf(std::size_t size, unsigned seed = 1) {
  std::string bytes = "%PDF-1.7\n";
  while (bytes.size() < size) {
    seed = seed * 1'664'525U + 1'013'904'223U;
    bytes += static_cast<char>(seed >> 24U);
  }
  bytes.resize(size);
  return bytes;
}

struct UploadFiles {
  UploadFiles() {
    std::filesystem::create_directories(mine());
    settings.directory = root();
  }

  [[nodiscard]] std::filesystem::path root() const { return directory / "uploads"; }
  [[nodiscard]] std::filesystem::path mine() const { return root() / kCustomer; }
  [[nodiscard]] static upload::FileName named(std::string path) {
    return {std::string{kCustomer}, std::move(path)};
  }

  TemporaryDirectory directory;
  upload::Settings settings;
};

}  // namespace rfi::test
