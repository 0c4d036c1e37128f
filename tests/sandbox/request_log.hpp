// What came in and what became of it: the memory that tests ask.
#pragma once

#include "sandbox/message.hpp"
#include "sandbox/moment.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace rfi::sandbox {

enum class Delivered { none, part, whole };

/// One request. Bodies are test data and kept as they came.
struct LoggedRequest {
  std::uint64_t number = 0;  // from 1, in the order of arrival
  std::uint64_t connection = 0;
  bool session_reused = false;  // TLS session resumed
  Moment received{};
  Request request;
  std::string body_sha256;  // empty until the body has come
  std::size_t body_bytes = 0;
  bool authorized = false;
  unsigned api_status = 0;  // what the API made of it; 0 if a fault kept it from being carried out
  unsigned status = 0;      // of the answer on the wire; 0 if none was sent
  Delivered delivered = Delivered::none;
  std::string fault;  // name of the fault that met it
};

/// Which requests are asked for.
struct LogFilter {
  std::optional<std::string> customer;
  std::optional<std::string> method;
  std::uint64_t after = 0;  // numbers above this one
};

class RequestLog {
 public:
  /// Remembers the last `keep` requests; with a `file`, every finished one is appended there as a
  /// line of JSON. Errors: throws std::runtime_error when the file cannot be opened.
  RequestLog(std::size_t keep, const std::optional<std::filesystem::path>& file);

  /// Enters a request that has begun to arrive; its number.
  [[nodiscard]] std::uint64_t begin(LoggedRequest request);
  /// The entry with that number, or nullptr once it is forgotten.
  [[nodiscard]] LoggedRequest* find(std::uint64_t number);
  void finish(std::uint64_t number);

  void add_violation(std::string_view kind, const LoggedRequest& request);

  [[nodiscard]] boost::json::array list(const LogFilter& filter) const;
  [[nodiscard]] const boost::json::array& violations() const { return violations_; }
  /// Counts since the last clear().
  [[nodiscard]] boost::json::object summary() const;

  void clear();
  void clear_violations() { violations_.clear(); }

 private:
  std::size_t keep_;
  std::ofstream file_;
  std::deque<LoggedRequest> requests_;
  std::uint64_t next_number_ = 1;
  boost::json::array violations_;
  std::unordered_set<std::uint64_t> connections_;  // that carried a request
  std::uint64_t received_ = 0;
  std::uint64_t patches_ = 0;
  std::uint64_t patches_accepted_ = 0;
  std::uint64_t in_flight_ = 0;
  std::uint64_t most_in_flight_ = 0;
};

/// In hexadecimal.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace rfi::sandbox
