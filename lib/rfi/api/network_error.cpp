#include "rfi/api/network_error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>

#include <openssl/err.h>
#include <openssl/sslerr.h>

namespace rfi::api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

std::string tls_class(const boost::system::error_code& error) {
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  return reason == SSL_R_CERTIFICATE_VERIFY_FAILED ? "tls_verify" : "tls";
}

}  // namespace

std::string error_class(const boost::system::error_code& error) {
  if (error == boost::beast::error::timeout || error == asio::error::timed_out) {
    return "timeout";
  }
  if (error == asio::error::connection_refused) {
    return "refused";
  }
  if (error == asio::error::host_unreachable || error == asio::error::network_unreachable) {
    return "unreachable";
  }
  if (error == asio::error::connection_reset || error == asio::error::broken_pipe ||
      error == asio::error::connection_aborted) {
    return "reset";
  }
  if (error == http::error::end_of_stream || error == asio::error::eof) {
    return "closed";
  }
  if (error == http::error::partial_message || error == asio::ssl::error::stream_truncated) {
    return "cut_off";
  }
  if (error == http::error::body_limit || error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return "too_large";
  }
  if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    return "malformed";
  }
  if (error.category() == asio::error::get_ssl_category()) {
    return tls_class(error);
  }
  return "io";
}

}  // namespace rfi::api
