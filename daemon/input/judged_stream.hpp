// Reads and judges files on a thread of its own, so that the one who inserts the rows need not
// wait for it. What lies between the two is bounded.
#pragma once

#include "input/document_judge.hpp"
#include "input/interrupt.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace rfi::daemon {

class JudgedStream {
 public:
  /// Begins to read the files in their order, `-` for standard input.
  JudgedStream(std::vector<std::string> files, DocumentJudge judge);
  /// Ends the reading, also of a pipe that says nothing.
  ~JudgedStream();
  JudgedStream(const JudgedStream&) = delete;
  JudgedStream& operator=(const JudgedStream&) = delete;
  JudgedStream(JudgedStream&&) = delete;
  JudgedStream& operator=(JudgedStream&&) = delete;

  /// The next documents in the order of the input; nothing at its end. Waits for them. Throws what
  /// ended the reading: CommandFailure for a file that cannot be opened, std::system_error for one
  /// that cannot be read.
  [[nodiscard]] std::optional<JudgedBatch> next();

 private:
  void read_all();
  void read(const std::string& file);
  /// False when nobody wants more.
  bool hand_over(JudgedBatch batch);
  void end(std::exception_ptr failure);

  std::vector<std::string> files_;
  DocumentJudge judge_;
  Interrupt interrupt_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<JudgedBatch> judged_;
  std::size_t bytes_ = 0;  ///< of these
  bool ended_ = false;
  bool unwanted_ = false;
  std::exception_ptr failure_;

  std::thread reader_;  ///< last: it uses the rest
};

}  // namespace rfi::daemon
