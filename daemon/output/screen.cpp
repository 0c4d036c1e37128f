#include "output/screen.hpp"

#include "exit_code.hpp"

#include <termios.h>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>

namespace rfi::daemon {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

std::string_view sequence(Emphasis emphasis) {
  switch (emphasis) {
    case Emphasis::none:
      return "";
    case Emphasis::heading:
      return "\x1b[1m";
    case Emphasis::good:
      return "\x1b[32m";
    case Emphasis::trouble:
      return "\x1b[1;31m";
  }
  return "";
}

// What a signal handler may touch.
volatile std::sig_atomic_t end_wanted = 0;

// What the terminal was like before; there is one.
termios& saved_terminal() {
  static termios saved{};
  return saved;
}

/// The rest of a mark at the beginning of `text`: it is written and counts no column.
std::size_t mark_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) {
    return 0;
  }
  const auto end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

std::string fitted_line(std::string_view line, std::size_t columns) {
  std::string kept;
  std::size_t column = 0;
  while (!line.empty()) {
    if (const std::size_t length = mark_length(line); length > 0) {
      kept += line.substr(0, length);
      line.remove_prefix(length);
      continue;
    }
    const bool continues = (static_cast<unsigned char>(line.front()) & 0xC0U) == 0x80U;
    column += continues ? 0 : 1;
    if (column <= columns) {
      kept += line.front();
    }
    line.remove_prefix(1);
  }
  return kept;
}

}  // namespace

Style Style::of_output() {
  // NOLINTBEGIN(concurrency-mt-unsafe): one thread
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  // NOLINTEND(concurrency-mt-unsafe)
  const bool wanted = no_colour == nullptr || *no_colour == '\0';
  const bool able = terminal != nullptr && std::string_view(terminal) != "dumb";
  return Style{isatty(STDOUT_FILENO) == 1 && wanted && able};
}

std::string Style::mark(std::string_view text, Emphasis emphasis) const {
  if (!coloured_ || emphasis == Emphasis::none) {
    return std::string(text);
  }
  return std::string(sequence(emphasis)).append(text).append(kReset);
}

ScreenSize screen_size() {
  winsize size{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): there is no other call
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    return {};
  }
  return {size.ws_row, size.ws_col};
}

std::string fitted(std::string_view text, ScreenSize size) {
  std::string kept;
  for (std::size_t line = 0; line < size.lines && !text.empty(); ++line) {
    const auto end = text.find('\n');
    kept += line == 0 ? "" : "\n";
    kept += fitted_line(text.substr(0, end), size.columns);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return kept;
}

LiveScreen::LiveScreen() {
  if (isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &saved_terminal()) == 0) {
    termios one_key = saved_terminal();
    one_key.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &one_key);
  }
  print("\x1b[?1049h\x1b[?25l");  // another page, and no cursor on it
}

LiveScreen::~LiveScreen() {
  constexpr std::string_view kBack = "\x1b[?25h\x1b[?1049l";
  const ssize_t written = ::write(STDOUT_FILENO, kBack.data(), kBack.size());
  (void)written;  // what could be done about it
  if (isatty(STDIN_FILENO) == 1) {
    tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal());
  }
}

void LiveScreen::draw(std::string_view text) {
  // From the top, each line wiped behind its end, and the screen below it: nothing flickers.
  std::string drawn = "\x1b[H";
  for (const char character : fitted(text, screen_size())) {
    drawn += character == '\n' ? "\x1b[K\r\n" : std::string(1, character);
  }
  print(drawn + "\x1b[K\x1b[J");
}

Patience::Patience() {
  struct sigaction action{};
  action.sa_handler = [](int /*signal*/) { end_wanted = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaction(signal, &action, nullptr);
  }
}

bool Patience::wait(int milliseconds) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{milliseconds};
  const bool keyboard = isatty(STDIN_FILENO) == 1;
  while (end_wanted == 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return true;
    }
    pollfd key{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    const int ready = poll(&key, keyboard ? 1 : 0, static_cast<int>(left.count()));
    std::array<char, 16> typed{};
    if (ready > 0 && read(STDIN_FILENO, typed.data(), typed.size()) > 0 && typed.front() == 'q') {
      return false;
    }
    if (ready > 0 && (key.revents & (POLLHUP | POLLERR)) != 0) {
      return false;
    }
  }
  return false;
}

}  // namespace rfi::daemon
