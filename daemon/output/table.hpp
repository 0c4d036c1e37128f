// Rows in columns, for people.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rfi::daemon {

/// Lines up its columns over all rows added so far; the last column is not padded. What is added
/// should have gone through printable().
class Table {
 public:
  /// No header line when `header` is empty.
  explicit Table(std::vector<std::string> header = {});

  void add(std::vector<std::string> row);

  /// The text of the rows added since the last call, the header before the first of them.
  [[nodiscard]] std::string take();

 private:
  void widen(const std::vector<std::string>& row);

  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

}  // namespace rfi::daemon
