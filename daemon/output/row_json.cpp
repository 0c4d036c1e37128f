#include "output/row_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace rfi::daemon {

void write_row(JsonWriter& json, const queue::RfiRow& row) {
  json.member("id", static_cast<std::int64_t>(row.id)).member("reference", row.reference);
  json.member("customer_id", row.customer_id).member("state", row.state);
  json.member("failure", row.failure).member("detail", row.detail);
  json.member("priority", row.priority).member("attempts", row.attempts);
  json.member("created_at", row.created_at).member("not_before", row.not_before);
  json.member("deadline", row.deadline).member("next_attempt_at", row.next_attempt_at);
  json.member("updated_at", row.updated_at).member("finished_at", row.finished_at);
  json.member("retried_at", row.retried_at).member("erased_at", row.erased_at);
  json.member("waiting_for", row.waiting_for);
}

void write_attempt(JsonWriter& json, const queue::AttemptRow& attempt) {
  json.begin_object().member("number", attempt.number).member("started_at", attempt.started_at);
  json.member("finished_at", attempt.finished_at).member("outcome", attempt.outcome);
  json.member("http_status", attempt.http_status).member("error", attempt.error);
  json.member("detail", attempt.detail).member("duration_ms", attempt.duration_ms);
  json.member("body_sha256", attempt.body_sha256).member("body_bytes", attempt.body_bytes);
  json.name("fields").begin_array();
  for (const auto& path : field_paths(attempt)) {
    json.value(path);
  }
  json.end_array().member("request_id", attempt.request_id).member("version", attempt.version);
  json.member("policy_sha256", attempt.policy_sha256).end_object();
}

std::vector<std::string> field_paths(const queue::AttemptRow& attempt) {
  std::vector<std::string> paths;
  boost::system::error_code error;
  const auto parsed = boost::json::parse(attempt.fields.value_or("[]"), error);
  if (!error && parsed.is_array()) {
    for (const auto& path : parsed.get_array()) {
      if (path.is_string()) {
        paths.emplace_back(path.get_string());
      }
    }
  }
  return paths;
}

}  // namespace rfi::daemon
