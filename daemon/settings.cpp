#include "settings.hpp"

#include "prepare.hpp"
#include "version.hpp"

#include "rfi/api/endpoint.hpp"
#include "rfi/platform/sha256.hpp"

#include <stdexcept>
#include <utility>

namespace rfi::daemon {

allowlist::Settings allowlist_settings(const platform::Config& config) {
  const platform::AllowlistConfig& from = config.allowlist;
  allowlist::Settings settings;
  settings.policy = from.policy == platform::AllowlistPolicy::document ? allowlist::Policy::document
                                                                       : allowlist::Policy::strict;
  settings.partial = from.partial == platform::AllowlistPartial::send ? allowlist::Partial::send
                                                                      : allowlist::Partial::refuse;
  settings.extra_fields = from.fields;
  settings.generic_types = from.types;
  for (const platform::AllowlistAlias& alias : from.aliases) {
    settings.aliases.push_back({alias.section, alias.field, alias.as});
  }
  settings.max_body_bytes = config.submission.max_body_bytes;
  settings.files_by_path = config.upload.directory.empty() ? allowlist::FilesByPath::refuse
                                                           : allowlist::FilesByPath::upload;
  return settings;
}

upload::Settings upload_settings(const platform::Config& config) {
  upload::Settings settings;
  settings.directory = config.upload.directory;
  settings.per_customer =
      config.upload.per_customer ? upload::PerCustomer::yes : upload::PerCustomer::no;
  settings.max_file_bytes = config.upload.max_file_bytes;
  return settings;
}

queue::JournalChoice journal_choice(const platform::Config& config) {
  switch (config.queue.journal) {
    case platform::Journal::automatic:
      return queue::JournalChoice::automatic;
    case platform::Journal::rollback:
      return queue::JournalChoice::rollback;
    case platform::Journal::wal:
      return queue::JournalChoice::wal;
  }
  throw std::logic_error("queue.journal has no such value");
}

queue::StoreSettings store_settings(const platform::Config& config) {
  allowlist::Settings allowlist = allowlist_settings(config);
  queue::StoreSettings settings;
  settings.policy_sha256 = platform::sha256_hex(allowlist::canonical_text(allowlist));
  settings.prepare = make_prepare(std::move(allowlist));
  settings.limits.max_attempts = static_cast<std::int64_t>(config.retry.max_attempts);
  settings.limits.give_up_after = config.retry.give_up_after;
  return settings;
}

namespace {

policy::Reconcile reconcile(platform::Reconcile configured) {
  switch (configured) {
    case platform::Reconcile::after_unknown:
      return policy::Reconcile::after_unknown;
    case platform::Reconcile::always:
      return policy::Reconcile::always;
    case platform::Reconcile::never:
      return policy::Reconcile::never;
  }
  throw std::logic_error("submission.reconcile has no such value");
}

}  // namespace

service::SchedulerSettings scheduler_settings(const platform::Config& config, Until until) {
  service::SchedulerSettings settings;
  settings.limits.max_in_flight = config.submission.max_in_flight;
  settings.limits.max_open = config.submission.max_open;
  settings.retry.backoff.initial_delay = config.retry.initial_delay;
  settings.retry.backoff.max_delay = config.retry.max_delay;
  settings.retry.max_attempts = static_cast<std::int64_t>(config.retry.max_attempts);
  settings.retry.give_up_after = config.retry.give_up_after;
  settings.rate_limit = config.submission.rate_limit;
  settings.reconcile = reconcile(config.submission.reconcile);
  settings.allowlist = allowlist_settings(config);
  settings.drain_timeout = config.submission.drain_timeout;
  settings.delete_files = config.upload.delete_after == platform::DeleteAfter::submitted
                              ? service::DeleteFiles::after_submission
                              : service::DeleteFiles::never;
  settings.claiming =
      config.submission.enabled ? service::Claiming::enabled : service::Claiming::paused;
  settings.until = until;
  return settings;
}

policy::RetentionPeriods retention_periods(const platform::Config& config) {
  return {config.retention.documents, config.retention.rows};
}

api::TlsSettings tls_settings(const platform::Config& config) {
  return {config.api.ca_file, config.api.client_certificate, config.api.client_key};
}

api::ApiSettings api_settings(const platform::Config& config) {
  auto endpoint = api::parse_endpoint(config.api.base_url);
  if (!endpoint) {
    throw std::logic_error("api.base_url is no URL, and the configuration did not say so");
  }
  api::ApiSettings settings;
  settings.headers = {api::host_header(*endpoint),
                      std::string{"rfi-submitd/"}.append(kVersion),
                      config.api.idempotency_header};
  settings.look_path = config.api.look_path;
  settings.transport.endpoint = std::move(*endpoint);
  settings.transport.proxy = api::parse_proxy(config.api.proxy);
  if (!config.api.proxy.empty() && !settings.transport.proxy) {
    throw std::logic_error("api.proxy is no proxy's URL, and the configuration did not say so");
  }
  settings.transport.connect_timeout = config.api.connect_timeout;
  settings.transport.request_timeout = config.api.request_timeout;
  return settings;
}

}  // namespace rfi::daemon
