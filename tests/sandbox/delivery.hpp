// What goes over the wire for an answer and a fault: decided here, carried out by the session.
#pragma once

#include "sandbox/faults.hpp"
#include "sandbox/message.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace rfi::sandbox {

/// What happens to the connection in the end.
enum class Ending {
  keep_alive,
  close_notify,  // an orderly end
  close,         // FIN without close_notify
  reset,         // RST
  never          // stays open without another byte until the client goes
};

struct Delivery {
  std::string bytes;
  std::size_t sent = 0;  // how many of them leave
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds byte_interval{0};  // 0 = all at once
  Ending ending = Ending::keep_alive;
};

/// `answer` is what the API says, or nullopt where the fault keeps it from saying anything.
[[nodiscard]] Delivery plan_delivery(const std::optional<Fault>& fault,
                                     const std::optional<Answer>& answer,
                                     Persistence persistence);

}  // namespace rfi::sandbox
