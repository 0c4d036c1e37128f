// The configuration file as plain values, with the defaults that stand in config/rfi-submitd.toml.
// How it is read and judged is in config_file.hpp; the secret is not part of it
// (client_secret.hpp).
#pragma once

#include "rfi/platform/level.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rfi::platform {

using std::chrono::milliseconds;

/// `queue.journal`; `automatic` is written "auto".
enum class Journal { automatic, rollback, wal };

struct QueueConfig {
  std::filesystem::path path = "/var/lib/rfi-submitd/queue.db";
  Journal journal = Journal::automatic;
  bool accept_wal_reset_bug = false;
  bool operator==(const QueueConfig&) const = default;
};

struct ApiConfig {
  std::string base_url;  ///< required; https, or http to a loopback address; no slash at its end
  std::filesystem::path ca_file;             ///< empty: the system's certificates
  std::filesystem::path client_certificate;  ///< empty: none; set together with client_key
  std::filesystem::path client_key;
  std::string proxy;  ///< empty: none; not asked when base_url is plain http
  milliseconds connect_timeout = std::chrono::seconds{10};
  milliseconds request_timeout = std::chrono::seconds{30};
  std::string idempotency_header;  ///< empty: no such header is sent
  std::string look_path = "/v2/customers/{customer_id}";
  bool operator==(const ApiConfig&) const = default;
};

struct AuthConfig {
  std::string client_id;                     ///< required
  std::filesystem::path client_secret_file;  ///< empty: $CREDENTIALS_DIRECTORY/client_secret
  bool operator==(const AuthConfig&) const = default;
};

/// `submission.reconcile`: when the customer is looked at before a request is sent again.
enum class Reconcile { after_unknown, always, never };

struct SubmissionConfig {
  bool enabled = true;
  std::size_t max_in_flight = 32;
  std::size_t max_open = 128;  ///< 4 x max_in_flight unless the file says otherwise
  double rate_limit = 0;       ///< requests a second; 0: no limit
  Reconcile reconcile = Reconcile::after_unknown;
  std::size_t max_body_bytes = std::size_t{1024} * 1024;
  milliseconds drain_timeout = std::chrono::seconds{30};
  bool operator==(const SubmissionConfig&) const = default;
};

struct RetryConfig {
  milliseconds initial_delay = std::chrono::seconds{1};
  milliseconds max_delay = std::chrono::minutes{15};
  std::size_t max_attempts = 20;
  milliseconds give_up_after = std::chrono::hours{72};
  bool operator==(const RetryConfig&) const = default;
};

/// `allowlist.policy` and `allowlist.partial`, in the words of the allowlist.
enum class AllowlistPolicy { strict, document };
enum class AllowlistPartial { refuse, send };

struct AllowlistAlias {
  std::string section;
  std::optional<std::string> field;
  std::string as;
  bool operator==(const AllowlistAlias&) const = default;
};

struct AllowlistConfig {
  AllowlistPolicy policy = AllowlistPolicy::strict;
  AllowlistPartial partial = AllowlistPartial::refuse;
  std::vector<std::string> fields;  ///< documented fields beyond the known ones
  /// Generic type -> sections in which it stands for any type. The file adds names, and replaces
  /// those it repeats.
  std::map<std::string, std::vector<std::string>, std::less<>> types = {
      {"GOVERNMENT_ID", {"proof_of_identity", "identifying_documents"}},
      {"PROOF_OF_ADDRESS", {"proof_of_address", "address_documents"}},
  };
  std::vector<AllowlistAlias> aliases;
  bool operator==(const AllowlistConfig&) const = default;
};

/// `upload.delete_after`.
enum class DeleteAfter { never, submitted };

struct UploadConfig {
  std::filesystem::path directory;  ///< empty: no uploads
  bool per_customer = true;
  std::size_t max_file_bytes = std::size_t{20} * 1024 * 1024;
  DeleteAfter delete_after = DeleteAfter::never;
  bool operator==(const UploadConfig&) const = default;
};

struct RetentionConfig {
  std::optional<milliseconds> documents = std::chrono::hours{24} * 30;  ///< nothing: never erased
  std::optional<milliseconds> rows;                                     ///< nothing: kept for ever
  bool operator==(const RetentionConfig&) const = default;
};

struct LogConfig {
  Level level = Level::info;
  LogFormat format = LogFormat::json;
  milliseconds stats_interval = std::chrono::minutes{1};
  bool operator==(const LogConfig&) const = default;
};

struct Config {
  QueueConfig queue;
  ApiConfig api;
  AuthConfig auth;
  SubmissionConfig submission;
  RetryConfig retry;
  AllowlistConfig allowlist;
  UploadConfig upload;
  RetentionConfig retention;
  LogConfig log;
  bool operator==(const Config&) const = default;
};

}  // namespace rfi::platform
