// The API as the service sees it. Nothing here knows HTTP's wire format, TLS or tokens.
#pragma once

#include "rfi/api/byte_source.hpp"
#include "rfi/policy/attempt_result.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace rfi::api {

/// One PATCH. The views must stay valid until the awaitable has completed.
struct PatchRequest {
  std::string_view customer_id;  ///< a UUID; the caller has checked it
  std::string_view body;         ///< the exact bytes
  std::string_view
      idempotency_key;  ///< sent if `api.idempotency_header` names a header; the same for every try
};

/// One look at a customer.
struct LookRequest {
  std::string_view customer_id;  ///< a UUID; the caller has checked it
};

/// One file. The names are neutral ones of ours: what a producer calls a file never leaves.
struct UploadRequest {
  std::string_view customer_id;   ///< a UUID; the caller has checked it
  std::string_view part;          ///< name of the file's part, such as `d1`
  std::string_view file_name;     ///< such as `d1.pdf`
  std::string_view content_type;  ///< such as `application/pdf`
  ByteSource* bytes = nullptr;    ///< must stay valid until the awaitable has completed
};

/// Where the time of a request went.
struct Timings {
  std::chrono::milliseconds connect{
      0};  ///< token, name, TCP and TLS; near zero on a warm connection
  std::chrono::milliseconds send{0};
  std::chrono::milliseconds wait{0};  ///< from the last byte sent to the last byte of the answer

  Timings& operator+=(const Timings& more) {
    connect += more.connect;
    send += more.send;
    wait += more.wait;
    return *this;
  }
};

struct AttemptReport {
  policy::AttemptResult result;
  Timings timings;
};

/// `uri` is set exactly if the file was taken and the answer says where it is.
struct UploadReport {
  AttemptReport attempt;
  std::string uri;  ///< byte for byte as the API gave it
};

/// Asynchronous face of the API. Io thread only.
class ApiPort {
 public:
  ApiPort() = default;
  ApiPort(const ApiPort&) = delete;
  ApiPort& operator=(const ApiPort&) = delete;
  ApiPort(ApiPort&&) = delete;
  ApiPort& operator=(ApiPort&&) = delete;
  virtual ~ApiPort() = default;

  /// Sends one PATCH once. Never throws for trouble of the network or of the token; never tries
  /// again by itself. After a 401 the token is dropped, so that the next call brings a new one.
  /// Time: at most connect_timeout (twice, if a token is needed) + request_timeout.
  virtual boost::asio::awaitable<AttemptReport> patch(PatchRequest request) = 0;

  /// Asks for the customer (`GET /v2/customers/{id}`, V1 where that answers 404) and changes
  /// nothing. A 401 is answered with a new token and asked once more. Never throws for trouble of
  /// the network. Time: as patch(), for each request that it takes.
  virtual boost::asio::awaitable<AttemptReport> look(LookRequest request) = 0;

  /// Sends one file once, in constant memory. As patch(), but that request_timeout is for each
  /// piece and for the answer, and a large file has more time in all. A source that breaks off ends
  /// the connection before the request is complete, so that the API takes nothing of it.
  virtual boost::asio::awaitable<UploadReport> upload(UploadRequest request) = 0;

  /// Ends everything that is under way with policy::Stopped, and everything that is begun later.
  virtual void stop() = 0;
};

}  // namespace rfi::api
