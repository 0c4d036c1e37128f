// `enqueue`: what a producer does, from files or a pipe. All or nothing: every document is judged,
// every problem reported, and only a clean input is committed.
#include "commands/commands.hpp"
#include "commands/queue_access.hpp"
#include "input/document_reader.hpp"
#include "input/input_source.hpp"
#include "input/intake_batch.hpp"
#include "input/rfi_document.hpp"
#include "output/json_writer.hpp"
#include "settings.hpp"

#include "rfi/allowlist/body.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>
#include <variant>

namespace rfi::daemon {
namespace {

constexpr std::size_t kShownMessages = 20;

/// The first messages of a kind, and how many there were.
class Messages {
 public:
  void add(std::string message) {
    if (first_.size() < kShownMessages) {
      first_.push_back(std::move(message));
    }
    ++count_;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }

  void print_all(std::string_view kind) const {
    for (const auto& message : first_) {
      complain(message);
    }
    if (count_ > first_.size()) {
      complain(fmt::format("and {} more {}", count_ - first_.size(), kind));
    }
  }

 private:
  std::vector<std::string> first_;
  std::uint64_t count_ = 0;
};

class Enqueue {
 public:
  Enqueue(const platform::Config& config, Output output)
      : output_(output),
        settings_(allowlist_settings(config)),
        database_(open_queue(config, queue::OpenMode::read_write)),
        batch_(database_),
        started_at_(now()) {}

  void read(const std::string& file) {
    InputSource source(file);
    DocumentReader reader(source.stream());
    while (auto next = reader.next()) {
      if (const auto* problem = std::get_if<InputProblem>(&*next)) {
        refuse(source.name(), problem->line, problem->message);
        continue;
      }
      const auto& document = std::get<RawDocument>(*next);
      auto parsed = parse_rfi_document(document.text);
      if (const auto* faults = std::get_if<std::vector<DocumentFault>>(&parsed)) {
        for (const auto& fault : *faults) {
          refuse(source.name(), document.line + fault.line - 1, fault.message);
        }
        continue;
      }
      take(fmt::format("{}:{}", source.name(), document.line),
           std::get<queue::NewRfi>(std::move(parsed)));
    }
  }

  void read_webhook(const std::string& event_file, const std::string& documents_file) {
    const auto event = read_whole(event_file);
    const auto documents = read_whole(documents_file);
    auto parsed = parse_webhook(event, documents);
    if (const auto* faults = std::get_if<WebhookFaults>(&parsed)) {
      for (const auto& fault : faults->event) {
        refuse(event_file, fault.line, fault.message);
      }
      for (const auto& fault : faults->documents) {
        refuse(documents_file, fault.line, fault.message);
      }
      return;
    }
    take(event_file, std::get<queue::NewRfi>(std::move(parsed)));
  }

  ExitCode finish() {
    warnings_.print_all("warnings");
    if (!problems_.empty()) {
      problems_.print_all("problems");
      complain("nothing was queued: all documents go in, or none");
      return ExitCode::bad_input;
    }
    const auto result = batch_.commit();
    print(output_ == Output::json ? json_of(result) : text_of(result));
    return ExitCode::done;
  }

 private:
  void refuse(const std::string& file, std::uint64_t line, const std::string& message) {
    problems_.add(fmt::format("{}:{}: {}", file, line, message));
    batch_.abandon();
  }

  void take(const std::string& where, queue::NewRfi rfi) {
    // What cannot be sent as it is goes in all the same: the policy may change before it is due.
    const auto projection = allowlist::project(rfi.requested, rfi.documents, settings_);
    if (projection.refusal) {
      warnings_.add(fmt::format("warning: {}: {} would become failed (invalid): {}",
                                where,
                                printable(rfi.reference),
                                printable(*projection.refusal)));
    }
    if (rfi.deadline && *rfi.deadline <= started_at_) {
      warnings_.add(
          fmt::format("warning: {}: {} would become failed (expired): its deadline {} "
                      "has passed (are those Unix milliseconds?)",
                      where,
                      printable(rfi.reference),
                      time_words(rfi.deadline)));
    }
    batch_.add(std::move(rfi));
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
  allowlist::Settings settings_;
  queue::Database database_;
  IntakeBatch batch_;
  policy::UtcTime started_at_;
  Messages problems_;
  Messages warnings_;
};

}  // namespace

ExitCode enqueue(const platform::Config& config, const EnqueueOptions& options) {
  Enqueue command(config, options.output);
  if (!options.webhook.empty()) {
    command.read_webhook(options.webhook, options.documents);
    return command.finish();
  }
  if (options.files.empty()) {
    command.read("-");
  }
  for (const auto& file : options.files) {
    command.read(file);
  }
  return command.finish();
}

}  // namespace rfi::daemon
