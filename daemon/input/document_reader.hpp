// Cuts a stream into JSON documents without holding more than one: JSON Lines, or documents one
// after another that may span lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rfi::daemon {

/// The longest document taken.
inline constexpr std::size_t kMaxDocumentBytes = std::size_t{64} * 1024 * 1024;

/// The text of one document, not judged yet.
struct RawDocument {
  std::string text;
  std::uint64_t line = 0;  ///< where it begins, counted from 1
};

/// What is wrong with the stream, and where. Never quotes it.
struct InputProblem {
  std::uint64_t line = 0;
  std::string message;
};

/// The first document decides: if it ends on its first line, every line is one document, and a bad
/// line does not spoil the next. Else a document ends where its brackets are closed.
class DocumentReader {
 public:
  /// `input` must outlive this.
  explicit DocumentReader(std::istream& input, std::size_t max_document_bytes = kMaxDocumentBytes);

  /// The next document or problem; nothing at the end of the stream. Throws std::system_error when
  /// the stream cannot be read.
  [[nodiscard]] std::optional<std::variant<RawDocument, InputProblem>> next();

 private:
  enum class Form { undecided, lines, documents };
  enum class Line { read, too_long, none };

  Line read_line(std::string& line);
  bool refill();
  std::optional<std::variant<RawDocument, InputProblem>> finish_document(RawDocument document);

  std::istream& input_;
  std::size_t max_document_bytes_;
  std::vector<char> buffer_;
  std::size_t position_ = 0;
  std::size_t filled_ = 0;
  std::uint64_t line_number_ = 0;
  Form form_ = Form::undecided;
  bool given_up_ = false;
};

}  // namespace rfi::daemon
