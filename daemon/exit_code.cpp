#include "exit_code.hpp"

#include "rfi/queue/sqlite.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

namespace rfi::daemon {
namespace {

ExitCode code_for(const queue::SqliteError& error) {
  switch (error.primary()) {
    case SQLITE_CONSTRAINT:
      return ExitCode::bad_input;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ExitCode::unavailable;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ExitCode::io_error;
    default:
      return ExitCode::failed;
  }
}

}  // namespace

ExitCode report_failure() {
  try {
    throw;
  } catch (const CommandFailure& failure) {
    for (const auto& message : failure.messages()) {
      complain(message);
    }
    return failure.code();
  } catch (const queue::SqliteError& error) {
    complain(error.what());
    return code_for(error);
  } catch (const std::system_error& error) {
    complain(error.what());
    return ExitCode::io_error;
  } catch (const std::bad_alloc&) {
    complain("out of memory");
    return ExitCode::failed;
  } catch (const std::exception& error) {
    complain(error.what());
    return ExitCode::failed;
  }
}

void complain(const std::string& message) {
  fmt::print(stderr, "rfi-submitd: {}\n", message);
}

void print(const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) {
    throw CommandFailure(
        ExitCode::io_error,
        "cannot write to standard output: " + std::generic_category().message(errno));
  }
}

}  // namespace rfi::daemon
