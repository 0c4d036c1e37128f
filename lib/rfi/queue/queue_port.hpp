// The queue as the service sees it: claims, outcomes and due times, in batches. Nothing here knows
// SQLite; a second store (PostgreSQL) would implement the same port.
#pragma once

#include "rfi/policy/next_step.hpp"
#include "rfi/policy/reconcile.hpp"
#include "rfi/policy/utc_time.hpp"
#include "rfi/policy/vocabulary.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rfi::queue {

using policy::Doubt;
using policy::NextStep;
using policy::UtcTime;

/// Row id of an RFI: order of arrival, never used twice.
enum class RfiId : std::int64_t {};

/// Names one attempt: the `number`-th of this RFI, counted from 1 over its whole life.
struct AttemptKey {
  RfiId rfi{};
  std::int64_t number = 0;
  bool operator==(const AttemptKey&) const = default;
};

/// A row as it was found, before anything is decided about it.
struct Candidate {
  RfiId id{};
  std::string reference;
  std::string customer_id;
  std::string requested;
  std::string documents;
};

/// A file that must be uploaded before the body is complete.
struct FileToUpload {
  std::size_t offset = 0;  ///< in the body: where the placeholder of its uri stands
  std::string place;       ///< in `documents`, such as `proof_of_identity.files[0]`
  std::string path;        ///< below the upload directory; may be personal
};

/// What exactly is going to leave for one RFI, and what the audit keeps of it.
struct Prepared {
  std::string body;         ///< the bytes of the PATCH, kept until the outcome is stored
  std::string body_sha256;  ///< lower-case hex; empty until the files are uploaded
  std::vector<FileToUpload> files = {};  ///< not empty: the body waits for their uris
  std::vector<std::string> sent;         ///< paths in the body (`attempt.fields`)
  std::vector<std::string> withheld;     ///< paths of `documents` that stay here
};

/// The row cannot be sent as it is: becomes `failed`/`invalid` with this `detail` (paths, never a
/// value).
struct Unsendable {
  std::string detail;
  bool allowlist_violation =
      false;  ///< the independent leaf check objected: a defect of ours, logged as critical
};

/// Builds the body of a candidate. Pure and thread-safe: it is called on the store's thread,
/// outside any write transaction, because the attempt row that must precede the request carries the
/// body's hash.
using Prepare = std::function<std::variant<Prepared, Unsendable>(const Candidate&)>;

/// A file that the API has.
struct UploadedFile {
  RfiId rfi{};
  std::string path;
  std::string sha256;  ///< of the bytes that were sent
  std::uint64_t size = 0;
  std::string uri;
  UtcTime uploaded_at{};
};

/// The body of an open attempt, complete now that its files are uploaded: the attempt row gets its
/// hash before the PATCH leaves.
struct Completion {
  AttemptKey attempt;
  std::string body_sha256;
  std::uint64_t body_bytes = 0;
};

/// One RFI taken for submission. Its row is `submitting` and its attempt row durable when this
/// value exists.
struct Claim {
  AttemptKey attempt;
  std::string reference;
  std::string customer_id;
  Prepared prepared;
  UtcTime started_at{};  ///< of this attempt
  UtcTime
      waited_since{};  ///< latest of created_at, not_before, retried_at: queue time and give-up age
  std::optional<UtcTime> deadline;  ///< never sent later than this
  std::int64_t attempts = 0;  ///< attempts that count against retry.max_attempts, this one included
  std::int64_t tries =
      1;  ///< attempt rows since the last operator retry, this one included: backoff step
  std::int64_t rejections = 0;  ///< earlier attempts among those that ended `rejected`
  std::optional<policy::Outcome>
      previous;  ///< outcome of the attempt before this one, `not_sent` ones left out
  Doubt doubt = Doubt::none;
  std::string requested;               ///< as the row holds it: what a look is compared with
  std::vector<UploadedFile> uploaded;  ///< by earlier attempts; only if there are files to upload
};

/// A look that found nothing open any more after the attempt had been refused.
struct Confirmation {
  UtcTime looked_at{};
  unsigned http_status = 0;
};

/// What an attempt costs its row of retry.max_attempts.
enum class Cost {
  by_outcome,  ///< as policy::costs_an_attempt says
  none,        ///< nothing: the destination was unfit (a probe), so no row may be used up by it
  withdrawn    ///< nothing, and the attempt row itself is taken back: no request was made (a look
               ///< failed)
};

/// The end of one attempt and what becomes of its row.
struct Closing {
  AttemptKey attempt;
  policy::Outcome outcome = policy::Outcome::unknown;
  UtcTime finished_at{};
  std::optional<unsigned> http_status;
  std::string error;   ///< class of the failure (`timeout`, `refused`, ...), empty after an answer
  std::string detail;  ///< one sentence for a human, never a value of a document
  std::string request_id;
  std::chrono::milliseconds duration{0};
  NextStep next;
  Cost cost = Cost::by_outcome;
  /// Adds a row of its own (`confirmed`, no body) behind this attempt's; `next` finishes the row.
  std::optional<Confirmation> confirmation;
};

/// A row that was finished by the queue itself while it looked for claims: unsendable, expired or
/// exhausted.
struct Refused {
  RfiId id{};
  std::string reference;
  std::string customer_id;
  policy::Failure failure = policy::Failure::invalid;
  std::string detail;
  bool allowlist_violation = false;
};

/// A row that a producer cancelled since the last exchange.
struct Cancelled {
  RfiId id{};
  std::string reference;
  std::string customer_id;
};

/// A row that waits, or is open, although a newer one of its customer is queued: its answer may be
/// out of date.
struct Superseded {
  RfiId id{};
  std::string reference;
  std::string newer;  ///< reference of the newer one
  std::string customer_id;
};

/// An open attempt that a crash left behind, closed as `unknown` at start.
struct Recovered {
  AttemptKey attempt;
  std::string reference;
  std::string customer_id;
};

/// One round trip to the store, one commit: the outcomes that have arrived go in, the next claims
/// come out.
struct Exchange {
  std::vector<Closing> closings;
  std::vector<UploadedFile> uploads = {};
  std::vector<Completion> completions = {};
  std::size_t claim_limit = 0;  ///< at most so many new claims; 0 claims nothing
  UtcTime now{};
  /// While it is set the give-up age of every row stands still. The store keeps the periods over a
  /// restart.
  bool destination_unfit = false;
  /// Rows whose last attempt turned out to be the destination's fault: each that still waits gets
  /// back what that cost it.
  std::vector<RfiId> refunds = {};
  /// At most so many of the claims may be rows that were sent before; the rest of those that are
  /// due wait for `retry_pause` (a retry budget, see policy/retry_budget.hpp).
  std::size_t retry_limit = std::numeric_limits<std::size_t>::max();
  std::chrono::milliseconds retry_pause{0};
  /// The machine's clock was set: what waits for a time waits as long as before (negative: back).
  std::chrono::milliseconds clock_shift{0};
};

struct ExchangeResult {
  std::vector<Claim> claims;
  std::vector<AttemptKey>
      resends;  ///< the new attempt of each closing whose next step was Resend, in their order
  std::vector<Refused> refused;
  std::vector<Cancelled> cancelled;
  std::vector<Superseded> superseded;  ///< each older row once, as far as the store's memory goes
  std::size_t postponed = 0;           ///< rows that were due and must wait for the retry budget
  bool more_due = false;               ///< rows were due beyond claim_limit
  std::optional<UtcTime>
      next_due;  ///< when the next waiting row falls due, if nothing changes before
  /// Others write to the queue as well: they should have the lock to themselves for so long before
  /// the next exchange.
  std::chrono::steady_clock::duration pause{0};
};

/// Asynchronous face of the store. Io thread only. Operations are never cancelled, only waited for:
/// a commit under way has to be known. An operation that cannot be carried out (full disk, lock
/// held by another process) is retried inside with the closings kept; it completes when they are
/// durable. Throws (through the awaitable) only what ends the daemon: the queue is corrupt or gone.
class QueuePort {
 public:
  QueuePort() = default;
  QueuePort(const QueuePort&) = delete;
  QueuePort& operator=(const QueuePort&) = delete;
  QueuePort(QueuePort&&) = delete;
  QueuePort& operator=(QueuePort&&) = delete;
  virtual ~QueuePort() = default;

  /// Closes what a crash left open as `unknown`, due again at once. Call once, before the first
  /// exchange.
  virtual boost::asio::awaitable<std::vector<Recovered>> recover(UtcTime now) = 0;

  /// See Exchange. The claims' attempt rows and the closings are durable when it completes.
  virtual boost::asio::awaitable<ExchangeResult> exchange(Exchange exchange) = 0;

  /// `wake` is called on the io thread after another process has committed to the queue; several
  /// commits may be folded into one call. Never called before this function returns.
  /// An empty function ends it, and with it the last work that the port has on the io thread.
  virtual void on_change(std::function<void()> wake) = 0;
};

}  // namespace rfi::queue
