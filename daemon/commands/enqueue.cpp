// `enqueue`: what a producer does, from files or a pipe. All or nothing: every document is judged,
// every problem reported, and only a clean input is committed.
#include "commands/commands.hpp"
#include "commands/enqueue_progress.hpp"
#include "commands/queue_access.hpp"
#include "input/document_judge.hpp"
#include "input/input_source.hpp"
#include "input/intake_batch.hpp"
#include "input/judged_stream.hpp"
#include "input/messages.hpp"
#include "output/json_writer.hpp"
#include "settings.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace rfi::daemon {
namespace {

void print_all(const Messages& messages, std::string_view kind) {
  for (const auto& message : messages.first()) {
    complain(message);
  }
  if (messages.count() > messages.first().size()) {
    complain(fmt::format("and {} more {}", messages.count() - messages.first().size(), kind));
  }
}

class Enqueue {
 public:
  Enqueue(const platform::Config& config, Output output)
      : output_(output),
        judge_(allowlist_settings(config), now()),
        database_(open_queue(config, queue::OpenMode::read_write)),
        batch_(database_) {}

  void read(const std::vector<std::string>& files) {
    JudgedStream stream(files, judge_);
    TerminalProgress progress;
    std::uint64_t rows = 0;
    while (auto judged = stream.next()) {
      rows += judged->rows.size();
      take(*std::move(judged));
      progress.show(rows);
    }
  }

  void read_webhook(const std::string& event_file, const std::string& documents_file) {
    const auto event = read_whole(event_file);
    const auto documents = read_whole(documents_file);
    JudgedBatch judged;
    judge_.judge_webhook(event_file, event, documents_file, documents, judged);
    take(std::move(judged));
  }

  ExitCode finish() {
    print_all(warnings_, "warnings");
    if (!problems_.empty()) {
      print_all(problems_, "problems");
      complain("nothing was queued: all documents go in, or none");
      return ExitCode::bad_input;
    }
    const auto result = batch_.commit();
    print(output_ == Output::json ? json_of(result) : text_of(result));
    return ExitCode::done;
  }

 private:
  void take(JudgedBatch judged) {
    warnings_.append(std::move(judged.warnings));
    problems_.append(std::move(judged.problems));
    if (!problems_.empty()) {
      batch_.abandon();
      return;
    }
    batch_.add(std::move(judged.rows), judged.bytes);
  }

  [[nodiscard]] static std::string text_of(const IntakeResult& result) {
    std::string text;
    for (const auto& reference : result.first_already_queued) {
      text += fmt::format("already queued: {}\n", printable(reference));
    }
    if (result.already_queued > result.first_already_queued.size()) {
      text += fmt::format("and {} more already queued\n",
                          result.already_queued - result.first_already_queued.size());
    }
    text += fmt::format("{} queued", result.queued);
    if (result.already_queued > 0) {
      text += fmt::format(", {} already queued", result.already_queued);
    }
    return text + '\n';
  }

  [[nodiscard]] std::string json_of(const IntakeResult& result) const {
    JsonWriter json;
    json.begin_object().member("queued", result.queued);
    json.member("already_queued", result.already_queued);
    json.name("already_queued_references").begin_array();
    for (const auto& reference : result.first_already_queued) {
      json.value(reference);
    }
    json.end_array().member("warnings", warnings_.count()).end_object();
    return json.take() + '\n';
  }

  Output output_;
  DocumentJudge judge_;
  queue::Database database_;
  IntakeBatch batch_;
  Messages problems_;
  Messages warnings_;
};

}  // namespace

ExitCode enqueue(const platform::Config& config, const EnqueueOptions& options) {
  Enqueue command(config, options.output);
  if (!options.webhook.empty()) {
    command.read_webhook(options.webhook, options.documents);
  } else {
    command.read(options.files.empty() ? std::vector<std::string>{"-"} : options.files);
  }
  return command.finish();
}

}  // namespace rfi::daemon
