#include "sandbox/delivery.hpp"

#include <utility>

namespace rfi::sandbox {
namespace {

Delivery whole(std::string bytes, Ending ending) {
  Delivery delivery;
  delivery.bytes = std::move(bytes);
  delivery.sent = delivery.bytes.size();
  delivery.ending = ending;
  return delivery;
}

Delivery nothing(Ending ending) {
  Delivery delivery;
  delivery.ending = ending;
  return delivery;
}

Ending ending_of(Persistence persistence) {
  return persistence == Persistence::keep_alive ? Ending::keep_alive : Ending::close_notify;
}

Ending closing(const Fault& fault) {
  return fault.close_notify ? Ending::close_notify : Ending::close;
}

/// All of the head and the first half of the body.
Delivery first_half(const Answer& answer, Ending ending) {
  Delivery delivery = whole(render(answer, Persistence::keep_alive), ending);
  delivery.sent -= (answer.body.size() + 1) / 2;
  return delivery;
}

}  // namespace

Delivery plan_delivery(const std::optional<Fault>& fault,
                       const std::optional<Answer>& answer,
                       Persistence persistence) {
  const Answer real = answer.value_or(message_answer(500, "The request was not carried out"));
  const Ending usual = ending_of(persistence);
  if (!fault.has_value()) {
    return whole(render(real, persistence), usual);
  }
  switch (fault->kind) {
    case FaultKind::status:
    case FaultKind::oversize:
    case FaultKind::html:
    case FaultKind::redirect:
      return whole(render(fault->answer, persistence), usual);
    case FaultKind::reset:
      return fault->moment == FaultMoment::mid_answer ? first_half(real, Ending::reset)
                                                      : nothing(Ending::reset);
    case FaultKind::close:
      return nothing(closing(*fault));
    case FaultKind::cut:
      return first_half(real, closing(*fault));
    case FaultKind::hang:
      return nothing(Ending::never);
    case FaultKind::malformed:
      return whole("\x01\x02 this is not HTTP\r\n\r\n", Ending::close_notify);
    case FaultKind::slow: {
      Delivery delivery = whole(render(real, persistence), usual);
      delivery.delay = fault->delay;
      delivery.byte_interval = fault->byte_interval;
      return delivery;
    }
    case FaultKind::interim: {
      std::string bytes;
      for (const unsigned status : fault->interim) {
        bytes.append("HTTP/1.1 ").append(std::to_string(status)).append(" Interim\r\n\r\n");
      }
      return whole(bytes + render(real, persistence), usual);
    }
    case FaultKind::no_keep_alive:
      return whole(render(real, fault->announce ? Persistence::close : persistence),
                   closing(*fault));
    case FaultKind::pass:
      return whole(render(real, persistence), usual);
  }
  return nothing(Ending::close);
}

}  // namespace rfi::sandbox
