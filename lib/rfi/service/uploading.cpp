// Files before their row: each goes up by itself and is on record before the next request of the
// row leaves; the last one completes the body, whose hash is on record before the PATCH.
#include "rfi/allowlist/file_by_path.hpp"
#include "rfi/allowlist/leaf_check.hpp"
#include "rfi/platform/sha256.hpp"
#include "rfi/service/scheduler.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <variant>

namespace rfi::service {

namespace asio = boost::asio;
using Whose = upload::FileFault::Whose;

namespace {

/// The error class of an attempt that a file of ours ended.
constexpr const char* kFileError = "file";

upload::FileName name_of(const OpenRow& row, std::size_t index) {
  return {row.claim.customer_id, row.claim.prepared.files.at(index).path};
}

const queue::UploadedFile* recorded(const queue::Claim& claim, const std::string& path) {
  const auto found = std::ranges::find(claim.uploaded, path, &queue::UploadedFile::path);
  return found == claim.uploaded.end() ? nullptr : &*found;
}

/// A path that stands in the documents twice is one file.
void give_uri(OpenRow& row, const queue::UploadedFile& file) {
  for (std::size_t i = 0; i < row.steps.files.size(); ++i) {
    FileOnItsWay& mine = row.steps.files[i];
    if (row.claim.prepared.files[i].path == file.path && mine.survey.sha256 == file.sha256) {
      mine.uri = file.uri;
      mine.survey.bytes.reset();
    }
  }
}

std::optional<std::size_t> next_file(const OpenRow& row) {
  const auto& files = row.steps.files;
  const auto next =
      std::ranges::find_if(files, [](const FileOnItsWay& file) { return file.uri.empty(); });
  return next == files.end() ? std::nullopt
                             : std::optional(static_cast<std::size_t>(next - files.begin()));
}

std::string complete_body(const OpenRow& row) {
  std::vector<allowlist::UriAt> uris;
  uris.reserve(row.steps.files.size());
  for (std::size_t i = 0; i < row.steps.files.size(); ++i) {
    uris.push_back({row.claim.prepared.files[i].offset, row.steps.files[i].uri});
  }
  return allowlist::with_uris(row.claim.prepared.body, uris);
}

api::AttemptReport not_made(std::string detail) {
  api::AttemptReport report;
  report.result = policy::TransportFailure{
      policy::Phase::connect, policy::BytesLeft::no, kFileError, std::move(detail)};
  return report;
}

std::string placed(const std::string& place, const std::string& detail) {
  return detail.empty() ? place + ": could not be uploaded" : place + ": " + detail;
}

/// The attempt failed at one of its files: its place goes into whatever is said about it.
void add_place(EndedAttempt& ended, const std::string& place) {
  queue::Closing& closing = ended.closing;
  closing.detail = placed(place, closing.detail);
  if (auto* retry = std::get_if<policy::RetryAt>(&closing.next)) {
    retry->detail = placed(place, retry->detail);
  } else if (auto* finish = std::get_if<policy::Finish>(&closing.next)) {
    finish->detail = placed(place, finish->detail);
  }
}

bool fails_row(const EndedAttempt& ended) {
  const auto* finish = std::get_if<policy::Finish>(&ended.closing.next);
  return finish != nullptr && finish->state == policy::RfiState::failed;
}

platform::Level level_of(const EndedAttempt& ended) {
  return fails_row(ended) ? platform::Level::warning : platform::Level::info;
}

}  // namespace

/// The next request of a row whose files are not all up. Two requests of one customer are never
/// under way: a row's files go one after the other.
asio::awaitable<void> Scheduler::upload_next(OpenRow row) {
  if (files_ == nullptr) {
    throw std::logic_error("a claim has files to upload, and nobody is there to read them");
  }
  if (row.steps.files.empty()) {
    const std::optional<PlacedFault> fault = co_await survey(row);
    if (fault) {
      end_unreadable(std::move(row), *fault, not_made(fault->fault.reason));
      co_return;
    }
    if (!may_go_on(row)) {
      co_return;
    }
  }
  if (const std::optional<std::size_t> next = next_file(row)) {
    co_await upload_file(std::move(row), *next);
  } else {
    go_on(std::move(row));
  }
}

asio::awaitable<void> Scheduler::upload_file(OpenRow row, std::size_t index) {
  upload::Survey survey = row.steps.files[index].survey;
  row.steps.files[index].survey.bytes.reset();  // they go with the source
  const std::string part = "d" + std::to_string(index + 1);
  const upload::ContentType type = survey.type;
  const std::string file_name = part + "." + std::string{upload::extension(type)};
  upload::FileName name = name_of(row, index);
  const std::unique_ptr<upload::FileSource> source =
      files_->source(std::move(name), std::move(survey));
  api::UploadRequest request;
  request.customer_id = row.claim.customer_id;
  request.part = part;
  request.file_name = file_name;
  request.content_type = upload::media_type(type);
  request.bytes = source.get();
  const Instant began = clock_.steady_now();
  const api::UploadReport report = co_await api_.upload(request);
  came_back_from_upload(std::move(row), index, report, *source, began);
}

/// Reads all files of the row once, before the first of them leaves: a row with one that cannot be
/// sent sends none.
asio::awaitable<std::optional<PlacedFault>> Scheduler::survey(OpenRow& row) {
  std::vector<FileOnItsWay> found;
  for (std::size_t i = 0; i < row.claim.prepared.files.size(); ++i) {
    const queue::FileToUpload& file = row.claim.prepared.files[i];
    const queue::UploadedFile* known = recorded(row.claim, file.path);
    upload::FileName name = name_of(row, i);
    auto surveyed = co_await files_->survey(std::move(name));
    FileOnItsWay mine;
    if (auto* survey = std::get_if<upload::Survey>(&surveyed)) {
      mine.survey = std::move(*survey);
    } else {
      const auto& fault = std::get<upload::FileFault>(surveyed);
      if (fault.whose != Whose::missing || known == nullptr) {
        PlacedFault placed;
        placed.place = file.place;
        placed.fault = fault;
        co_return placed;
      }
      mine.survey.sha256 = known->sha256;  // the API has it: nobody needs the file any more
      mine.survey.size = known->size;
    }
    found.push_back(std::move(mine));
  }
  directory_trouble_ = false;
  row.steps.files = std::move(found);
  for (const queue::UploadedFile& file : row.claim.uploaded) {
    give_uri(row, file);
  }
  co_return std::nullopt;
}

/// Much may have happened while the files were read. If the row may not go on, it has been put down
/// and `row` is empty.
bool Scheduler::may_go_on(OpenRow& row) {
  if (row.claim.deadline && utc_now() >= *row.claim.deadline) {
    came_back(end_attempt(
        settings_.retry, std::move(row), not_made("its files were being read"), circumstances()));
    return false;
  }
  const bool unfit = !pace_.is_fit() && row.purpose == Purpose::delivery;
  if (phase_ == Phase::running && !unfit) {
    return true;
  }
  EndedAttempt ended = end_attempt(
      settings_.retry, std::move(row), not_made("only its files had been read"), circumstances());
  ended.closing.cost = queue::Cost::withdrawn;
  ended.closing.next = policy::RetryAt{utc_now(), ended.closing.detail};
  came_back(std::move(ended));
  return false;
}

void Scheduler::came_back_from_upload(OpenRow row,
                                      std::size_t index,
                                      const api::UploadReport& report,
                                      const upload::FileSource& source,
                                      Instant began) {
  const queue::FileToUpload& file = row.claim.prepared.files[index];
  const std::string place = file.place;
  row.steps.sent = true;
  if (source.fault()) {
    end_unreadable(std::move(row), {place, *source.fault()}, report.attempt);
    return;
  }
  if (report.uri.empty()) {
    EndedAttempt ended = judge(std::move(row), report.attempt, began);
    add_place(ended, place);
    log_upload_failed(log_, level_of(ended), ended, place);
    came_back(std::move(ended));
    return;
  }
  last_success_ = clock_.steady_now();
  Returned returned;
  returned.rfi = row.claim.attempt.rfi;
  returned.customer_id = row.claim.customer_id;
  returned.verdict = policy::classify(report.attempt.result);
  returned.http_status = std::get<policy::Response>(report.attempt.result).status;
  api::Timings answer;  // how long a file takes to send says nothing about the API's load
  answer.wait = report.attempt.timings.wait;
  learn(returned, answer, began);
  const upload::Survey& survey = row.steps.files[index].survey;
  const queue::UploadedFile uploaded{
      row.claim.attempt.rfi, file.path, survey.sha256, survey.size, report.uri, utc_now()};
  upload_lines_.push_back({row.claim.reference,
                           row.claim.customer_id,
                           row.claim.attempt.number,
                           place,
                           survey.sha256,
                           survey.size,
                           report.attempt.timings});
  std::erase_if(row.claim.uploaded,
                [&](const queue::UploadedFile& known) { return known.path == uploaded.path; });
  row.claim.uploaded.push_back(uploaded);
  give_uri(row, uploaded);
  uploads_.push_back(uploaded);
  go_on(std::move(row));
}

/// A step is done: it is recorded, and then the row goes before all others. With its last uri the
/// body is complete, and judged as the bytes that leave.
void Scheduler::go_on(OpenRow row) {
  if (!next_file(row)) {
    std::string body = complete_body(row);
    const std::size_t limit = settings_.allowlist.max_body_bytes;
    if (body.size() > limit) {
      end_unsendable(std::move(row),
                     "the body has " + std::to_string(body.size()) +
                         " bytes with the uris of its files, more than submission.max_body_bytes");
      return;
    }
    if (!allowlist::uncovered_leaves(body, row.claim.requested, settings_.allowlist).empty()) {
      log_violation(log_, row.claim);
      end_unsendable(std::move(row),
                     "the second check found what nobody asked for once the files were uploaded; "
                     "this is a defect of rfi-submitd, no PATCH was sent");
      return;
    }
    queue::Prepared& prepared = row.claim.prepared;
    prepared.body = std::move(body);
    prepared.body_sha256 = platform::sha256_hex(prepared.body);
    completions_.push_back({row.claim.attempt, prepared.body_sha256, prepared.body.size()});
    row.steps.complete = true;
  }
  rows_.came_back(row.standing);
  between_steps_.push_back(std::move(row));
  send_what_may_go();
  wakeup_.notify_all();
}

/// Nothing that the API or the way to it is to blame for, so nobody learns from it.
void Scheduler::end_unreadable(OpenRow row,
                               const PlacedFault& fault,
                               const api::AttemptReport& report) {
  const bool sent = row.steps.sent;
  EndedAttempt ended = end_attempt(settings_.retry, std::move(row), report, circumstances());
  queue::Closing& closing = ended.closing;
  closing.cost = queue::Cost::none;
  closing.error = kFileError;
  closing.detail = fault.place + ": " + fault.fault.reason;
  platform::Level level = platform::Level::warning;
  if (fault.fault.whose == Whose::machine) {
    // The row waits; somebody must see to the directory, and is told once.
    if (auto* retry = std::get_if<policy::RetryAt>(&closing.next)) {
      retry->detail = closing.detail;
    }
    level =
        std::exchange(directory_trouble_, true) ? platform::Level::info : platform::Level::error;
  } else {
    closing.next =
        policy::Finish{policy::RfiState::failed, policy::Failure::invalid, closing.detail};
    if (!sent) {
      closing.cost = queue::Cost::withdrawn;  // no request was made
    }
  }
  log_upload_failed(log_, level, ended, fault.place);
  came_back(std::move(ended));
}

void Scheduler::end_unsendable(OpenRow row, std::string detail) {
  EndedAttempt ended =
      end_attempt(settings_.retry, std::move(row), not_made(detail), circumstances());
  ended.closing.cost = queue::Cost::none;
  ended.closing.next =
      policy::Finish{policy::RfiState::failed, policy::Failure::invalid, std::move(detail)};
  came_back(std::move(ended));
}

/// Nobody waits for it, and a crash in this moment leaves the file where it is.
void Scheduler::delete_files_of(const EndedAttempt& ended) {
  const auto* finish = std::get_if<policy::Finish>(&ended.closing.next);
  if (settings_.delete_files != DeleteFiles::after_submission || files_ == nullptr ||
      finish == nullptr || finish->state != policy::RfiState::submitted) {
    return;
  }
  const queue::Claim& claim = ended.row.claim;
  for (const queue::UploadedFile& file : claim.uploaded) {
    files_->remove({claim.customer_id, file.path},
                   file.sha256,
                   [this, reference = claim.reference](const auto& fault) {
                     if (fault && fault->whose != Whose::missing) {
                       log_not_deleted(log_, reference, *fault);
                     }
                   });
  }
}

}  // namespace rfi::service
