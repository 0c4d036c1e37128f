#include "rfi/platform/config_sections.hpp"

#include "rfi/platform/config_rules.hpp"

#include <algorithm>
#include <cstdint>
#include <ratio>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::platform {
namespace {

using namespace std::chrono_literals;
using Presence = TableReader::Presence;

constexpr milliseconds kCentury = std::chrono::duration<std::int64_t, std::ratio<86'400>>{36'500};
constexpr std::size_t kMiB = std::size_t{1024} * 1024;
constexpr std::size_t kOpenPerFlight = 4;

void read_queue(TableReader& table, QueueConfig& queue) {
  std::string path = queue.path.string();
  table.text("path", path, check_queue_path, Presence::with_default);
  queue.path = path;
  table.word<Journal>(
      "journal",
      queue.journal,
      {{"auto", Journal::automatic}, {"rollback", Journal::rollback}, {"wal", Journal::wal}});
  table.flag("accept_wal_reset_bug", queue.accept_wal_reset_bug);
}

void read_api(TableReader& table, ApiConfig& api) {
  table.text("base_url", api.base_url, check_base_url, Presence::required);
  while (api.base_url.ends_with('/')) {
    api.base_url.pop_back();  // paths are appended to it
  }
  table.file("ca_file", api.ca_file, check_explicit_path);
  const bool certificate =
      table.file("client_certificate", api.client_certificate, check_explicit_path);
  const bool key = table.file("client_key", api.client_key, check_explicit_path);
  if (certificate && key && api.client_certificate.empty() != api.client_key.empty()) {
    if (api.client_key.empty()) {
      table.complain("client_certificate", "needs its key: set api.client_key as well");
    } else {
      table.complain("client_key", "needs its certificate: set api.client_certificate as well");
    }
  }
  table.text("proxy", api.proxy, check_proxy);
  table.duration("connect_timeout", api.connect_timeout, {10ms, 5min});
  table.duration("request_timeout", api.request_timeout, {10ms, 10min});
  table.text("idempotency_header", api.idempotency_header, check_header_name);
  table.text("look_path", api.look_path, check_look_path, Presence::with_default);
}

void read_auth(TableReader& table, AuthConfig& auth) {
  table.text("client_id", auth.client_id, check_text, Presence::required);
  table.file("client_secret_file", auth.client_secret_file, check_explicit_path);
}

void read_submission(TableReader& table, SubmissionConfig& submission) {
  table.flag("enabled", submission.enabled);
  const bool in_flight = table.size("max_in_flight", submission.max_in_flight, {1, 4096});
  submission.max_open = kOpenPerFlight * submission.max_in_flight;
  const bool open = table.size("max_open", submission.max_open, {1, 65'536});
  if (in_flight && open && submission.max_open < submission.max_in_flight) {
    table.complain(
        "max_open",
        "must not be below submission.max_in_flight: what is on the wire is open as well");
  }
  table.number("rate_limit", submission.rate_limit, {0, 100'000});
  table.word<Reconcile>("reconcile",
                        submission.reconcile,
                        {{"after_unknown", Reconcile::after_unknown},
                         {"always", Reconcile::always},
                         {"never", Reconcile::never}});
  table.size("max_body_bytes", submission.max_body_bytes, {1, 64 * kMiB});
  table.duration("drain_timeout", submission.drain_timeout, {0ms, 1h});
}

void read_retry(TableReader& table, RetryConfig& retry) {
  const bool initial = table.duration("initial_delay", retry.initial_delay, {1ms, 24h});
  const bool most = table.duration("max_delay", retry.max_delay, {1ms, 168h});
  if (initial && most && retry.max_delay < retry.initial_delay) {
    table.complain("max_delay", "must not be shorter than retry.initial_delay");
  }
  table.size("max_attempts", retry.max_attempts, {1, 10'000});
  table.duration("give_up_after", retry.give_up_after, {100ms, kCentury});
}

void read_types(TableReader& table, AllowlistConfig& allowlist) {
  for (const std::string& type : table.own_keys()) {
    if (const Complaint complaint = check_name(type)) {
      table.complain_of_key(type, *complaint);
    }
    // Into a name of its own: a list that is refused must not leave a default half replaced.
    std::vector<std::string> sections;
    if (table.names(type, sections)) {
      allowlist.types.insert_or_assign(type, std::move(sections));
    }
  }
}

void read_aliases(std::vector<TableReader>& tables, AllowlistConfig& allowlist) {
  std::set<std::pair<std::string, std::optional<std::string>>> seen;
  for (TableReader& table : tables) {
    AllowlistAlias alias;
    std::string field;
    const bool section = table.text("section", alias.section, check_name, Presence::required);
    const bool narrowed = table.text("field", field, check_name);
    if (!field.empty()) {
      alias.field = field;
    }
    table.text("as", alias.as, check_alias_target, Presence::required);
    if (section && narrowed && !seen.emplace(alias.section, alias.field).second) {
      table.complain("section", "and field are the same as in an alias above: keep one of the two");
    }
    allowlist.aliases.push_back(std::move(alias));
  }
}

void read_allowlist(TableReader& table, AllowlistConfig& allowlist) {
  table.word<AllowlistPolicy>(
      "policy",
      allowlist.policy,
      {{"strict", AllowlistPolicy::strict}, {"document", AllowlistPolicy::document}});
  table.word<AllowlistPartial>(
      "partial",
      allowlist.partial,
      {{"refuse", AllowlistPartial::refuse}, {"send", AllowlistPartial::send}});
  table.names("fields", allowlist.fields);
}

void read_upload(TableReader& table, UploadConfig& upload) {
  table.file("directory", upload.directory, check_explicit_path);
  table.flag("per_customer", upload.per_customer);
  table.size("max_file_bytes", upload.max_file_bytes, {1, 1024 * kMiB});
  table.word<DeleteAfter>("delete_after",
                          upload.delete_after,
                          {{"never", DeleteAfter::never}, {"submitted", DeleteAfter::submitted}});
}

void read_retention(TableReader& table, RetentionConfig& retention) {
  // No "0" for the documents: some would take it for "erase at once", others for "keep for ever".
  table.duration_or({"never"}, "documents", retention.documents, {1s, kCentury});
  table.duration_or({"0", "never"}, "rows", retention.rows, {1s, kCentury});
}

void read_log(TableReader& table, LogConfig& log) {
  table.word<Level>("level",
                    log.level,
                    {{"trace", Level::trace},
                     {"debug", Level::debug},
                     {"info", Level::info},
                     {"warning", Level::warning},
                     {"error", Level::error},
                     {"critical", Level::critical},
                     {"off", Level::off}});
  table.word<LogFormat>(
      "format", log.format, {{"json", LogFormat::json}, {"text", LogFormat::text}});
  table.duration("stats_interval", log.stats_interval, {100ms, 24h});
}

}  // namespace

Config read_config(const TomlTable& document, Findings& findings) {
  Config config;
  TableReader root("", &document, Position{}, findings);
  std::vector<TableReader> read;
  const auto section = [&root, &read](std::string_view name, auto reader, auto& target) {
    read.push_back(root.table(name));
    reader(read.back(), target);
  };
  section("queue", read_queue, config.queue);
  section("api", read_api, config.api);
  section("auth", read_auth, config.auth);
  section("submission", read_submission, config.submission);
  section("retry", read_retry, config.retry);
  section("allowlist", read_allowlist, config.allowlist);
  TableReader& allowlist = read.back();
  TableReader types = allowlist.table("types");
  std::vector<TableReader> aliases = allowlist.tables("alias");
  read_types(types, config.allowlist);
  read_aliases(aliases, config.allowlist);
  std::ranges::move(aliases, std::back_inserter(read));
  section("upload", read_upload, config.upload);
  section("retention", read_retention, config.retention);
  section("log", read_log, config.log);

  // Last, because a key may be known in another table.
  read.push_back(root);
  for (const TableReader& table : read) {
    table.report_unknown();
  }
  return config;
}

}  // namespace rfi::platform
