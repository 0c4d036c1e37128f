// What a terminal is told besides text: only if there is one, so that a pipe gets plain text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rfi::daemon {

/// How a piece of text stands out.
enum class Emphasis { none, heading, good, trouble };

/// Marks text for a terminal; leaves it as it is for anything else, with NO_COLOR set and on a
/// terminal that knows no escapes (TERM=dumb).
class Style {
 public:
  /// For standard output.
  [[nodiscard]] static Style of_output();
  [[nodiscard]] static Style plain() { return Style{false}; }
  [[nodiscard]] static Style coloured() { return Style{true}; }

  [[nodiscard]] std::string mark(std::string_view text, Emphasis emphasis) const;

 private:
  explicit Style(bool coloured) : coloured_(coloured) {}
  bool coloured_;
};

/// How large the terminal behind standard output is; nothing known: 24 lines of 80.
struct ScreenSize {
  std::size_t lines = 24;
  std::size_t columns = 80;
};
[[nodiscard]] ScreenSize screen_size();

/// `text` as a screen shows it: no more lines, and none longer, than fit. Marks count no column.
[[nodiscard]] std::string fitted(std::string_view text, ScreenSize size);

/// Takes the screen for a picture that is drawn again and again, and the keyboard so that one key
/// is enough; both are given back when it goes. Signals (and `q`) end the wait, not the program.
class LiveScreen {
 public:
  LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;
  LiveScreen(LiveScreen&&) = delete;
  LiveScreen& operator=(LiveScreen&&) = delete;
  ~LiveScreen();

  /// Throws CommandFailure when the terminal is gone.
  static void draw(std::string_view text);
};

/// Waits so long, or until somebody wants to end (SIGINT, SIGTERM, SIGHUP, the key `q` on a
/// terminal): false.
class Patience {
 public:
  Patience();
  [[nodiscard]] bool wait(int milliseconds) const;
};

}  // namespace rfi::daemon
