// One attempt from its answer to its record: what is stored of it and what is said about it.
#pragma once

#include "rfi/api/api_port.hpp"
#include "rfi/policy/outcome.hpp"
#include "rfi/policy/retry.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/upload/document_file.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace rfi::service {

/// Whether this attempt is the one re-send that follows a 401.
enum class Sending { first, resend };

/// Whether a row is sent for its own sake, or to find out whether the destination is fit again.
enum class Purpose { delivery, probe };

/// A suspect row is likely to hold its place on the wire until the time-out: it did so before,
/// while others were answered.
enum class Standing { ordinary, suspect };

/// One file that goes up before the PATCH of its row.
struct FileOnItsWay {
  upload::Survey survey;
  std::string uri;  ///< empty until the API has it
};

/// How far a row has come whose files are uploaded first. Each step is one request, and each is on
/// record before the next.
struct Steps {
  bool looked = false;    ///< the customer has been looked at
  bool sent = false;      ///< a file, or a part of one, has left since the row was claimed
  bool complete = false;  ///< the body has its uris, and its hash is on record or under way
  std::vector<FileOnItsWay> files;  ///< beside the claim's; empty until all have been surveyed
};

/// An open row on its way: claimed, not yet sent or under way.
struct OpenRow {
  queue::Claim claim;
  Sending sending = Sending::first;
  Purpose purpose = Purpose::delivery;
  std::chrono::milliseconds clock_moved{0};  ///< what the clock had been set by when it was claimed
  Steps steps = {};
  Standing standing = Standing::ordinary;
};

/// What the decision about an ended attempt depends on besides the attempt itself.
struct Circumstances {
  policy::UtcTime now{};
  bool destination_unfit = false;
  bool recent_success = false;               ///< another request has succeeded within the last hour
  double unit_random = 0.0;                  ///< in [0, 1)
  std::chrono::milliseconds clock_moved{0};  ///< what the clock was set by since the start, in all
};

/// An attempt that has ended and is about to be recorded. The claim is kept: its bytes stay until
/// the outcome is durable.
struct EndedAttempt {
  OpenRow row;
  policy::Verdict verdict;
  api::Timings timings;
  queue::Closing closing;
  bool retry_after_capped = false;
  std::chrono::steady_clock::time_point ended_at{};
};

/// Judges a report and decides what becomes of the row. Pure.
[[nodiscard]] EndedAttempt end_attempt(const policy::RetrySettings& settings,
                                       OpenRow row,
                                       const api::AttemptReport& report,
                                       const Circumstances& circumstances);

}  // namespace rfi::service
