// `status`: the queue in numbers, from its file, and what the running daemon adds to it.
#include "commands/commands.hpp"
#include "commands/daemon_view.hpp"
#include "commands/queue_access.hpp"
#include "commands/status_text.hpp"
#include "output/json_writer.hpp"
#include "output/screen.hpp"

#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <optional>

namespace rfi::daemon {
namespace {

enum class Ages { left_out, read };

StatusPicture look(const platform::Config& config, const queue::Database& database, Ages ages) {
  StatusPicture picture;
  picture.queue = config.queue.path.string();
  picture.at = now();
  picture.paused = !config.submission.enabled;
  picture.overview = queue::read_overview(database, picture.at);
  picture.daemon = ask(config, "status");
  if (ages == Ages::read) {
    picture.ages = queue::read_age_profile(database, picture.at);
  }
  return picture;
}

std::string json_of(const StatusPicture& picture) {
  const queue::Overview& overview = picture.overview;
  JsonWriter json;
  json.begin_object().member("queue", picture.queue).member("at", picture.at);
  json.name("counts").begin_object();
  json.member("pending", overview.pending()).member("submitting", overview.submitting);
  json.member("submitted", overview.submitted).member("failed", overview.failed_in_all());
  json.member("cancelled", overview.cancelled).end_object();
  json.name("pending").begin_object();
  json.member("in_line", overview.in_line).member("waiting_for_time", overview.waiting_for_time);
  json.member("waiting_for_customer", overview.waiting_for_customer).end_object();
  json.name("failed").begin_object();
  for (const auto failure : policy::kAllFailures) {
    json.member(policy::to_string(failure), overview.failed_as(failure));
  }
  json.end_object();
  json.member("oldest_due", overview.oldest_due);
  json.name("oldest_due_age_ms");
  json.value(overview.oldest_due ? std::optional((picture.at - *overview.oldest_due).count())
                                 : std::nullopt);
  json.member("next_due", overview.next_due).name("deadlines").begin_array();
  for (const auto& deadline : overview.deadlines) {
    json.begin_object().member("reference", deadline.reference);
    json.member("deadline", deadline.time).end_object();
  }
  json.end_array().member("paused", picture.paused);
  json.member("destination_unfit_since", overview.unfit_since);
  json.name("daemon");
  if (picture.daemon.is_there()) {
    json.raw(boost::json::serialize(picture.daemon.answer));
  } else {
    json.raw("null").member("daemon_not_asked", picture.daemon.reason);
  }
  json.end_object();
  return json.take() + '\n';
}

/// One picture after the other: drawn over the last on a terminal, in a row for anything else.
ExitCode watch(const platform::Config& config, const StatusOptions& options) {
  const auto database = open_queue(config, queue::OpenMode::read_only);
  const Style style = Style::of_output();
  const bool drawn = isatty(STDOUT_FILENO) == 1 && options.output == Output::text;
  const Patience patience;
  std::optional<LiveScreen> screen;
  if (drawn) {
    screen.emplace();
  }
  const auto pause = static_cast<int>(options.interval.count());
  do {
    const StatusPicture picture = look(config, database, Ages::read);
    if (options.output == Output::json) {
      print(json_of(picture));
    } else if (drawn) {
      LiveScreen::draw(time_words(picture.at) + "   q ends it\n\n" + status_text(picture, style));
    } else {
      print(time_words(picture.at) + '\n' + status_text(picture, style) + '\n');
    }
  } while (patience.wait(pause));
  return ExitCode::done;
}

}  // namespace

ExitCode show_status(const platform::Config& config, const StatusOptions& options) {
  if (options.watch) {
    return watch(config, options);
  }
  const auto database = open_queue(config, queue::OpenMode::read_only);
  const StatusPicture picture = look(config, database, Ages::left_out);
  print(options.output == Output::json ? json_of(picture)
                                       : status_text(picture, Style::of_output()));
  return ExitCode::done;
}

}  // namespace rfi::daemon
