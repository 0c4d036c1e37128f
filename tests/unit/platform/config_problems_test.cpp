#include "support/temporary_directory.hpp"

#include "rfi/platform/config_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rfi::platform {
namespace {

// Two required settings, on the first two lines, so that each case shows its own problem only.
constexpr std::string_view kRequired =
    "api.base_url = \"https://api.example.com\"\nauth.client_id = \"me\"\n";

std::vector<std::string> problems_of(std::string_view text) {
  const ConfigResult result = parse_config(text, "f");
  std::vector<std::string> texts;
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    for (const ConfigProblem& problem : *problems) {
      texts.push_back(to_string(problem));
    }
  }
  return texts;
}

struct Case {
  std::string_view text;
  std::string_view problem;  ///< how the only problem begins
};

void expect_one_problem_each(const std::vector<Case>& cases) {
  for (const auto& [text, expected] : cases) {
    const std::vector<std::string> problems = problems_of(std::string(kRequired).append(text));
    ASSERT_EQ(problems.size(), 1U) << text << testing::PrintToString(problems);
    EXPECT_TRUE(problems[0].starts_with(expected)) << text << "\n  is " << problems[0];
  }
}

TEST(ConfigProblems, NameTheKeyThatWasMeant) {
  expect_one_problem_each({
      {"[retry]\nmax_dealy = \"1s\"",
       "f:4:1: unknown key retry.max_dealy; did you mean retry.max_delay?"},
      {"[retry]\n  max-delay = \"1s\"",
       "f:4:3: unknown key retry.max-delay; did you mean retry.max_delay?"},
      {"[sumbission]\n", "f:3:2: unknown key sumbission; did you mean submission?"},
      {"retry.max_in_flight = 1",
       "f:3:7: unknown key retry.max_in_flight; it belongs in [submission]"},
      {"max_attempts = 3", "f:3:1: unknown key max_attempts; it belongs in [retry]"},
      {"retry.colour = 1",
       "f:3:7: unknown key retry.colour; known here: initial_delay, max_delay, max_attempts, "
       "give_up_after"},
      {"[[allowlist.alias]]\nsection = \"a\"\nas = \"b\"\ncolour = 1",
       "f:6:1: unknown key allowlist.alias.colour; known here: section, field, as"},
      {R"("a\nb" = 1)", "f:3:1: unknown key a\\nb; known here: "},
  });
}

TEST(ConfigProblems, NameTheTypeThatIsWanted) {
  expect_one_problem_each({
      {"queue = 3", "f:3:9: queue must be a table: write it as [queue]"},
      {"submission.enabled = \"true\"",
       "f:3:22: submission.enabled must be true or false, without quotes"},
      {"submission.max_in_flight = \"32\"",
       "f:3:28: submission.max_in_flight must be a whole number"},
      {"submission.max_in_flight = 3.5", "f:3:28: submission.max_in_flight must be a whole number"},
      {"submission.rate_limit = \"3\"",
       "f:3:25: submission.rate_limit must be a number between 0 and 100000"},
      {"queue.path = 3", "f:3:14: queue.path must be a text in quotes"},
      {"queue.journal = 2024-02-29",
       R"(f:3:17: queue.journal must be "auto", "rollback" or "wal")"},
      {"allowlist.fields = \"a\"", "f:3:20: allowlist.fields must be a list of names"},
      {"allowlist.fields = [\"a\", 3]", "f:3:26: allowlist.fields[1] must be a text in quotes"},
      {"allowlist.alias = \"a\"",
       "f:3:19: allowlist.alias must be a list of tables: write each as [[allowlist.alias]]"},
      {"allowlist.alias = [1]", "f:3:20: allowlist.alias must be a list of tables"},
      {"allowlist.types = []", "f:3:19: allowlist.types must be a table"},
      {"[allowlist.types]\nW9 = \"tax_info\"", "f:4:6: allowlist.types.W9 must be a list of names"},
      {"[allowlist.types]\n\"W 9\" = [\"tax_info\"]",
       "f:4:1: allowlist.types.W 9 must be a name of letters"},
      {"[allowlist.types]\nW9 = [\"tax info\"]",
       "f:4:7: allowlist.types.W9[0] must be a name of letters"},
  });
}

TEST(ConfigProblems, NameTheRange) {
  expect_one_problem_each({
      {"submission.max_in_flight = 0",
       "f:3:28: submission.max_in_flight must be between 1 and 4096"},
      {"submission.max_in_flight = -1",
       "f:3:28: submission.max_in_flight must be between 1 and 4096"},
      {"submission.max_in_flight = 4097",
       "f:3:28: submission.max_in_flight must be between 1 and 4096"},
      {"submission.rate_limit = -0.5",
       "f:3:25: submission.rate_limit must be a number between 0 and 100000"},
      {"submission.rate_limit = nan",
       "f:3:25: submission.rate_limit must be a number between 0 and 100000"},
      {"submission.rate_limit = inf",
       "f:3:25: submission.rate_limit must be a number between 0 and 100000"},
      {"submission.drain_timeout = \"2h\"",
       R"(f:3:28: submission.drain_timeout must be between "0s" and "1h")"},
      {"api.connect_timeout = \"9ms\"",
       R"(f:3:23: api.connect_timeout must be between "10ms" and "5m")"},
      {"retention.documents = \"500ms\"",
       R"(f:3:23: retention.documents must be between "1s" and "36500d", or "never")"},
  });
}

TEST(ConfigProblems, SayHowADurationIsWritten) {
  constexpr std::string_view kWanted =
      "must be a whole number and a unit (ms, s, m, h, d) in quotes";
  for (const std::string_view value :
       {"10", "\"10\"", "\"10 s\"", "\"1.5h\"", "\"-1s\"", "\"\"", "1.5", "true"}) {
    const std::string text = std::string(kRequired).append("api.connect_timeout = ").append(value);
    const std::vector<std::string> problems = problems_of(text);
    ASSERT_EQ(problems.size(), 1U) << value;
    EXPECT_TRUE(
        problems[0].starts_with(std::string("f:3:23: api.connect_timeout ").append(kWanted)))
        << problems[0];
  }
  expect_one_problem_each({
      {"retention.documents = \"0\"",
       "f:3:23: retention.documents must be a whole number and a unit"},
      {"upload.delete_after = \"1d\"",
       R"(f:3:23: upload.delete_after must be "never" or "submitted")"},
  });
}

TEST(ConfigProblems, OfferTheWordThatWasMeant) {
  expect_one_problem_each({
      {"log.level = \"inof\"",
       R"(f:3:13: log.level must be "trace", "debug", "info", "warning", "error", )"
       "\"critical\" or "
       R"("off"; did you mean "info"?)"},
      {"log.level = \"warn\"", "f:3:13: log.level must be \"trace\""},
      {"log.format = \"xml\"", R"(f:3:14: log.format must be "json" or "text")"},
      {"submission.reconcile = \"after-unknown\"",
       R"(f:3:24: submission.reconcile must be "after_unknown", "always" or "never"; did you )"
       "mean "
       "\"after_unknown\"?"},
  });
}

TEST(ConfigProblems, CatchContradictions) {
  expect_one_problem_each({
      {"api.client_certificate = \"/c.pem\"",
       "f:3:26: api.client_certificate needs its key: set api.client_key"},
      {"api.client_key = \"/c.key\"",
       "f:3:18: api.client_key needs its certificate: set api.client_certificate"},
      {"[submission]\nmax_in_flight = 8\nmax_open = 7",
       "f:5:12: submission.max_open must not be below"},
      {"[retry]\ninitial_delay = \"2s\"\nmax_delay = \"1s\"",
       "f:5:13: retry.max_delay must not be shorter than retry.initial_delay"},
      {"[retry]\ninitial_delay = \"20m\"",
       "f:3:1: retry.max_delay must not be shorter than retry.initial_delay"},
      {"[[allowlist.alias]]\nsection = \"a\"\nas = \"b\"\n[[allowlist.alias]]\nsection = \"a\"\nas "
       "= \"c\"",
       "f:7:11: allowlist.alias.section and field are the same as in an alias above"},
      {"[[allowlist.alias]]\nsection = \"a\"", "f:3:1: allowlist.alias.as is missing"},
  });
}

TEST(ConfigProblems, TellAProxyFromALinkToOne) {
  expect_one_problem_each({
      {"api.proxy = \"proxy\"", "f:3:13: api.proxy must be \"http://host:port\""},
      {"api.proxy = \"http://proxy\"", "f:3:13: api.proxy must be \"http://host:port\""},
      {"api.proxy = \"http://me@proxy:3128\"",
       "f:3:13: api.proxy must not contain a user or a password"},
  });
}

TEST(ConfigProblems, PointAtTheTableOfAMissingKey) {
  EXPECT_EQ(problems_of(""),
            (std::vector<std::string>{
                "f:1:1: api.base_url is missing: it has no default and must be set",
                "f:1:1: auth.client_id is missing: it has no default and must be set"}));
  EXPECT_EQ(problems_of("\n[auth]\n\n  [api]\n"),
            (std::vector<std::string>{
                "f:2:1: auth.client_id is missing: it has no default and must be set",
                "f:4:3: api.base_url is missing: it has no default and must be set"}));
}

TEST(ConfigProblems, AreAllReportedInTheOrderOfTheFile) {
  const std::vector<std::string> problems = problems_of(
      "[log]\nlevel = 1\n[api]\nbase_url = \"http://example.com\"\nfoo = 1\nca_file = \"ca\"\n"
      "[queue]\njournal = \"x\"\n[auth]\nclient_id = \"\"\n");
  const std::vector<std::string_view> places = {"f:2:9: log.level",
                                                "f:4:12: api.base_url",
                                                "f:5:1: unknown key api.foo",
                                                "f:6:11: api.ca_file",
                                                "f:8:11: queue.journal",
                                                "f:10:13: auth.client_id"};
  ASSERT_EQ(problems.size(), places.size()) << testing::PrintToString(problems);
  for (std::size_t i = 0; i < places.size(); ++i) {
    EXPECT_TRUE(problems[i].starts_with(places[i])) << problems[i];
  }
}

TEST(ConfigProblems, RefuseASecretAndNameItsPlace) {
  for (const std::string_view key : {"auth.client_secret",
                                     "auth.secret",
                                     "auth.password",
                                     "auth.token",
                                     "api.api_key",
                                     "client_secret"}) {
    const std::string text = std::string(kRequired).append(key).append(" = \"hunter2\"\n");
    const std::vector<std::string> problems = problems_of(text);
    ASSERT_EQ(problems.size(), 1U) << key;
    EXPECT_NE(
        problems[0].find(std::string(key) + " is refused: a secret has no place in this file"),
        std::string::npos)
        << problems[0];
    EXPECT_NE(problems[0].find("auth.client_secret_file"), std::string::npos) << problems[0];
  }
}

TEST(ConfigProblems, NeverRepeatAValue) {
  const std::vector<std::string> texts = {
      "auth.client_secret = \"hunter2\"",
      "auth.client_secret_file = \"hunter2\"",
      R"(auth.client_id = "hunter2\n")",
      "auth.client_secret = hunter2",
      "auth.client_secret = \"hunter2",
      "auth.client_secret = 1hunter2",
      "auth.client_secret = truehunter2",
      "auth.client_secret = \"x\" hunter2",
      "auth = {client_secret = \"hunter2\"}",
      "api.base_url = \"https://me:hunter2@api.example.com\"",
      "api.base_url = \"hunter2\"",
      "api.proxy = \"http://me:hunter2@proxy:80\"",
      "api.idempotency_header = \"hunter2 \"",
      "api.look_path = \"hunter2\"",
      "api.ca_file = \"hunter2\"",
      "log.level = \"hunter2\"",
      "api.connect_timeout = \"hunter2\"",
      "allowlist.fields = [\"hunter2 \"]",
      "queue.path = \":hunter2\"",
  };
  for (const std::string& text : texts) {
    const std::vector<std::string> problems = problems_of(text);
    EXPECT_FALSE(problems.empty());
    for (const std::string& problem : problems) {
      EXPECT_EQ(problem.find("hunter2"), std::string::npos) << text << "\n  gives " << problem;
    }
  }
}

TEST(ConfigProblems, PlaceASyntaxError) {
  const std::vector<Case> cases = {
      {"[api", "f:1:5: not valid TOML: "},
      {"[api]\nbase_url = https://api.example.com", "f:2:12: not valid TOML: "},
      {"[api]\nbase_url = \"x\"\nbase_url = \"y\"", "f:3:12: not valid TOML: "},
      {"[log]\n[log]", "f:2:1: not valid TOML: "},
      {"x = \"\xFF\"", "f:1:"},
  };
  for (const auto& [text, expected] : cases) {
    const std::vector<std::string> problems = problems_of(text);
    ASSERT_EQ(problems.size(), 1U) << text;
    EXPECT_TRUE(problems[0].starts_with(expected)) << problems[0];
  }
}

TEST(LoadConfig, ReportsAFileThatCannotBeRead) {
  const test::TemporaryDirectory directory;
  const auto problem_of = [](const std::filesystem::path& path) {
    const ConfigResult result = load_config(path);
    const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result);
    return problems == nullptr || problems->size() != 1 ? "" : to_string(problems->front());
  };
  const std::string absent = (directory / "absent.toml").string();
  EXPECT_EQ(problem_of(absent), absent + ": cannot be read: No such file or directory");
  EXPECT_EQ(problem_of(directory.path()), directory.path().string() + ": is not a regular file");
  const std::filesystem::path large = directory / "large.toml";
  test::write_file(large, std::string(1024 * 1024 + 1, '#'));
  EXPECT_EQ(problem_of(large), large.string() + ": is larger than 1048576 bytes");
}

TEST(LoadConfig, ReadsAFile) {
  const test::TemporaryDirectory directory;
  const std::filesystem::path path = directory / "c.toml";
  test::write_file(path, std::string(kRequired));
  const ConfigResult result = load_config(path);
  ASSERT_TRUE(std::holds_alternative<Config>(result));
  EXPECT_EQ(std::get<Config>(result).auth.client_id, "me");
}

}  // namespace
}  // namespace rfi::platform
