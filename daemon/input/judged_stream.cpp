#include "input/judged_stream.hpp"

#include "input/input_source.hpp"

#include <utility>
#include <variant>

namespace rfi::daemon {
namespace {

// Large enough that handing over costs nothing, small enough to stay in the processor's cache.
constexpr std::size_t kBatchBytes = std::size_t{256} * 1024;
// So much may wait, or one batch of any size.
constexpr std::size_t kWaitingBytes = std::size_t{8} * 1024 * 1024;

}  // namespace

JudgedStream::JudgedStream(std::vector<std::string> files, DocumentJudge judge)
    : files_(std::move(files)), judge_(std::move(judge)), reader_([this] { read_all(); }) {}

JudgedStream::~JudgedStream() {
  {
    const std::scoped_lock lock(mutex_);
    unwanted_ = true;
  }
  changed_.notify_all();
  interrupt_.raise();
  reader_.join();
}

std::optional<JudgedBatch> JudgedStream::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || !judged_.empty(); });
  if (judged_.empty()) {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    return std::nullopt;
  }
  auto batch = std::move(judged_.front());
  judged_.pop_front();
  bytes_ -= batch.bytes;
  lock.unlock();
  changed_.notify_all();
  return batch;
}

void JudgedStream::read_all() {
  try {
    for (const auto& file : files_) {
      read(file);
    }
    end(nullptr);
  } catch (...) {
    end(std::current_exception());
  }
}

void JudgedStream::read(const std::string& file) {
  InputSource source(file, &interrupt_);
  DocumentReader reader(source.stream());
  JudgedBatch batch;
  while (auto next = reader.next()) {
    if (const auto* problem = std::get_if<InputProblem>(&*next)) {
      batch.problems.add(source.name() + ':' + std::to_string(problem->line) + ": " +
                         problem->message);
    } else {
      judge_.judge(source.name(), std::get<RawDocument>(*next), batch);
    }
    if (batch.bytes >= kBatchBytes && !hand_over(std::exchange(batch, {}))) {
      return;
    }
  }
  hand_over(std::move(batch));
}

bool JudgedStream::hand_over(JudgedBatch batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(
      lock, [&] { return unwanted_ || judged_.empty() || bytes_ + batch.bytes <= kWaitingBytes; });
  if (unwanted_) {
    return false;
  }
  bytes_ += batch.bytes;
  judged_.push_back(std::move(batch));
  lock.unlock();
  changed_.notify_all();
  return true;
}

void JudgedStream::end(std::exception_ptr failure) {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    failure_ = std::move(failure);
  }
  changed_.notify_all();
}

}  // namespace rfi::daemon
