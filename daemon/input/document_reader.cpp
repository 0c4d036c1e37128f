#include "input/document_reader.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace rfi::daemon {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;

/// Counts open brackets outside strings. Whether the text is JSON is judged later.
class Brackets {
 public:
  void feed(std::string_view text) {
    for (const char c : text) {
      if (in_string_) {
        in_string_ = escaped_ || c != '"';
        escaped_ = !escaped_ && c == '\\';
      } else if (c == '"') {
        in_string_ = true;
      } else if (c == '{' || c == '[') {
        ++depth_;
      } else if ((c == '}' || c == ']') && depth_ > 0) {
        --depth_;
      }
    }
    // No JSON string spans lines: one that is not closed ends here and is found by the parser.
    in_string_ = false;
    escaped_ = false;
  }
  [[nodiscard]] bool open() const { return depth_ > 0; }

 private:
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

bool ends_open(std::string_view line) {
  Brackets brackets;
  brackets.feed(line);
  return brackets.open();
}

}  // namespace

DocumentReader::DocumentReader(std::istream& input, std::size_t max_document_bytes)
    : input_(input), max_document_bytes_(max_document_bytes), buffer_(kBufferBytes) {}

bool DocumentReader::refill() {
  errno = 0;
  input_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  position_ = 0;
  filled_ = static_cast<std::size_t>(input_.gcount());
  if (input_.bad()) {
    throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), "cannot read");
  }
  return filled_ > 0;
}

DocumentReader::Line DocumentReader::read_line(std::string& line) {
  line.clear();
  bool any = false;
  bool fits = true;
  while (position_ < filled_ || refill()) {
    any = true;
    const char* const begin = buffer_.data() + position_;
    const std::size_t available = filled_ - position_;
    const auto* const end = static_cast<const char*>(std::memchr(begin, '\n', available));
    const std::size_t length = end != nullptr ? static_cast<std::size_t>(end - begin) : available;
    fits = fits && line.size() + length <= max_document_bytes_;
    if (fits) {
      line.append(begin, length);
    }
    position_ += length + (end != nullptr ? 1 : 0);
    if (end != nullptr) {
      break;
    }
  }
  if (!any) {
    return Line::none;
  }
  ++line_number_;
  return fits ? Line::read : Line::too_long;
}

std::optional<std::variant<RawDocument, InputProblem>> DocumentReader::next() {
  RawDocument document;
  while (!given_up_) {
    const Line read = read_line(document.text);
    if (read == Line::none) {
      return std::nullopt;
    }
    if (read == Line::too_long) {
      given_up_ = form_ == Form::documents;
      return InputProblem{line_number_,
                          fmt::format("longer than {} MiB", max_document_bytes_ >> 20U)};
    }
    if (is_blank(document.text)) {
      continue;
    }
    document.line = line_number_;
    // Once every line is a document, how it ends is for the parser to judge.
    const bool open = form_ != Form::lines && ends_open(document.text);
    if (form_ == Form::undecided) {
      form_ = open ? Form::documents : Form::lines;
    }
    if (form_ == Form::documents && open) {
      return finish_document(std::move(document));
    }
    return document;
  }
  return std::nullopt;
}

std::optional<std::variant<RawDocument, InputProblem>> DocumentReader::finish_document(
    RawDocument document) {
  Brackets brackets;
  brackets.feed(document.text);
  std::string line;
  while (brackets.open()) {
    const Line read = read_line(line);
    if (read == Line::none) {
      return InputProblem{document.line, "the document that begins here is not closed"};
    }
    if (read == Line::too_long || document.text.size() + line.size() >= max_document_bytes_) {
      given_up_ = true;
      return InputProblem{document.line,
                          fmt::format("the document that begins here is longer than {} MiB",
                                      max_document_bytes_ >> 20U)};
    }
    brackets.feed(line);
    document.text += '\n';
    document.text += line;
  }
  return document;
}

}  // namespace rfi::daemon
