#include "support/child_process.hpp"

#include "support/wait_until.hpp"

#include <spawn.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill, sigset_t are not in <csignal>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace rfi::test {
namespace {

constexpr int kFileMode = 0600;

void require(int error, const std::string& what) {
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), what);
  }
}

/// posix_spawn's file actions and attributes, destroyed on every way out.
struct SpawnPlan {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  SpawnPlan() {
    require(::posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
    require(::posix_spawnattr_init(&attributes), "posix_spawnattr_init");
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  SpawnPlan(SpawnPlan&&) = delete;
  SpawnPlan& operator=(SpawnPlan&&) = delete;

  void redirect(int descriptor, const std::filesystem::path& file, int flags) {
    require(::posix_spawn_file_actions_addopen(
                &actions, descriptor, file.c_str(), flags, static_cast<mode_t>(kFileMode)),
            "redirect to " + file.string());
  }

  /// The child starts with no signal blocked or ignored, whatever the test runner does.
  void reset_signals() {
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    require(::posix_spawnattr_setsigmask(&attributes, &none), "posix_spawnattr_setsigmask");
    require(::posix_spawnattr_setsigdefault(&attributes, &all), "posix_spawnattr_setsigdefault");
    require(::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF),
            "posix_spawnattr_setflags");
  }
};

std::vector<std::string> make_environment(const ChildOptions& options) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const std::string name{text.substr(0, text.find('='))};
    if (!options.environment.contains(name)) {
      result.emplace_back(text);
    }
  }
  for (const auto& [name, value] : options.environment) {
    if (value.has_value()) {
      result.push_back(name + "=" + *value);
    }
  }
  return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& text : strings) {
    result.push_back(text.data());
  }
  result.push_back(nullptr);
  return result;
}

ExitStatus decode(int status) {
  if (WIFSIGNALED(status)) {
    return {.code = -1, .signal = WTERMSIG(status)};
  }
  return {.code = WEXITSTATUS(status), .signal = 0};
}

}  // namespace

ChildProcess::ChildProcess(const ChildOptions& options) {
  write_file(outputs_ / "in", options.standard_input);
  SpawnPlan plan;
  plan.redirect(STDIN_FILENO, outputs_ / "in", O_RDONLY);
  plan.redirect(STDOUT_FILENO, outputs_ / "out", O_WRONLY | O_CREAT | O_APPEND);
  plan.redirect(STDERR_FILENO, outputs_ / "err", O_WRONLY | O_CREAT | O_APPEND);
  if (options.working_directory.has_value()) {
    require(
        ::posix_spawn_file_actions_addchdir_np(&plan.actions, options.working_directory->c_str()),
        "posix_spawn_file_actions_addchdir_np");
  }
  plan.reset_signals();

  std::vector<std::string> arguments = options.arguments;
  arguments.insert(arguments.begin(), options.program.string());
  std::vector<std::string> environment = make_environment(options);
  require(::posix_spawn(&pid_,
                        options.program.c_str(),
                        &plan.actions,
                        &plan.attributes,
                        pointers_to(arguments).data(),
                        pointers_to(environment).data()),
          "cannot start " + options.program.string());
  // Not by pidfd_open(): its declaration in glibc 2.36 is unfit for C++.
  pid_descriptor_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

ChildProcess::~ChildProcess() {
  if (!status_.has_value()) {
    ::kill(pid_, SIGKILL);
    int ignored = 0;
    ::waitpid(pid_, &ignored, 0);
  }
  if (pid_descriptor_ >= 0) {
    ::close(pid_descriptor_);
  }
}

void ChildProcess::send_signal(int signal) {
  // Once reaped, the number may already be another process's.
  if (running()) {
    ::kill(pid_, signal);
  }
}

std::optional<ExitStatus> ChildProcess::wait(std::chrono::milliseconds limit) {
  if (status_.has_value()) {
    return status_;
  }
  const auto reap = [this] {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      status_ = decode(status);
    }
    return status_.has_value();
  };
  if (reap() || limit.count() <= 0) {
    return status_;
  }
  pollfd ended{.fd = pid_descriptor_, .events = POLLIN, .revents = 0};
  if (pid_descriptor_ < 0 || ::poll(&ended, 1, static_cast<int>(limit.count())) < 0) {
    static_cast<void>(wait_until(reap, limit));  // a kernel without pidfd, or an interrupted poll
  }
  reap();
  return status_;
}

std::string ChildProcess::standard_output() const {
  return read_file(outputs_ / "out");
}

std::string ChildProcess::standard_error() const {
  return read_file(outputs_ / "err");
}

bool ChildProcess::wait_for_output(std::string_view text, std::chrono::milliseconds limit) {
  bool ended = false;
  const auto written = [&] {
    ended = !running();  // asked first: what it wrote before its end is then in the file
    return standard_output().find(text) != std::string::npos;
  };
  bool found = false;
  static_cast<void>(wait_until([&] { return (found = written()) || ended; }, limit));
  return found;
}

FinishedChild run_child(const ChildOptions& options, std::chrono::milliseconds limit) {
  ChildProcess child{options};
  std::optional<ExitStatus> status = child.wait(limit);
  if (!status.has_value()) {
    child.send_signal(SIGKILL);
    status = child.wait(std::chrono::seconds{10});
  }
  return {.status = status.value_or(ExitStatus{.code = -1, .signal = SIGKILL}),
          .standard_output = child.standard_output(),
          .standard_error = child.standard_error()};
}

}  // namespace rfi::test
