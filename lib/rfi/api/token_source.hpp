// The access token: issued, renewed ahead of its end, dropped when the API refuses it.
#pragma once

#include "rfi/api/request_text.hpp"
#include "rfi/api/token_answer.hpp"
#include "rfi/api/transport.hpp"
#include "rfi/platform/clock.hpp"
#include "rfi/platform/secret.hpp"
#include "rfi/platform/wakeup.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace rfi::api {

struct Credentials {
  std::string client_id;
  platform::Secret client_secret;
};

/// An access token and which one it is, so that a late 401 does not condemn its successor.
struct AccessToken {
  platform::Secret secret;
  std::uint64_t generation = 0;
};

/// What the log is told of a renewal: no token and no secret in it.
struct TokenEvent {
  std::string error;   ///< class of the failure; empty: issued
  std::string detail;  ///< of the failure
  std::optional<unsigned> http_status;
  std::chrono::milliseconds lifetime{0};
  bool refreshed = false;  ///< by the refresh token
};

/// Kept in memory only. One renewal at a time, shared by all that wait for it; after a failure the
/// next try comes a second later at the earliest. Io thread only.
class TokenSource {
 public:
  using Result = std::variant<AccessToken, policy::TransportFailure, policy::Stopped>;
  using Report = std::function<void(const TokenEvent&)>;

  /// `transport` and `clock` must outlive this.
  TokenSource(boost::asio::any_io_executor executor,
              Transport& transport,
              RequestHeaders headers,
              Credentials credentials,
              const platform::Clock& clock,
              Report report);

  /// The token in force, renewed before if it is near its end.
  boost::asio::awaitable<Result> token();

  /// The API has answered 401 to this generation: the next token() issues a new one.
  void refuse(std::uint64_t generation);

  /// After a reload. The token in force, and one that is on its way, goes if the credentials are
  /// others than before (a rotated secret) or the host is (it is not for another to see).
  void reconfigure(RequestHeaders headers, Credentials credentials);

 private:
  struct Held {
    AccessToken access;
    SteadyTime renew_at;
    SteadyTime expires_at;
    std::optional<platform::Secret> refresh;
    SteadyTime refresh_expires_at;
  };

  boost::asio::awaitable<void> renew();
  boost::asio::awaitable<std::optional<Result>> ask(std::string path,
                                                    std::string body,
                                                    bool refreshing);
  std::optional<Result> keep(const HttpAnswer& answer, bool refreshing);
  Result failed(policy::TransportFailure failure, std::optional<unsigned> http_status);
  [[nodiscard]] bool usable(SteadyTime until) const;

  Transport& transport_;
  RequestHeaders headers_;
  Credentials credentials_;
  const platform::Clock& clock_;
  Report report_;
  platform::Wakeup renewed_;
  bool renewing_ = false;
  std::uint64_t generations_ = 0;
  unsigned issuer_ = 0;  ///< goes up with each change of the host or the credentials
  std::optional<Held> held_;
  std::optional<Result> last_failure_;
  SteadyTime try_again_at_{};
};

}  // namespace rfi::api
