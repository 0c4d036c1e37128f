// `enqueue`: what goes in, what keeps everything out, and where the fault is said to be.
#include "integration/commands_fixture.hpp"

#include <boost/json/value.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

namespace rfi::test {
namespace {

TEST_F(QueueCommands, EnqueueTakesLinesDocumentsAndFiles) {
  EXPECT_EQ(must(0, {"enqueue"}, document("a") + "\n\n" + document("b") + "\n"), "2 queued\n");
  const auto pretty = file("pretty.json",
                           fmt::format("{{\n  \"reference\": \"c\",\n  \"customer_id\": \"{}1\",\n"
                                       "  \"requested\": [ \"proof_of_address\" ],\n"
                                       "  \"documents\": {{\n    \"n\": 1.10 }}\n}}\n{}",
                                       kCustomer,
                                       document("d")));
  EXPECT_EQ(must(0, {"enqueue", pretty, "-"}, document("e")), "3 queued\n");
  const auto status = must_json(0, {"status"});
  EXPECT_EQ(status.at("counts").at("pending").as_int64(), 5);
}

TEST_F(QueueCommands, EnqueueKeepsTheExactText) {
  must(0,
       {"enqueue"},
       fmt::format("{{\"reference\":\"a\",\"customer_id\":\"{}1\",\"requested\":[ \"x\" ],"
                   "\"documents\":{{ \"n\" : 1.10, \"m\":100.0 }}}}",
                   kCustomer));
  EXPECT_EQ(stored("SELECT requested || documents FROM rfi"),
            "[ \"x\" ]{ \"n\" : 1.10, \"m\":100.0 }");
}

TEST_F(QueueCommands, AQueuedReferenceIsReportedAndLeftAlone) {
  must(0, {"enqueue"}, document("a"));
  EXPECT_EQ(must(0, {"enqueue"}, document("a", 2) + "\n" + document("b")),
            "already queued: a\n1 queued, 1 already queued\n");
  EXPECT_EQ(must_json(0, {"show", "a"}).at("customer_id").as_string(),
            std::string(kCustomer) + "1");
}

TEST_F(QueueCommands, OneBadDocumentKeepsAllOut) {
  const std::string good = document("good") + "\n";
  const std::string tail = R"(,"requested":[],"documents":{}})";
  const std::string head = fmt::format(R"({{"reference":"a","customer_id":"{}1")", kCustomer);
  struct Case {
    std::string line;
    std::string problem;
  };
  const std::string asked = head + R"(,"requested":["proof_of_address.number"],"documents":)"
                                   R"({"proof_of_address":{"type":"UTILITY_BILL","number":"1"},)";
  const std::array<Case, 22> cases{
      {{"nonsense", "not a JSON object"},
       {"{\"reference\":\"a\"", "not a JSON object"},
       {"[" + document("a") + "]", "not a JSON object"},
       {document("a") + " " + document("b"), "more text"},
       {R"({"reference":"a"})", "documents is missing"},
       {R"({"reference":"a","customer_id":"x")" + tail, "customer_id must be a UUID"},
       {R"({"reference":7,"customer_id":"x")" + tail, "reference must be a JSON string"},
       {document(std::string(201, 'r')), "reference must have 1 to 200 bytes"},
       {document("a\\u0085"), "control characters"},
       {document("a\xFF"), "invalid UTF-8"},
       {head + R"(,"requested":{},"documents":{}})", "requested must be a JSON array"},
       {head + R"(,"requested":[],"documents":[]})", "documents must be a JSON object"},
       {head + R"(,"requested":[],"documents":{"a":1,"a":2}})", "documents: "},
       {head + R"(,"requested":[],"documents":{"a":01}})", "documents: "},
       // The allowlist could send these: what is wrong lies in what nobody asked for.
       {asked + R"("x":{"a":1,"a":2}}})", "documents: "},
       {asked + "\"x\":\"\xFF\"}}", "invalid UTF-8"},
       {asked + R"("x":1e999}})", "documents: "},
       {asked + "\"x\":" + std::string(32, '[') + std::string(32, ']') + "}}", "documents: "},
       {document("a", 1, R"(,"reference":"b")"), "reference stands there more than once"},
       {document("a", 1, R"(,"colour":1)"), "unknown member \"colour\""},
       {document("a", 1, R"(,"priority":1.5)"), "priority must be a whole number"},
       {document("a", 1, R"(,"deadline":"soon")"), "deadline must be Unix milliseconds"}}};
  for (const auto& one : cases) {
    SCOPED_TRACE(one.line);
    EXPECT_EQ(must(65, {"enqueue"}, good + one.line + "\n" + good), "");
    EXPECT_NE(error_.find("standard input:2: "), std::string::npos) << error_;
    EXPECT_NE(error_.find(one.problem), std::string::npos) << error_;
  }
  EXPECT_EQ(count("pending"), 0);
}

TEST_F(QueueCommands, ProblemsAreNamedAtTheirLineUpToTwenty) {
  std::string input = document("a") + "\n";
  for (int i = 0; i < 30; ++i) {
    input += "nonsense\n";
  }
  must(65, {"enqueue"}, input);
  EXPECT_NE(error_.find("standard input:21: "), std::string::npos);
  EXPECT_EQ(error_.find("standard input:22: "), std::string::npos);
  EXPECT_NE(error_.find("and 10 more problems"), std::string::npos) << error_;
  const auto pretty = file("pretty.json", "{\n  \"reference\": 1,\n  \"customer_id\": 2\n}\n");
  must(65, {"enqueue", pretty});
  EXPECT_NE(error_.find("pretty.json:2: reference"), std::string::npos) << error_;
  EXPECT_NE(error_.find("pretty.json:3: customer_id"), std::string::npos) << error_;
}

TEST_F(QueueCommands, WhatTheAllowlistWouldRefuseGoesInWithAWarning) {
  EXPECT_EQ(must(0,
                 {"enqueue"},
                 fmt::format(R"({{"reference":"a","customer_id":"{}1","requested":["tax_info"],)"
                             R"("documents":{{}}}})",
                             kCustomer)),
            "1 queued\n");
  EXPECT_NE(error_.find("warning: standard input:1: a would become failed (invalid)"),
            std::string::npos)
      << error_;
}

TEST_F(QueueCommands, ABatchLargerThanItsBufferIsStillOneTransaction) {
  const std::string filler(std::size_t{1024} * 1024, 'x');
  std::string input;
  for (int i = 0; i < 40; ++i) {
    input +=
        document(fmt::format("r{}", i), 1, i == 39 ? R"(,"priority":"high")" : R"(,"priority":1)");
    input.insert(input.rfind("\"country\""), "\"note\":\"" + filler + "\",");
    input += '\n';
  }
  must(65, {"enqueue"}, input);
  EXPECT_EQ(count("pending"), 0);
  input.replace(input.rfind("\"high\""), 6, "2");
  EXPECT_EQ(must(0, {"enqueue"}, input), "40 queued\n");
}

TEST_F(QueueCommands, ManyLinesOfSeveralFilesAreNumberedEachFromOne) {
  std::string input;
  for (int i = 0; i < 3000; ++i) {
    input += document(fmt::format("r{}", i % 2900)) + '\n';
  }
  const auto first = file("first.jsonl", input);
  const auto second = file("second.jsonl", input + "nonsense\n");
  must(65, {"enqueue", first, second});
  EXPECT_NE(error_.find("second.jsonl:3001: not a JSON object"), std::string::npos) << error_;
  EXPECT_EQ(count("pending"), 0);
  const auto said = must(0, {"enqueue", first, first});
  EXPECT_TRUE(said.starts_with("already queued: r0\nalready queued: r1\n")) << said.substr(0, 99);
  EXPECT_TRUE(said.ends_with("\nand 2100 more already queued\n2900 queued, 3100 already queued\n"))
      << said.substr(said.size() - 99);
  must(74, {"enqueue", first, "no-such-file"});
  EXPECT_NE(error_.find("cannot read no-such-file"), std::string::npos) << error_;
}

TEST_F(QueueCommands, AFailureIsSaidAlthoughThePipeStaysOpen) {
  // The pipe has a writer that says nothing after what fills the first batch.
  std::signal(SIGPIPE, SIG_IGN);
  const auto pipe = directory_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  ChildProcess command(
      {.program = RFI_SUBMITD,
       .arguments = {"--config", (directory_ / "rfi.toml").string(), "enqueue", pipe.string()}});
  std::ofstream writer(pipe);
  sql("ALTER TABLE rfi RENAME TO gone");
  const std::string note(std::size_t{1024} * 1024, 'x');
  for (int i = 0; i < 17; ++i) {
    auto line = document(fmt::format("r{}", i));
    line.insert(line.rfind("\"country\""), "\"note\":\"" + note + "\",");
    writer << line << '\n';
  }
  writer.flush();
  const auto ended = command.wait(std::chrono::seconds{20});
  ASSERT_TRUE(ended.has_value()) << "it waits for the pipe";
  EXPECT_NE(ended->code, 0);
  EXPECT_NE(command.standard_error().find("rfi"), std::string::npos);
}

TEST_F(QueueCommands, ATerminalSeesHowFarItHasCome) {
  const auto pipe = directory_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  // script(1) gives it a terminal.
  ChildProcess command({.program = "/usr/bin/script",
                        .arguments = {"-qec",
                                      fmt::format("{} --config {} enqueue {}",
                                                  RFI_SUBMITD,
                                                  (directory_ / "rfi.toml").string(),
                                                  pipe.string()),
                                      "/dev/null"}});
  std::ofstream writer(pipe);
  std::string lines;
  for (int i = 0; i < 2000; ++i) {
    lines += document(fmt::format("r{}", i)) + '\n';
  }
  writer << lines;
  writer.flush();
  // Nothing is drawn in the first half second; what comes after it draws one line.
  std::this_thread::sleep_for(std::chrono::milliseconds{600});
  for (int i = 2000; i < 4000; ++i) {
    writer << document(fmt::format("r{}", i)) << '\n';
  }
  writer.close();
  ASSERT_EQ(command.wait(std::chrono::seconds{20}), ExitStatus{});
  const auto said = command.standard_output();
  EXPECT_NE(said.find(" rows/s"), std::string::npos) << said;
  EXPECT_NE(said.find("4000 queued"), std::string::npos) << said;
}

TEST_F(QueueCommands, AWebhookGoesInAsItCame) {
  const std::string tree =
      R"([ {"section":"proof_of_address","categories":[{"document_type":"UTILITY_BILL",)"
      R"("fields":[{"field_name":"number","data_type":"TEXT","status":"MISSING"}]}]} ])";
  const auto event = [&](const std::string& type) {
    return file("event.json",
                fmt::format(R"({{"event":{{"id":"ev-1","type":"{}"}},)"
                            R"("data":{{"customer_id":"{}3","request_for_information":{}}}}})",
                            type,
                            kCustomer,
                            tree));
  };
  const auto documents = file(
      "documents.json", "\n{\"proof_of_address\":{\"type\":\"UTILITY_BILL\",\"number\":1.10}}\n");
  must(65, {"enqueue", "--webhook", event("customer.status"), "--documents", documents});
  EXPECT_NE(error_.find("event.json:1: event.type"), std::string::npos) << error_;
  must(65, {"enqueue", "--webhook", event("customer.rfi"), "--documents", file("bad.json", "[1]")});
  EXPECT_NE(error_.find("bad.json:1: must be a JSON object"), std::string::npos) << error_;
  must(65, {"enqueue", "--webhook", file("bad.json", "{}"), "--documents", documents});
  EXPECT_NE(error_.find("event is missing"), std::string::npos) << error_;
  EXPECT_EQ(must(0, {"enqueue", "--webhook", event("customer.rfi"), "--documents", documents}),
            "1 queued\n");
  EXPECT_EQ(must_json(0, {"list"}).as_array().at(0).at("reference").as_string(), "ev-1");
}

TEST_F(QueueCommands, ALockedQueueIsUnavailable) {
  // A reader's lock is not enough to keep a writer waiting here: the writer's is.
  sqlite3* handle = nullptr;
  sqlite3_open(queue().c_str(), &handle);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> owner(handle, &sqlite3_close);
  ASSERT_EQ(sqlite3_exec(handle, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  must(69, {"enqueue"}, document("a"));
  EXPECT_NE(error_.find("another process"), std::string::npos) << error_;
}

}  // namespace
}  // namespace rfi::test
