// The files a command reads, `-` for standard input.
#pragma once

#include "input/document_reader.hpp"

#include <fstream>
#include <istream>
#include <string>

namespace rfi::daemon {

/// An open input. Throws CommandFailure when it cannot be opened.
class InputSource {
 public:
  explicit InputSource(const std::string& name);

  [[nodiscard]] std::istream& stream();
  /// For messages: the file's name, or `standard input`.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::ifstream file_;
  bool standard_input_;
};

/// The whole of a file that holds one JSON document. Throws CommandFailure when it cannot be read
/// or is longer than `kMaxDocumentBytes`.
[[nodiscard]] std::string read_whole(const std::string& name);

}  // namespace rfi::daemon
