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
#include <string>

namespace rfi::api {

/// What a reload may change, but for credentials and certificates.
struct ApiSettings {
  TransportSettings transport;
  RequestHeaders headers;
  std::string look_path = "/v2/customers/{customer_id}";  ///< where a look goes first
};

class CustomerApi final : public ApiPort {
 public:
  /// `clock` and `random` must outlive this.
  CustomerApi(boost::asio::any_io_executor executor,
              ApiSettings settings,
              std::shared_ptr<TlsContext> tls,
              Credentials credentials,
              const platform::Clock& clock,
              platform::Random& random,
              TokenSource::Report report_token);

  boost::asio::awaitable<AttemptReport> patch(PatchRequest request) override;
  boost::asio::awaitable<AttemptReport> look(LookRequest request) override;
  boost::asio::awaitable<UploadReport> upload(UploadRequest request) override;
  void stop() override;

  /// Takes effect for whatever is begun from now on; a token that came by other credentials is
  /// dropped.
  void reconfigure(ApiSettings settings, std::shared_ptr<TlsContext> tls, Credentials credentials);

  /// Asks for a token and sends nothing else: whether the way to the API and the credentials are
  /// good. Nothing if they are.
  boost::asio::awaitable<std::optional<policy::TransportFailure>> try_token();

 private:
  /// One request with a token of now. The views are the caller's; `source` null: no streamed body.
  boost::asio::awaitable<AttemptReport> ask(RequestParts parts,
                                            ByteSource* source = nullptr,
                                            std::string_view tail = {});
  boost::asio::awaitable<AttemptReport> ask_twice_at_401(RequestParts parts);

  const platform::Clock& clock_;
  platform::Random& random_;
  RequestHeaders headers_;
  std::string look_path_;
  Transport transport_;
  TokenSource tokens_;
};

}  // namespace rfi::api
