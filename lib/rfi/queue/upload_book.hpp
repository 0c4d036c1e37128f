// The statements about files that go up before their RFI: which the API has, and the body that is
// complete once it has all.
#pragma once

#include "rfi/queue/queue_port.hpp"
#include "rfi/queue/sqlite.hpp"

#include <vector>

namespace rfi::queue {

/// Prepared once per connection. Made twice, a change is as made once: an exchange that is made
/// again may carry it again.
class UploadBook {
 public:
  explicit UploadBook(const Database& database);

  /// A file has gone up: from here on it does not go up again.
  void save(const UploadedFile& file);
  [[nodiscard]] std::vector<UploadedFile> of(RfiId id);
  /// The open attempt's body, that was not known when it was opened. Throws std::logic_error when
  /// the attempt is not open.
  void complete(const Completion& completion);

 private:
  Statement save_, of_, complete_;
};

}  // namespace rfi::queue
