// One request and its answer, from the head's arrival until the answer has left.
#pragma once

#include "sandbox/delivery.hpp"
#include "sandbox/sandbox.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rfi::sandbox {

/// Keeps the log and the list of customers with a PATCH in flight true, however the connection
/// ends.
class Exchange {
 public:
  /// `request` without its body. A second PATCH of a customer is noted as a violation and will be
  /// answered 409.
  Exchange(Sandbox& sandbox, Request request, std::uint64_t connection, bool session_reused);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  Exchange(Exchange&&) = delete;
  Exchange& operator=(Exchange&&) = delete;

  /// True if a fault strikes before the body is read.
  [[nodiscard]] bool strikes_early() const;

  /// Files are not kept. An upload while something else of the customer is in flight is noted as a
  /// violation.
  void take_body(std::string body);

  /// Carries the request out, unless a fault keeps it from that, and says what has to go over the
  /// wire.
  [[nodiscard]] Delivery answer(Persistence persistence);

  /// The last byte is about to leave: from here on the customer may be patched again.
  void finish(Delivered delivered);

 private:
  Sandbox& sandbox_;
  Request request_;
  std::uint64_t number_ = 0;  // in the log; 0 = not logged
  std::optional<Fault> fault_;
  bool authorized_ = false;
  bool holds_customer_ = false;
  bool uploads_ = false;  // the customer is in Sandbox::uploading because of this one
  bool conflict_ = false;
  bool finished_ = false;
  unsigned status_ = 0;  // of the answer planned
};

}  // namespace rfi::sandbox
