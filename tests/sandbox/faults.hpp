// Scripted faults: which requests they meet and what happens then. README.md has an example of
// each.
#pragma once

#include "sandbox/message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::sandbox {

enum class FaultKind {
  status,         // an answer of its own
  reset,          // RST
  close,          // the connection ends without an answer
  cut,            // half of the answer's body, then the end
  slow,           // late, or a byte at a time
  hang,           // no answer, ever
  malformed,      // something that is not HTTP
  oversize,       // a body that is too big
  html,           // 200 with a page, as of a captive portal
  redirect,       // 3xx to another place
  interim,        // 1xx answers, then the real one
  no_keep_alive,  // the real answer, then the end of the connection
  pass            // as if there were no rule: lets a request through, ahead of the rules behind
};

enum class FaultMoment {
  accept,          // before the TLS handshake
  before_reading,  // when the head of the request is known
  after_reading,   // when the whole request is known
  mid_answer       // when half of the answer is out
};

struct Fault {
  FaultKind kind = FaultKind::pass;
  FaultMoment moment = FaultMoment::after_reading;
  bool apply = false;  // the request is carried out all the same
  bool close_notify = false;
  bool announce = true;  // `Connection: close` goes with the last answer
  Answer answer;         // of status, html, redirect and oversize
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds byte_interval{0};
  std::vector<unsigned> interim;
  std::string name;  // of the action, as it was written
};

/// One rule of a script.
struct FaultRule {
  std::optional<std::string> path_contains;
  std::optional<std::string> method;
  std::optional<std::string> customer;
  std::int64_t after = 0;  // how many requests it still lets pass
  std::int64_t times = 1;  // how many more it meets; -1 for ever
  std::uint64_t applied = 0;
  Fault fault;
};

class Faults {
 public:
  /// Adds the rules of a script, a list or a single object, behind those that there are.
  /// Errors: throws std::invalid_argument that says what is wrong and where; nothing is added then.
  void add(const boost::json::value& script);

  void clear() { rules_.clear(); }

  /// The fault for a connection that has just come in: of the first rule with the moment `accept`.
  [[nodiscard]] std::optional<Fault> meet_connection();

  /// The fault for this request: of the first rule that fits, is past its `after` and has times
  /// left.
  [[nodiscard]] std::optional<Fault> meet(const Request& request);

  /// The rules with what they have left.
  [[nodiscard]] boost::json::array list() const;

 private:
  std::vector<FaultRule> rules_;
};

}  // namespace rfi::sandbox
