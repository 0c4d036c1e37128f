// The API's customer endpoints: ApiPort over a transport and a token source.
#pragma once

#include "rfi/api/api_port.hpp"
#include "rfi/api/request_text.hpp"
#include "rfi/api/token_source.hpp"
#include "rfi/api/transport.hpp"
#include "rfi/platform/clock.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>

namespace rfi::api {

class CustomerApi final : public ApiPort {
 public:
  /// `clock` and `random` must outlive this.
  CustomerApi(boost::asio::any_io_executor executor,
              TransportSettings settings,
              std::shared_ptr<TlsContext> tls,
              RequestHeaders headers,
              Credentials credentials,
              const platform::Clock& clock,
              platform::Random& random,
              TokenSource::Report report_token);

  boost::asio::awaitable<AttemptReport> patch(PatchRequest request) override;
  void stop() override;

  /// Takes effect for whatever is begun from now on; a token that came by other credentials is
  /// dropped.
  void reconfigure(TransportSettings settings,
                   std::shared_ptr<TlsContext> tls,
                   RequestHeaders headers,
                   Credentials credentials);

  /// Asks for a token and sends nothing else: whether the way to the API and the credentials are
  /// good. Nothing if they are.
  boost::asio::awaitable<std::optional<policy::TransportFailure>> try_token();

 private:
  const platform::Clock& clock_;
  RequestHeaders headers_;
  Transport transport_;
  TokenSource tokens_;
};

}  // namespace rfi::api
