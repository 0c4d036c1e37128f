// Rows whose files go up first.
#include "unit/service/scheduler_fixture.hpp"

#include "rfi/allowlist/file_by_path.hpp"
#include "rfi/platform/sha256.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>

namespace rfi::test {
namespace {

using policy::Outcome;
using Whose = upload::FileFault::Whose;

constexpr std::string_view kBody =
    R"({"proof_of_address":{"files":[{"uri":"<uri to come>"},{"uri":"<uri to come>","side":"BACK"}]}})";

class SchedulerUploadTest : public SchedulerTest {
 protected:
  FakeFiles files;

  SchedulerUploadTest() {
    files.files = {{"a.pdf", "bytes of a, longer than a piece"}, {"b.pdf", "bytes of b"}};
  }

  /// A row with two files.
  static queue::Claim two_files(std::int64_t id = 1) {
    queue::Claim row = claim(id);
    row.requested = R"(["proof_of_address.files"])";
    row.prepared.body = kBody;
    row.prepared.body_sha256.clear();
    row.prepared.sent = {"proof_of_address.files"};
    const auto first = kBody.find(allowlist::kUriToCome);
    row.prepared.files = {
        {first, "proof_of_address.files[0]", "a.pdf"},
        {kBody.find(allowlist::kUriToCome, first + 1), "proof_of_address.files[1]", "b.pdf"}};
    return row;
  }

  static queue::UploadedFile on_record(std::string path, std::string bytes, std::string uri) {
    return {queue::RfiId{1}, std::move(path), "hash of " + bytes, bytes.size(), std::move(uri), {}};
  }

  void run_with_files() {
    io.restart();
    scheduler.emplace(io.get_executor(), queue, api, clock, random, log, settings);
    scheduler->upload_from(files);
    boost::asio::co_spawn(io, scheduler->run(), [this](const std::exception_ptr& error) {
      thrown = error;
      returned = true;
    });
  }

  void run_rows(std::vector<queue::Claim> rows) {
    for (auto& row : rows) {
      queue.waiting.push_back(std::move(row));
    }
    run_with_files();
    finish();
    EXPECT_EQ(thrown, nullptr);
  }

  [[nodiscard]] std::vector<queue::UploadedFile> recorded() const {
    std::vector<queue::UploadedFile> all;
    for (const queue::Exchange& exchange : queue.exchanges) {
      std::ranges::copy(exchange.uploads, std::back_inserter(all));
    }
    return all;
  }

  [[nodiscard]] policy::Finish finish_of_only() const {
    const auto closings = queue.closings();
    EXPECT_EQ(closings.size(), 1U);
    const auto* finish =
        closings.empty() ? nullptr : std::get_if<policy::Finish>(&closings[0].next);
    EXPECT_NE(finish, nullptr);
    return finish == nullptr ? policy::Finish{} : *finish;
  }

  [[nodiscard]] bool said(std::string_view text) const {
    return std::ranges::any_of(
        lines, [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }
};

TEST_F(SchedulerUploadTest, FilesGoUpOneByOneThenThePatchWithTheirUris) {
  run_rows({two_files()});
  ASSERT_EQ(api.uploads.size(), 2U);
  EXPECT_EQ(api.uploads[0].part, "d1");
  EXPECT_EQ(api.uploads[0].file_name, "d1.pdf");
  EXPECT_EQ(api.uploads[0].content_type, "application/pdf");
  EXPECT_EQ(api.uploads[0].bytes, files.files["a.pdf"]);
  EXPECT_EQ(api.uploads[1].file_name, "d2.pdf");
  EXPECT_EQ(api.uploads[1].bytes, files.files["b.pdf"]);
  ASSERT_EQ(api.sent.size(), 1U);
  EXPECT_EQ(api.sent[0].body,
            R"({"proof_of_address":{"files":[{"uri":"/up1"},{"uri":"/up2","side":"BACK"}]}})");
  EXPECT_EQ(api.most_in_flight, 1U);
  EXPECT_EQ(finish_of_only().state, policy::RfiState::submitted);
  EXPECT_TRUE(said("upload.done"));
  EXPECT_FALSE(said("a.pdf"));
}

TEST_F(SchedulerUploadTest, EachIsOnRecordBeforeTheNextRequestLeaves) {
  std::vector<std::string> before;
  queue.before_answer = [&](const queue::Exchange& exchange, queue::ExchangeResult&) {
    for (const auto& file : exchange.uploads) {
      before.push_back(file.uri + " after " + std::to_string(api.uploads.size()) + "/" +
                       std::to_string(api.sent.size()));
    }
    for (const auto& completion : exchange.completions) {
      before.push_back("body after " + std::to_string(api.sent.size()));
      EXPECT_EQ(completion.attempt, (queue::AttemptKey{queue::RfiId{1}, 1}));
    }
  };
  std::string hash;
  api.on_patch = [&] {
    for (const auto& exchange : queue.exchanges) {
      for (const auto& completion : exchange.completions) {
        hash = completion.body_sha256;
      }
    }
  };
  run_rows({two_files()});
  EXPECT_EQ(before, (std::vector<std::string>{"/up1 after 1/0", "/up2 after 2/0", "body after 0"}));
  EXPECT_EQ(hash, platform::sha256_hex(api.sent.at(0).body));
}

TEST_F(SchedulerUploadTest, WhatHasAUriDoesNotGoUpAgain) {
  queue::Claim row = two_files();
  row.uploaded = {on_record("a.pdf", files.files["a.pdf"], "/old")};
  run_rows({row});
  ASSERT_EQ(api.uploads.size(), 1U);
  EXPECT_EQ(api.uploads[0].file_name, "d2.pdf");
  EXPECT_NE(api.sent.at(0).body.find("\"/old\""), std::string::npos);
}

TEST_F(SchedulerUploadTest, NothingGoesUpWhenAllHaveUris) {
  queue::Claim row = two_files();
  row.uploaded = {on_record("a.pdf", files.files["a.pdf"], "/old"),
                  on_record("b.pdf", files.files["b.pdf"], "/old2")};
  files.files.clear();  // nor is the file missed
  run_rows({row});
  EXPECT_EQ(api.uploads.size(), 0U);
  EXPECT_EQ(api.sent.size(), 1U);
}

TEST_F(SchedulerUploadTest, AChangedFileGoesUpAnew) {
  queue::Claim row = two_files();
  row.uploaded = {on_record("a.pdf", "other bytes", "/old")};
  run_rows({row});
  EXPECT_EQ(api.uploads.size(), 2U);
  EXPECT_EQ(api.sent.at(0).body.find("/old"), std::string::npos);
  EXPECT_EQ(recorded().at(0).sha256, "hash of " + files.files["a.pdf"]);
}

TEST_F(SchedulerUploadTest, AFileGivenTwiceGoesUpOnce) {
  queue::Claim row = two_files();
  row.prepared.files[1].path = "a.pdf";
  run_rows({row});
  EXPECT_EQ(api.uploads.size(), 1U);
  EXPECT_EQ(api.sent.at(0).body,
            R"({"proof_of_address":{"files":[{"uri":"/up1"},{"uri":"/up1","side":"BACK"}]}})");
}

TEST_F(SchedulerUploadTest, AMissingFileFailsTheRowWithItsPlaceBeforeAnythingLeaves) {
  files.files.erase("b.pdf");
  run_rows({two_files()});
  EXPECT_TRUE(api.uploads.empty());
  EXPECT_TRUE(api.sent.empty());
  const policy::Finish finish = finish_of_only();
  EXPECT_EQ(finish.failure, policy::Failure::invalid);
  EXPECT_EQ(finish.detail, "proof_of_address.files[1]: there is no such file");
  EXPECT_EQ(queue.closings()[0].cost, queue::Cost::withdrawn) << "no request was made";
  EXPECT_TRUE(said("upload.failed"));
}

TEST_F(SchedulerUploadTest, AFileThatBreaksOffFailsTheRowAndBlamesNobodyElse) {
  files.breaks_off = "b.pdf";
  run_rows({two_files()});
  EXPECT_TRUE(api.sent.empty());
  EXPECT_EQ(recorded().size(), 1U) << "the first file was taken";
  EXPECT_EQ(finish_of_only().detail, "proof_of_address.files[1]: it changed");
  EXPECT_EQ(queue.closings()[0].outcome, Outcome::unknown);
  EXPECT_TRUE(scheduler->destination().is_fit());
}

TEST_F(SchedulerUploadTest, ADirectoryThatIsAwayCostsNothingAndIsTriedAgain) {
  files.trouble = upload::FileFault{Whose::machine, "upload.directory cannot be opened"};
  queue.takes_back = true;
  int surveys = 0;
  files.on_survey = [&] {
    if (++surveys == 3) {
      files.trouble.reset();
    }
  };
  run_rows({two_files()});
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 3U);
  EXPECT_EQ(closings[0].cost, queue::Cost::none);
  EXPECT_EQ(closings[0].outcome, Outcome::not_sent);
  EXPECT_TRUE(std::holds_alternative<policy::RetryAt>(closings[0].next));
  EXPECT_EQ(closings[2].outcome, Outcome::accepted);
  EXPECT_TRUE(scheduler->destination().is_fit());
}

TEST_F(SchedulerUploadTest, RefusalsOfAFileAreThoseOfARow) {
  const struct {
    unsigned status;
    Outcome outcome;
    bool fails;
  } cases[] = {{413, Outcome::rejected, true},
               {415, Outcome::rejected, true},
               {422, Outcome::rejected, true},
               {429, Outcome::throttled, false},
               {503, Outcome::unavailable, false}};
  for (const auto& [status, outcome, fails] : cases) {
    SCOPED_TRACE(status);
    queue.exchanges.clear();
    queue.waiting.clear();
    returned = false;
    api.uploads.clear();
    api.upload_answer = [status = status](const SentFile&, std::size_t) {
      return response(status, R"({"message":"no"})");
    };
    settings.retry.backoff.initial_delay = std::chrono::hours{1};
    settings.retry.backoff.max_delay = std::chrono::hours{1};
    run_rows({two_files()});
    ASSERT_EQ(queue.closings().size(), 1U);
    const queue::Closing closing = queue.closings()[0];
    EXPECT_EQ(closing.outcome, outcome);
    EXPECT_EQ(closing.http_status, status);
    EXPECT_TRUE(closing.detail.starts_with("proof_of_address.files[0]: ")) << closing.detail;
    EXPECT_EQ(std::holds_alternative<policy::Finish>(closing.next), fails);
    EXPECT_EQ(api.uploads.size(), 1U);
  }
  EXPECT_TRUE(api.sent.empty());
}

TEST_F(SchedulerUploadTest, A401SendsTheFileOnceMoreUnderANewAttempt) {
  api.upload_answer = [](const SentFile&, std::size_t number) {
    return number == 1 ? response(401) : response(200);
  };
  run_rows({two_files()});
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 2U);
  EXPECT_EQ(closings[0].outcome, Outcome::unauthorized);
  EXPECT_TRUE(std::holds_alternative<policy::Resend>(closings[0].next));
  EXPECT_EQ(closings[1].outcome, Outcome::accepted);
  EXPECT_EQ(api.uploads.size(), 3U);
  EXPECT_EQ(api.sent.size(), 1U);
}

TEST_F(SchedulerUploadTest, AStopBetweenTwoFilesGivesTheRowBackWithWhatItHasUploaded) {
  api.upload_answer = [this](const SentFile&, std::size_t) {
    scheduler->stop();
    return response(200);
  };
  run_rows({two_files()});
  EXPECT_EQ(api.uploads.size(), 1U);
  EXPECT_TRUE(api.sent.empty());
  EXPECT_EQ(recorded().size(), 1U);
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 1U);
  EXPECT_EQ(closings[0].outcome, Outcome::not_sent);
  EXPECT_EQ(closings[0].cost, queue::Cost::none);
  EXPECT_TRUE(std::holds_alternative<policy::RetryAt>(closings[0].next));
}

TEST_F(SchedulerUploadTest, ASecondStopEndsAnUploadUnderWay) {
  api.held = true;
  queue.waiting.push_back(two_files());
  run_with_files();
  ASSERT_TRUE(run_until([&] { return api.uploads.size() == 1; }));
  scheduler->stop();
  scheduler->stop();
  finish();
  const auto closings = queue.closings();
  ASSERT_EQ(closings.size(), 1U);
  EXPECT_EQ(closings[0].outcome, Outcome::unknown);
  EXPECT_EQ(closings[0].cost, queue::Cost::none);
}

TEST_F(SchedulerUploadTest, TheWireIsNeverWiderThanAllowed) {
  std::vector<queue::Claim> rows;
  for (std::int64_t id = 1; id <= 20; ++id) {
    rows.push_back(two_files(id));
  }
  run_rows(std::move(rows));
  EXPECT_EQ(api.uploads.size(), 40U);
  EXPECT_EQ(api.sent.size(), 20U);
  EXPECT_LE(api.most_in_flight, settings.limits.max_in_flight);
  EXPECT_LE(queue.most_open, settings.limits.max_open);
}

TEST_F(SchedulerUploadTest, FilesAreDeletedOnceSubmittedIfThatIsWanted) {
  run_rows({two_files()});
  EXPECT_TRUE(files.removed.empty());
  settings.delete_files = service::DeleteFiles::after_submission;
  returned = false;
  run_rows({two_files(2)});
  EXPECT_EQ(files.removed, (std::vector<std::string>{"a.pdf", "b.pdf"}));
}

TEST_F(SchedulerUploadTest, AnUnfitDestinationGetsOneFileAtATime) {
  int refused = 0;
  api.upload_answer = [&](const SentFile&, std::size_t) -> policy::AttemptResult {
    if (++refused <= 3) {
      policy::TransportFailure failure;
      failure.error = "refused";
      return failure;
    }
    return response(200);
  };
  settings.retry.backoff.max_delay = Milliseconds{40};
  queue.takes_back = true;
  std::vector<queue::Claim> rows;
  for (std::int64_t id = 1; id <= 30; ++id) {
    rows.push_back(two_files(id));
  }
  run_rows(std::move(rows));
  EXPECT_EQ(api.sent.size(), 30U);
  EXPECT_TRUE(scheduler->destination().is_fit());
  for (const queue::Closing& closing : queue.closings()) {
    EXPECT_TRUE(closing.outcome == Outcome::accepted || closing.cost != queue::Cost::by_outcome);
  }
}

}  // namespace
}  // namespace rfi::test
