#include "live_status.hpp"

#include "output/json_writer.hpp"
#include "version.hpp"

#include <unistd.h>

#include <algorithm>

namespace rfi::daemon {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

void write_destination(JsonWriter& json,
                       const policy::Destination& destination,
                       const LiveFrame& frame) {
  json.name("destination").begin_object();
  json.member("fit", destination.is_fit());
  if (!destination.is_fit()) {
    const auto now = duration_cast<milliseconds>(frame.steady_now.time_since_epoch());
    const policy::Sign& sign = destination.shown_by();
    json.member("reason", destination.reason());
    json.member("outcome", policy::to_string(sign.verdict.outcome));
    json.member("http_status", sign.http_status);
    json.member("error", std::string_view(sign.verdict.error));
    json.member("detail", std::string_view(sign.verdict.detail));
    json.member("unfit_for_ms", (now - destination.unfit_since()).count());
    json.member("failed_probes", destination.failed_probes());
    json.member("next_probe_in_ms",
                std::max(destination.next_probe_at() - now, milliseconds{0}).count());
  }
  json.end_object();
}

/// What holds for all rows, in both answers.
void write_circumstances(JsonWriter& json,
                         const service::Scheduler& scheduler,
                         const LiveFrame& frame) {
  json.member("paused", !frame.config.submission.enabled);
  json.member("stopping", frame.stopping);
  json.member("clock_disputed", scheduler.doubts_the_clock());
  json.name("blocked");
  if (frame.blocked.empty()) {
    json.raw("null");
  } else {
    json.value(frame.blocked);
  }
  write_destination(json, scheduler.destination(), frame);
  json.member("in_flight", scheduler.in_flight()).member("window", scheduler.window());
  json.member("max_in_flight", frame.config.submission.max_in_flight);
  json.member("open", scheduler.open()).member("max_open", frame.config.submission.max_open);
  json.member("rate_limit", frame.config.submission.rate_limit);
}

void write_activity(JsonWriter& json, const service::Activity& activity, const LiveFrame& frame) {
  json.member("rate", activity.rate(frame.steady_now));
  json.name("response_ms");
  if (const auto times = activity.response_times(frame.steady_now)) {
    json.begin_object().member("p50", times->p50.count()).member("p90", times->p90.count());
    json.member("p99", times->p99.count()).end_object();
  } else {
    json.raw("null");
  }
  json.name("attempts").begin_object();
  const auto& outcomes = activity.outcomes();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    json.member(policy::to_string(static_cast<policy::Outcome>(i)), outcomes.at(i));
  }
  json.end_object().member("last_success", activity.last_success());
  json.name("failures").begin_array();
  for (const service::RecentFailure& failure : activity.failures()) {
    json.begin_object().member("at", failure.at).member("reference", failure.reference);
    json.member("failure", policy::to_string(failure.failure));
    json.member("detail", failure.detail).end_object();
  }
  json.end_array();
}

}  // namespace

std::string live_status(const service::Scheduler& scheduler, const LiveFrame& frame) {
  JsonWriter json;
  json.begin_object().member("ok", true);
  json.member("pid", ::getpid()).member("version", kVersion);
  json.member("started_at", frame.started_at);
  json.member("up_ms", (frame.now - frame.started_at).count());
  write_circumstances(json, scheduler, frame);
  write_activity(json, scheduler.activity(), frame);
  json.end_object();
  return json.take();
}

std::string live_reasons(const service::Scheduler& scheduler,
                         const LiveFrame& frame,
                         std::string_view reference) {
  JsonWriter json;
  json.begin_object().member("ok", true);
  json.name("ahead_for_the_wire").value(scheduler.ahead_of(reference));
  write_circumstances(json, scheduler, frame);
  json.end_object();
  return json.take();
}

}  // namespace rfi::daemon
