#include "rfi/policy/outcome.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rfi::policy {
namespace {

Response answer(unsigned status, Payload payload = Payload::json_object) {
  Response response;
  response.status = status;
  response.payload = payload;
  return response;
}

struct StatusRow {
  unsigned status;
  Outcome outcome;
  Blame blame;
};

// One row for each status that the contract names, and for each edge of a class.
constexpr std::array kStatusRows = {
    StatusRow{200, Outcome::accepted, Blame::none},
    StatusRow{201, Outcome::accepted, Blame::none},
    StatusRow{202, Outcome::accepted, Blame::none},
    StatusRow{204, Outcome::accepted, Blame::none},
    StatusRow{299, Outcome::accepted, Blame::none},
    StatusRow{300, Outcome::rejected, Blame::either},
    StatusRow{301, Outcome::rejected, Blame::either},
    StatusRow{302, Outcome::rejected, Blame::either},
    StatusRow{304, Outcome::rejected, Blame::either},
    StatusRow{307, Outcome::rejected, Blame::either},
    StatusRow{308, Outcome::rejected, Blame::either},
    StatusRow{399, Outcome::rejected, Blame::either},
    StatusRow{400, Outcome::rejected, Blame::item},
    StatusRow{401, Outcome::unauthorized, Blame::destination},
    StatusRow{402, Outcome::rejected, Blame::item},
    StatusRow{403, Outcome::rejected, Blame::either},
    StatusRow{404, Outcome::rejected, Blame::either},
    StatusRow{405, Outcome::rejected, Blame::either},
    StatusRow{406, Outcome::rejected, Blame::item},
    StatusRow{407, Outcome::rejected, Blame::either},
    StatusRow{408, Outcome::throttled, Blame::none},
    StatusRow{409, Outcome::throttled, Blame::none},
    StatusRow{410, Outcome::rejected, Blame::item},
    StatusRow{413, Outcome::rejected, Blame::item},
    StatusRow{415, Outcome::rejected, Blame::item},
    StatusRow{421, Outcome::rejected, Blame::either},
    StatusRow{422, Outcome::rejected, Blame::item},
    StatusRow{423, Outcome::rejected, Blame::item},
    StatusRow{424, Outcome::rejected, Blame::item},
    StatusRow{425, Outcome::throttled, Blame::none},
    StatusRow{426, Outcome::rejected, Blame::either},
    StatusRow{428, Outcome::rejected, Blame::item},
    StatusRow{429, Outcome::throttled, Blame::none},
    StatusRow{431, Outcome::rejected, Blame::item},
    StatusRow{451, Outcome::rejected, Blame::item},
    StatusRow{499, Outcome::rejected, Blame::item},
    StatusRow{500, Outcome::unavailable, Blame::destination},
    StatusRow{502, Outcome::unavailable, Blame::destination},
    StatusRow{503, Outcome::unavailable, Blame::destination},
    StatusRow{504, Outcome::unavailable, Blame::destination},
    StatusRow{599, Outcome::unavailable, Blame::destination},
    StatusRow{0, Outcome::unknown, Blame::destination},
    StatusRow{101, Outcome::unknown, Blame::destination},
    StatusRow{199, Outcome::unknown, Blame::destination},
    StatusRow{600, Outcome::unknown, Blame::destination},
    StatusRow{999, Outcome::unknown, Blame::destination},
};

TEST(Classify, JudgesEveryStatusAsTheTableSays) {
  for (const StatusRow& row : kStatusRows) {
    SCOPED_TRACE(row.status);
    const Verdict verdict = classify(answer(row.status));
    EXPECT_EQ(verdict.outcome, row.outcome);
    EXPECT_EQ(verdict.blame, row.blame);
  }
}

TEST(Classify, NeverAcceptsAnythingButA2xx) {
  for (unsigned status = 0; status < 1000; ++status) {
    for (const Payload payload : {Payload::empty, Payload::json_object, Payload::other}) {
      const bool is_success = status >= 200 && status <= 299 && payload != Payload::other;
      EXPECT_EQ(classify(answer(status, payload)).outcome == Outcome::accepted, is_success)
          << status;
    }
  }
}

TEST(Classify, TakesA2xxWithAForeignBodyForUnknown) {
  EXPECT_EQ(classify(answer(200, Payload::empty)).outcome, Outcome::accepted);
  const Verdict verdict = classify(answer(200, Payload::other));
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
  EXPECT_EQ(verdict.blame, Blame::destination);
  EXPECT_EQ(verdict.error, "not_the_api");
  EXPECT_FALSE(verdict.detail.empty());
}

TEST(Classify, DoesNotAskTheBodyOfOtherAnswers) {
  for (const unsigned status : {301U, 400U, 401U, 404U, 429U, 500U}) {
    EXPECT_EQ(classify(answer(status, Payload::other)), classify(answer(status, Payload::empty)))
        << status;
  }
}

TEST(Classify, SaysWhatToDoAboutARedirect) {
  const Verdict verdict = classify(answer(302));
  EXPECT_EQ(verdict.error, "redirect");
  EXPECT_NE(verdict.detail.find("api.base_url"), std::string::npos);
}

TEST(Classify, LetsTheBytesDecideWhatAFailureIs) {
  for (const Phase phase : {Phase::token,
                            Phase::resolve,
                            Phase::connect,
                            Phase::handshake,
                            Phase::write,
                            Phase::read}) {
    const Verdict unsent = classify(TransportFailure{phase, BytesLeft::no, "reset", "it broke"});
    EXPECT_EQ(unsent, (Verdict{Outcome::not_sent, Blame::destination, "reset", "it broke"}));
    const Verdict sent = classify(TransportFailure{phase, BytesLeft::yes, "reset", "it broke"});
    EXPECT_EQ(sent, (Verdict{Outcome::unknown, Blame::destination, "reset", "it broke"}));
  }
}

TEST(Classify, BlamesNobodyForOurOwnStop) {
  const Verdict unsent = classify(Stopped{BytesLeft::no});
  EXPECT_EQ(unsent.outcome, Outcome::not_sent);
  EXPECT_EQ(unsent.blame, Blame::none);
  const Verdict sent = classify(Stopped{BytesLeft::yes});
  EXPECT_EQ(sent.outcome, Outcome::unknown);
  EXPECT_EQ(sent.blame, Blame::none);
  EXPECT_EQ(sent.error, "stopped");
}

}  // namespace
}  // namespace rfi::policy
