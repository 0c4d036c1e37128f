// The picture of a queue and its daemon for people: once by `status`, again and again by
// `status --watch`.
#pragma once

#include "commands/daemon_view.hpp"
#include "output/screen.hpp"

#include "rfi/queue/age_profile.hpp"
#include "rfi/queue/overview.hpp"

#include <optional>
#include <string>

namespace rfi::daemon {

struct StatusPicture {
  std::string queue;  ///< its path
  policy::UtcTime at{};
  bool paused = false;  ///< by the configuration
  queue::Overview overview;
  DaemonView daemon;
  std::optional<queue::AgeProfile> ages;  ///< shown if they were read
};

[[nodiscard]] std::string status_text(const StatusPicture& picture, const Style& style);

}  // namespace rfi::daemon
