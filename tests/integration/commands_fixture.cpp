#include "integration/commands_fixture.hpp"

#include <boost/json/parse.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <sys/stat.h>

#include <memory>
#include <utility>

namespace rfi::test {
namespace {

using Connection = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

Connection connect(const std::filesystem::path& queue) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(queue.c_str(), &handle), SQLITE_OK);
  sqlite3_busy_timeout(handle, 10'000);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  return {handle, &sqlite3_close};
}

}  // namespace

std::string document(const std::string& reference, int customer, const std::string& more) {
  return fmt::format(
      R"({{"reference":"{}","customer_id":"{}{}","requested":["proof_of_address.number"],)"
      R"("documents":{{"proof_of_address":{{"type":"UTILITY_BILL","number":"7-SECRET",)"
      R"("country":"DE"}}}}{}}})",
      reference,
      kCustomer,
      customer,
      more);
}

Commands::Commands() {
  configure("");
  write_file(directory_ / "secret", "not-to-be-printed");
  ::chmod((directory_ / "secret").c_str(), 0600);
}

QueueCommands::QueueCommands() {
  must(0, {"migrate"});
}

void Commands::configure(const std::string& submission) const {
  write_file(directory_ / "rfi.toml",
             fmt::format("[queue]\npath = \"{}\"\n[api]\nbase_url = \"http://127.0.0.1:9/base\"\n"
                         "[auth]\nclient_id = \"client\"\nclient_secret_file = \"{}\"\n"
                         "[submission]\n{}\n",
                         queue().string(),
                         (directory_ / "secret").string(),
                         submission));
}

std::string Commands::file(const std::string& name, const std::string& text) const {
  write_file(directory_ / name, text);
  return (directory_ / name).string();
}

std::string Commands::must(int code, std::vector<std::string> arguments, const std::string& input) {
  const auto command = arguments.front();
  arguments.insert(arguments.end(), {"--config", (directory_ / "rfi.toml").string()});
  ChildOptions options;
  options.program = RFI_SUBMITD;
  options.arguments = std::move(arguments);
  options.standard_input = input;
  const auto child = run_child(options);
  error_ = child.standard_error;
  EXPECT_EQ(child.status, (ExitStatus{.code = code, .signal = 0}))
      << command << "\n"
      << child.standard_output << error_;
  if (command != "preview") {
    EXPECT_EQ((child.standard_output + error_).find("SECRET"), std::string::npos)
        << "a document's value was printed by " << command;
  }
  return child.standard_output;
}

boost::json::value Commands::must_json(int code, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  const auto text = must(code, std::move(arguments));
  boost::system::error_code error;
  auto value = boost::json::parse(text, error);
  EXPECT_FALSE(error) << text;
  return value;
}

std::int64_t Commands::count(const char* state) {
  return must_json(0, {"status"}).at("counts").at(state).as_int64();
}

void Commands::sql(const std::string& statements) const {
  const auto connection = connect(queue());
  EXPECT_EQ(sqlite3_exec(connection.get(), statements.c_str(), nullptr, nullptr, nullptr),
            SQLITE_OK)
      << sqlite3_errmsg(connection.get());
}

std::string Commands::stored(const std::string& statement) const {
  const auto connection = connect(queue());
  sqlite3_stmt* prepared = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(connection.get(), statement.c_str(), -1, &prepared, nullptr),
            SQLITE_OK)
      << sqlite3_errmsg(connection.get());
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> owner(prepared, &sqlite3_finalize);
  if (sqlite3_step(prepared) != SQLITE_ROW) {
    return "none";
  }
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared, 0));
  return {static_cast<const char*>(sqlite3_column_blob(prepared, 0)), size};
}

}  // namespace rfi::test
