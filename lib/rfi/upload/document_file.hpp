// A file in two readings: the first finds out what it is, the second sends it and hands out its
// last byte only if it is still what the first has seen.
#pragma once

#include "rfi/platform/sha256.hpp"
#include "rfi/upload/content_type.hpp"
#include "rfi/upload/directory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>

namespace rfi::upload {

/// What is known of a file that was read once from end to end.
struct Survey {
  std::string sha256;  ///< of its bytes, lower-case hex
  std::uint64_t size = 0;
  ContentType type = ContentType::pdf;
  /// Of a small file all its bytes, if they were kept: then it is not read again.
  std::shared_ptr<const std::string> bytes = nullptr;
};

/// How much surveys may keep in memory, all together; thread-safe. It must be owned by shared_ptr.
class KeptBytes : public std::enable_shared_from_this<KeptBytes> {
 public:
  static constexpr std::uint64_t kLargestFile = std::uint64_t{256} * 1024;
  static constexpr std::uint64_t kMost = std::uint64_t{16} * 1024 * 1024;

  /// An empty text with room for `size` bytes, which count until it goes; null if they are too
  /// many.
  [[nodiscard]] std::shared_ptr<std::string> keep(std::uint64_t size);

 private:
  std::atomic<std::uint64_t> bytes_ = 0;
};

/// Reads the whole file in pieces of 64 KiB. A file that changes meanwhile, or is neither PDF, JPEG
/// nor PNG, is a fault. `kept` takes the bytes of a small one.
[[nodiscard]] std::variant<Survey, FileFault> survey_file(const Settings& settings,
                                                          const FileName& name,
                                                          KeptBytes* kept = nullptr);

/// The second reading. One thread at a time.
class DocumentReader {
 public:
  [[nodiscard]] static std::variant<DocumentReader, FileFault> open(const Settings& settings,
                                                                    const FileName& name,
                                                                    const Survey& expected);

  /// Puts the next bytes into `buffer` and returns how many; 0 when all have been handed out. The
  /// last ones come only when the file has exactly the bytes of the survey: so what was hashed and
  /// what is sent are the same, or the sending breaks off before its end.
  [[nodiscard]] std::variant<std::size_t, FileFault> read(std::span<char> buffer);

 private:
  DocumentReader(OpenFile file, const Survey& expected);
  [[nodiscard]] bool is_as_expected();

  OpenFile file_;
  std::string expected_sha256_;
  platform::Sha256 hash_;
  std::uint64_t handed_out_ = 0;
};

}  // namespace rfi::upload
