// Files from the disk: the daemon as a process, a directory, and the sandbox that keeps count.
#include "integration/upload_fixture.hpp"
#include "support/wait_until.hpp"

#include <boost/json/parse.hpp>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Outcomes = std::vector<std::string>;

TEST_F(UploadTest, FilesGoUpUnderNeutralNamesAndThenThePatchWithTheirUris) {
  for (const char* shape : {"list", "merged"}) {
    SCOPED_TRACE(shape);
    options.sandbox_arguments = {"--open-customers", "--known-uris-only", "--upload-shape", shape};
    Deployment deployment{options};
    write_file(mine() / "private name\n\"1\".jpg", file_of("\xFF\xD8\xFF\xE0", 150'000));
    write_file(mine() / "private bill.pdf", pdf(200'000));
    write_file(mine() / "not-asked-for.png", file_of("\x89PNG\r\n\x1A\n", 1000));
    deployment.enqueue(
        "one",
        customer_id(1),
        kRequested,
        R"({"proof_of_identity":{"type":"PASSPORT","number":"PRIVATE-1",)"
        R"("files":[{"path":"private name\n\"1\".jpg","side":"FRONT"}]},)"
        R"("proof_of_address":{"type":"UTILITY_BILL","files":[{"path":"private bill.pdf"}]},)"
        R"("supporting_documents":[{"type":"OTHER","files":[{"path":"not-asked-for.png"}]}]})");
    const std::string log = drain(deployment);
    EXPECT_EQ(deployment.state("one"), "submitted");
    EXPECT_EQ(deployment.outcomes("one"), Outcomes{"accepted"});
    const json::array taken = deployment.sandbox().uploads();
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(text(taken[0].at("customer")), customer_id(1));
    EXPECT_EQ(text(taken[0].at("part")), "d1");
    EXPECT_EQ(text(taken[0].at("file_name")), "d1.jpg");
    EXPECT_EQ(text(taken[0].at("content_type")), "image/jpeg");
    EXPECT_EQ(taken[0].at("bytes").to_number<int>(), 150'000);
    EXPECT_EQ(text(taken[1].at("file_name")), "d2.pdf");
    const json::array patches = deployment.sandbox().requests("method=PATCH");
    ASSERT_EQ(patches.size(), 1U);
    EXPECT_EQ(text(patches[0].at("body")),
              R"({"proof_of_identity":{"type":"PASSPORT","files":[{"uri":")" +
                  text(taken[0].at("uri")) +
                  R"(","side":"FRONT"}]},"proof_of_address":{"type":"UTILITY_BILL",)" +
                  R"("files":[{"uri":")" + text(taken[1].at("uri")) + R"("}]}})");
    const json::object attempt = deployment.show("one").at("history").as_array().at(0).as_object();
    EXPECT_EQ(attempt.at("body_sha256"), patches[0].at("body_sha256"));
    std::size_t done = 0;
    for (const json::object& line : log_lines(log)) {
      done += line.at("event") == "upload.done" ? 1U : 0U;
    }
    EXPECT_EQ(done, 2U);
    EXPECT_EQ(log.find(text(taken[0].at("uri"))), std::string::npos);
  }
}

TEST_F(UploadTest, WhatHasAUriGoesUpOnceHoweverOftenTheRowIsTried) {
  Deployment deployment{options};
  write_file(mine() / "p.pdf", pdf(5000));
  deployment.sandbox().add_faults(
      R"([{"match":{"method":"PATCH"},"times":2,"action":{"kind":"status","status":429}},)"
      R"({"match":{"method":"PATCH"},"times":1,"action":{"kind":"status","status":503}}])");
  deployment.enqueue("one", customer_id(1), kOneRequested, one_file("p.pdf"));
  drain(deployment);
  EXPECT_EQ(deployment.outcomes("one"),
            (Outcomes{"throttled", "throttled", "unavailable", "accepted"}));
  EXPECT_EQ(deployment.sandbox().uploads().size(), 1U);
}

struct Answered {
  const char* what;
  std::string action;
  int times;
  Outcomes outcomes;
  const char* failure;
  std::size_t taken;
};

TEST_F(UploadTest, IsJudgedAsAPatchIs) {
  const std::vector<Answered> cases = {
      {"413", R"({"kind":"status","status":413})", 1, {"rejected"}, "rejected", 0},
      {"415", R"({"kind":"status","status":415})", 1, {"rejected"}, "rejected", 0},
      {"422",
       R"({"kind":"status","status":422,"body":{"message":"no such-and-such"}})",
       1,
       {"rejected"},
       "rejected",
       0},
      {"429", R"({"kind":"status","status":429})", 1, {"throttled", "accepted"}, "", 1},
      {"503", R"({"kind":"status","status":503})", 1, {"unavailable", "accepted"}, "", 1},
      {"401", R"({"kind":"status","status":401})", 1, {"unauthorized", "accepted"}, "", 1},
      {"page", R"({"kind":"html"})", 1, {"unknown", "accepted"}, "", 1},
      {"no uri",
       R"({"kind":"status","status":200,"body":{"data":{"files":[]}}})",
       1,
       {"unknown", "accepted"},
       "",
       1},
      {"reset before",
       R"({"kind":"reset","when":"before_reading"})",
       1,
       {"unknown", "accepted"},
       "",
       1},
      // The API has it, and nobody knows: it goes up once more, and the first one is left behind.
      {"reset after", R"({"kind":"accept_then_reset"})", 1, {"unknown", "accepted"}, "", 2},
      {"cut", R"({"kind":"cut"})", 1, {"unknown", "accepted"}, "", 2},
      {"slow", R"({"kind":"slow","delay_ms":200})", 1, {"accepted"}, "", 1},
      {"interim", R"({"kind":"interim","statuses":[100,103]})", 1, {"accepted"}, "", 1},
  };
  for (const auto& [what, action, times, outcomes, failed, taken] : cases) {
    SCOPED_TRACE(what);
    Deployment deployment{options};
    write_file(mine() / "p.pdf", pdf(100'000));
    deployment.sandbox().add_faults(
        R"({"match":{"path_contains":"/v1/customers/upload"},"times":)" + std::to_string(times) +
        R"(,"action":)" + action + "}");
    deployment.enqueue("one", customer_id(1), kOneRequested, one_file("p.pdf"));
    drain(deployment);
    EXPECT_EQ(deployment.outcomes("one"), outcomes);
    EXPECT_EQ(failure(deployment, "one"), failed);
    EXPECT_EQ(deployment.sandbox().uploads().size(), taken);
    EXPECT_TRUE(deployment.sandbox().requests("method=GET").empty()) << "no PATCH was in doubt";
    if (*failed != '\0') {
      EXPECT_TRUE(detail(deployment, "one").starts_with("proof_of_identity.files[0]: "))
          << detail(deployment, "one");
      EXPECT_TRUE(deployment.sandbox().requests("method=PATCH").empty());
    }
  }
}

TEST_F(UploadTest, AMissingFileNamesItsPlaceAndARetryFindsIt) {
  Deployment deployment{options};
  deployment.enqueue("one", customer_id(1), kOneRequested, one_file("private.pdf"));
  drain(deployment);
  EXPECT_EQ(failure(deployment, "one"), "invalid");
  EXPECT_EQ(detail(deployment, "one"),
            "proof_of_identity.files[0]: there is no such file in upload.directory: put it there, "
            "then `retry`");
  EXPECT_EQ(deployment.outcomes("one"), Outcomes{}) << "no request was made";
  write_file(mine() / "private.pdf", pdf(5000));
  EXPECT_EQ(deployment.run({"retry", "one"}).status.code, 0);
  drain(deployment);
  EXPECT_EQ(deployment.state("one"), "submitted");
}

std::size_t peak_kib(pid_t process) {
  std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) {
      return std::stoul(line.substr(6));
    }
  }
  return 0;
}

TEST_F(UploadTest, ALargeFileTakesNoMemory) {
  Deployment deployment{options};
  const auto daemon = deployment.start();
  const auto submit = [&](const std::string& reference, std::size_t size) {
    write_file(mine() / (reference + ".pdf"), pdf(size));
    deployment.enqueue(reference, customer_id(1), kOneRequested, one_file(reference + ".pdf"));
    EXPECT_TRUE(wait_until([&] { return deployment.state(reference) == "submitted"; },
                           std::chrono::seconds{60}));
    return peak_kib(daemon->pid());
  };
  const std::size_t small = submit("small", 200'000);
  const std::size_t large = submit("large", std::size_t{20} * 1024 * 1024);
  RecordProperty("growth_kib", static_cast<int>(large - small));
  std::printf("peak %zu KiB with 200 kB, %zu KiB with 20 MiB\n", small, large);
  EXPECT_LT(large - small, 2048U);
  ASSERT_EQ(deployment.sandbox().uploads().size(), 2U);
  EXPECT_EQ(deployment.sandbox().uploads()[1].at("bytes").to_number<int>(), 20 * 1024 * 1024);
}

TEST_F(UploadTest, PreviewReadsAndSendsNothing) {
  Deployment deployment{options};
  write_file(mine() / "p.pdf", pdf(5000));
  deployment.enqueue("one", customer_id(1), kOneRequested, one_file("p.pdf"));
  const FinishedChild shown = deployment.run({"preview", "one", "--json"});
  EXPECT_EQ(shown.status.code, 0) << shown.standard_error;
  const json::object preview = json::parse(shown.standard_output).as_object();
  const json::object file = preview.at("uploads").as_array().at(0).as_object();
  EXPECT_EQ(text(file.at("file")), "proof_of_identity.files[0]");
  EXPECT_EQ(file.at("bytes").to_number<int>(), 5000);
  EXPECT_EQ(text(file.at("content_type")), "application/pdf");
  EXPECT_FALSE(file.at("uploaded").as_bool());
  EXPECT_NE(text(preview.at("body")).find(R"({"uri":"<d1.pdf>","side":"FRONT"})"),
            std::string::npos);
  EXPECT_TRUE(preview.at("body_sha256").is_null());
  EXPECT_NE(deployment.run({"preview", "one"})
                .standard_output.find("proof_of_identity.files[0]: 5000 bytes, application/pdf"),
            std::string::npos);
  EXPECT_TRUE(deployment.sandbox().requests().empty());
  deployment.enqueue("two", customer_id(1), kOneRequested, one_file("private.pdf"));
  const FinishedChild missing = deployment.run({"preview", "two"});
  EXPECT_EQ(missing.status.code, 1);
  EXPECT_NE(missing.standard_output.find("proof_of_identity.files[0]: there is no such file"),
            std::string::npos);
  drain(deployment);
  const json::object after =
      json::parse(deployment.run({"preview", "one", "--json"}).standard_output).as_object();
  EXPECT_TRUE(after.at("uploads").as_array().at(0).at("uploaded").as_bool());
  EXPECT_TRUE(after.at("body_sha256").is_string());
}

TEST_F(UploadTest, CheckSaysWhetherTheDirectoryCanBeRead) {
  Deployment deployment{options};
  EXPECT_NE(deployment.run({"check"}).standard_output.find("uploads"), std::string::npos);
  fs::rename(uploads, directory / "away");
  const FinishedChild bad = deployment.run({"check"});
  EXPECT_EQ(bad.status.code, 78);
  EXPECT_NE(bad.standard_output.find("upload.directory cannot be opened"), std::string::npos)
      << bad.standard_output;
}

TEST_F(UploadTest, ADirectoryThatIsAwayFailsNoRow) {
  Deployment deployment{options};
  write_file(mine() / "p.pdf", pdf(5000));
  fs::rename(uploads, directory / "away");
  deployment.enqueue("one", customer_id(1), kOneRequested, one_file("p.pdf"));
  const auto daemon = deployment.start();
  EXPECT_TRUE(
      daemon->wait_for_output("upload.directory cannot be opened", std::chrono::seconds{10}));
  EXPECT_EQ(deployment.state("one"), "pending");
  fs::rename(directory / "away", uploads);
  EXPECT_TRUE(wait_until([&] { return deployment.state("one") == "submitted"; }));
}

TEST_F(UploadTest, FilesAreDeletedOnceTheyAreSubmitted) {
  options.more += "delete_after = \"submitted\"\n";
  Deployment deployment{options};
  write_file(mine() / "p.pdf", pdf(5000));
  deployment.sandbox().add_faults(
      R"({"match":{"method":"PATCH"},"times":1,"action":{"kind":"status","status":429}})");
  deployment.enqueue("one", customer_id(1), kOneRequested, one_file("p.pdf"));
  deployment.enqueue("two", customer_id(2), kOneRequested, one_file("p.pdf"));
  fs::create_directories(mine(2));
  write_file(mine(2) / "p.pdf", "<html>");
  drain(deployment);
  EXPECT_EQ(deployment.state("one"), "submitted");
  EXPECT_FALSE(fs::exists(mine() / "p.pdf"));
  EXPECT_TRUE(fs::exists(mine(2) / "p.pdf")) << "that row failed";
}

}  // namespace
}  // namespace rfi::test
