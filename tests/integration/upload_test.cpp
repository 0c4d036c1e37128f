// Files from the disk: the daemon as a process, a directory, and the sandbox that keeps count.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace rfi::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Outcomes = std::vector<std::string>;

constexpr const char* kRequested = R"(["proof_of_identity.files","proof_of_address.files"])";

std::string file_of(std::string_view magic, std::size_t size) {
  std::string bytes{magic};
  unsigned seed = static_cast<unsigned>(size) + static_cast<unsigned>(magic.size());
  while (bytes.size() < size) {
    seed = seed * 1'664'525U + 1'013'904'223U;
    bytes += static_cast<char>(seed >> 24U);
  }
  return bytes;
}

std::string pdf(std::size_t size) {
  return file_of("%PDF-1.7\n", size);
}

/// One document with a file, which the RFI asks for.
std::string one_file(const std::string& path) {
  return R"({"proof_of_identity":{"type":"PASSPORT","number":"PRIVATE-1","files":[{"path":)" +
         json::serialize(json::value(path)) + R"(,"side":"FRONT"}]}})";
}

constexpr const char* kOneRequested = R"(["proof_of_identity.files"])";

class UploadTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory;
  fs::path uploads = directory / "uploads";
  DeploymentOptions options;

  UploadTest() {
    fs::create_directories(mine());
    options.sandbox_arguments = {"--open-customers", "--known-uris-only"};
    options.retry = "initial_delay = \"50ms\"\nmax_delay = \"200ms\"\n";
    options.api = "request_timeout = \"3s\"\n";
    options.more = "[upload]\ndirectory = \"" + uploads.string() + "\"\n";
  }

  [[nodiscard]] fs::path mine(unsigned customer = 1) const {
    return uploads / customer_id(customer);
  }

  static std::string drain(Deployment& deployment) {
    const FinishedChild run = deployment.run({"run", "--drain"});
    EXPECT_EQ(run.status.code, 0) << run.standard_output << run.standard_error;
    for (const char* hidden : {"PRIVATE", "private"}) {
      EXPECT_EQ(run.standard_output.find(hidden), std::string::npos) << run.standard_output;
    }
    EXPECT_TRUE(deployment.sandbox().violations().empty());
    return run.standard_output;
  }

  static std::string detail(Deployment& deployment, const std::string& reference) {
    const json::object row = deployment.show(reference);
    return row.at("detail").is_string() ? row.at("detail").as_string().c_str() : "";
  }

  static std::string failure(Deployment& deployment, const std::string& reference) {
    const json::object row = deployment.show(reference);
    return row.at("failure").is_string() ? row.at("failure").as_string().c_str() : "";
  }
};

std::string text(const json::value& value) {
  return std::string{value.as_string()};
}

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

TEST_F(UploadTest, HostilePathsEachEndInARefusalAndNothingLeaves) {
  Deployment deployment{options};
  const fs::path outside = directory / "outside.pdf";
  write_file(outside, pdf(5000));
  fs::create_directories(mine(2));
  write_file(mine(2) / "theirs.pdf", pdf(5000));
  write_file(mine() / "real.pdf", pdf(5000));
  write_file(mine() / "page.pdf", "<html>");
  fs::create_symlink(outside, mine() / "link.pdf");
  fs::create_directory_symlink(directory.path(), mine() / "way-out");
  fs::create_hard_link(mine() / "real.pdf", mine() / "second.pdf");
  ASSERT_EQ(::mkfifo((mine() / "fifo.pdf").c_str(), 0600), 0);
  const std::vector<std::string> paths = {"../outside.pdf",
                                          outside.string(),
                                          "../" + customer_id(2) + "/theirs.pdf",
                                          "/proc/self/environ",
                                          "/dev/zero",
                                          "link.pdf",
                                          "way-out/outside.pdf",
                                          "second.pdf",
                                          "fifo.pdf",
                                          "page.pdf",
                                          ".",
                                          "",
                                          std::string("real.pdf\0", 9),
                                          std::string(5000, 'x')};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    deployment.enqueue(
        "row-" + std::to_string(i), customer_id(1), kOneRequested, one_file(paths[i]));
  }
  drain(deployment);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string row = "row-" + std::to_string(i);
    EXPECT_EQ(failure(deployment, row), "invalid") << paths[i];
    EXPECT_TRUE(detail(deployment, row).starts_with("proof_of_identity.files[0]: "))
        << paths[i] << ": " << detail(deployment, row);
  }
  EXPECT_TRUE(deployment.sandbox().requests("method=PATCH").empty());
  EXPECT_TRUE(deployment.sandbox().requests("method=POST").empty());
}

/// One byte of the file is turned over all the time, in place, its time of change put back.
TEST_F(UploadTest, AFileThatChangesIsTakenInOneOfItsStatesOrRefused) {
  Deployment deployment{options};
  constexpr std::size_t kSize = 4'000'000;
  const std::string original = pdf(kSize);
  const fs::path path = mine() / "p.pdf";
  for (int row = 0; row < 6; ++row) {
    write_file(path, original);
    deployment.enqueue(
        "row-" + std::to_string(row), customer_id(1), kOneRequested, one_file("p.pdf"));
    std::atomic<bool> ended = false;
    std::thread writer([&] {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      for (unsigned turn = 0; !ended; ++turn) {
        file.seekp(static_cast<std::streamoff>(100 + (turn * 65'537U) % (kSize - 200)));
        file.put(static_cast<char>(turn));
        file.flush();
        std::this_thread::sleep_for(std::chrono::microseconds{500});
      }
    });
    drain(deployment);
    ended = true;
    writer.join();
  }
  std::set<std::string> recorded;
  for (const json::value& file : deployment.sandbox().uploads()) {
    recorded.insert(text(file.at("sha256")));
  }
  int refused = 0;
  for (int row = 0; row < 6; ++row) {
    const std::string name = "row-" + std::to_string(row);
    if (deployment.state(name) == "failed") {
      ++refused;
      EXPECT_EQ(failure(deployment, name), "invalid");
      EXPECT_NE(detail(deployment, name).find("it changed"), std::string::npos);
    }
  }
  EXPECT_EQ(deployment.sandbox().uploads().size(), 6U - static_cast<unsigned>(refused));
  EXPECT_GT(refused, 0) << "the test has not changed a file while it was read";
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
