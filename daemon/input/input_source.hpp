// The files a command reads, `-` for standard input.
#pragma once

#include "input/document_reader.hpp"
#include "input/interrupt.hpp"

#include <array>
#include <cstddef>
#include <istream>
#include <streambuf>
#include <string>

namespace rfi::daemon {

/// An open input. Throws CommandFailure when it cannot be opened.
class InputSource {
 public:
  /// `interrupt`, if given, must outlive this: once raised, the input is at its end, also for a
  /// thread that waits for a pipe.
  explicit InputSource(const std::string& name, const Interrupt* interrupt = nullptr);
  InputSource(const InputSource&) = delete;
  InputSource& operator=(const InputSource&) = delete;
  InputSource(InputSource&&) = delete;
  InputSource& operator=(InputSource&&) = delete;
  ~InputSource();

  [[nodiscard]] std::istream& stream() { return stream_; }
  /// For messages: the file's name, or `standard input`.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  /// Leaves errno as the failure that the stream's badbit stands for.
  class Bytes : public std::streambuf {
   public:
    Bytes(int descriptor, const Interrupt* interrupt)
        : descriptor_(descriptor), interrupt_(interrupt) {}

   protected:
    int_type underflow() override;
    std::streamsize xsgetn(char* target, std::streamsize wanted) override;

   private:
    [[nodiscard]] std::size_t read(char* target, std::size_t room) const;

    int descriptor_;
    const Interrupt* interrupt_;
    std::array<char, 4096> buffer_{};
  };

  std::string name_;
  int descriptor_;
  Bytes bytes_;
  std::istream stream_;
};

/// The whole of a file that holds one JSON document. Throws CommandFailure when it cannot be read
/// or is longer than `kMaxDocumentBytes`.
[[nodiscard]] std::string read_whole(const std::string& name);

}  // namespace rfi::daemon
