#include "simulation/trace.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace rfi::simulation {

// FNV-1a.
void Trace::mix(std::string_view bytes) {
  for (const char byte : bytes) {
    hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  }
}

void Trace::mix(std::uint64_t number) {
  hash_ = (hash_ ^ number) * 0x100000001B3U;
  hash_ ^= hash_ >> 32U;
}

void Trace::note(std::string_view what, std::string_view who, std::int64_t detail) {
  mix(static_cast<std::uint64_t>((time_.now() - begin_).count()));
  mix(what);
  mix(who);
  mix(static_cast<std::uint64_t>(detail));
  if (is_printed()) {
    fmt::print("{:>14} {:<22} {:<10} {}\n", moment(), what, who, detail);
  }
}

void Trace::say(std::string_view what, std::string_view text) const {
  if (is_printed()) {
    fmt::print("{:>14} {:<22} {}\n", moment(), what, text);
  }
}

std::string Trace::moment() const {
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(time_.now() - begin_).count();
  return fmt::format("{}:{:02}:{:02}.{:03}",
                     elapsed / 3'600'000,
                     elapsed / 60'000 % 60,
                     elapsed / 1000 % 60,
                     elapsed % 1000);
}

}  // namespace rfi::simulation
