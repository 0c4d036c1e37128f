// The part of `check` that goes over the network: a connection, its certificate, and a token. No
// customer is touched.
#include "commands/check_line.hpp"
#include "settings.hpp"

#include "rfi/api/customer_api.hpp"
#include "rfi/platform/client_secret.hpp"
#include "rfi/platform/clock.hpp"
#include "rfi/platform/random.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>
#include <variant>

namespace rfi::daemon {
namespace {

using policy::TransportFailure;
using TryResult = std::optional<TransportFailure>;

TryResult try_token(const platform::Config& config,
                    std::shared_ptr<api::TlsContext> tls,
                    platform::Secret secret) {
  boost::asio::io_context io{1};
  const platform::SystemClock clock;
  platform::SystemRandom random;
  api::CustomerApi api{io.get_executor(),
                       api_settings(config),
                       std::move(tls),
                       {config.auth.client_id, std::move(secret)},
                       clock,
                       random,
                       [](const api::TokenEvent&) {}};
  TryResult result;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, api.try_token(), [&](const std::exception_ptr& error, TryResult found) {
    thrown = error;
    result = std::move(found);
  });
  io.run();
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  return result;
}

}  // namespace

std::vector<CheckLine> check_api(const platform::Config& config) {
  auto secret = platform::load_client_secret(config.auth);
  if (const auto* problem = std::get_if<platform::SecretProblem>(&secret)) {
    return {{"token", CheckResult::problem, problem->message}};
  }
  std::shared_ptr<api::TlsContext> tls;
  if (api_settings(config).transport.endpoint.scheme == api::Scheme::https) {
    auto made = api::TlsContext::create(tls_settings(config));
    if (const auto* problem = std::get_if<api::TlsProblem>(&made)) {
      return {{"api", CheckResult::problem, problem->message}};
    }
    tls = std::get<std::shared_ptr<api::TlsContext>>(std::move(made));
  }
  const TryResult failure =
      try_token(config, std::move(tls), std::get<platform::Secret>(std::move(secret)));
  if (failure) {
    // The token endpoint answered, so the way to it is good and only the token is not.
    const bool answered = failure->error.starts_with("token_");
    if (!answered) {
      return {{"api", CheckResult::problem, config.api.base_url + ": " + failure->detail}};
    }
    return {{"api", CheckResult::ok, config.api.base_url + " answers"},
            {"token", CheckResult::problem, failure->detail}};
  }
  return {{"api", CheckResult::ok, config.api.base_url + " answers"},
          {"token", CheckResult::ok, "issued"}};
}

}  // namespace rfi::daemon
