#include "rfi/api/customer_api.hpp"

#include "rfi/policy/retry_after.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <string>
#include <utility>
#include <variant>

namespace rfi::api {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

std::chrono::milliseconds between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

policy::Payload payload_of(const std::string& body) {
  if (body.empty()) {
    return policy::Payload::empty;
  }
  std::array<unsigned char, 4096>
      scratch;  // NOLINT(cppcoreguidelines-pro-type-member-init): scratch
  json::monotonic_resource memory{scratch.data(), scratch.size()};
  boost::system::error_code error;
  const json::value parsed = json::parse(body, error, &memory);
  return !error && parsed.is_object() ? policy::Payload::json_object : policy::Payload::other;
}

policy::Response response_of(HttpAnswer answer, policy::UtcTime now) {
  policy::Response response;
  response.status = answer.status;
  response.payload = payload_of(answer.body);
  if (!answer.retry_after.empty()) {
    response.retry_after = policy::parse_retry_after(answer.retry_after, answer.date, now);
  }
  response.body = std::move(answer.body);
  response.request_id = std::move(answer.request_id);
  return response;
}

policy::AttemptResult to_attempt_result(HttpResult result, policy::UtcTime now) {
  if (auto* answer = std::get_if<HttpAnswer>(&result)) {
    return response_of(std::move(*answer), now);
  }
  if (auto* failure = std::get_if<policy::TransportFailure>(&result)) {
    return std::move(*failure);
  }
  return std::get<policy::Stopped>(result);
}

}  // namespace

CustomerApi::CustomerApi(asio::any_io_executor executor,
                         TransportSettings settings,
                         std::shared_ptr<TlsContext> tls,
                         RequestHeaders headers,
                         Credentials credentials,
                         const platform::Clock& clock,
                         platform::Random& random,
                         TokenSource::Report report_token)
    : clock_(clock),
      headers_(std::move(headers)),
      transport_(executor, std::move(settings), std::move(tls), random),
      tokens_(std::move(executor),
              transport_,
              headers_,
              std::move(credentials),
              clock,
              std::move(report_token)) {}

void CustomerApi::stop() {
  transport_.stop();
}

void CustomerApi::reconfigure(TransportSettings settings,
                              std::shared_ptr<TlsContext> tls,
                              RequestHeaders headers,
                              Credentials credentials) {
  headers_ = headers;
  transport_.reconfigure(std::move(settings), std::move(tls));
  tokens_.reconfigure(std::move(headers), std::move(credentials));
}

asio::awaitable<std::optional<policy::TransportFailure>> CustomerApi::try_token() {
  TokenSource::Result token = co_await tokens_.token();
  if (auto* failure = std::get_if<policy::TransportFailure>(&token)) {
    co_return std::move(*failure);
  }
  co_return std::nullopt;
}

asio::awaitable<AttemptReport> CustomerApi::patch(PatchRequest request) {
  AttemptReport report;
  const SteadyTime began = clock_.steady_now();
  TokenSource::Result token = co_await tokens_.token();
  const auto token_wait = between(began, clock_.steady_now());
  if (auto* failure = std::get_if<policy::TransportFailure>(&token)) {
    report.result = std::move(*failure);
    report.timings.connect = token_wait;
    co_return report;
  }
  if (const auto* stopped = std::get_if<policy::Stopped>(&token)) {
    report.result = *stopped;
    co_return report;
  }
  const auto& access = std::get<AccessToken>(token);
  const std::string path = "/v1/customers/" + std::string{request.customer_id};
  RequestParts parts;
  parts.method = "PATCH";
  parts.path = path;
  parts.bearer = access.secret.reveal();
  parts.idempotency_key = request.idempotency_key;
  parts.json = request.body;
  std::string text = request_text(transport_.endpoint(), headers_, parts);
  TransportReport sent = co_await transport_.send(std::move(text));
  report.timings = sent.timings;
  report.timings.connect += token_wait;
  report.result = to_attempt_result(std::move(sent.result), clock_.utc_now());
  if (const auto* response = std::get_if<policy::Response>(&report.result);
      response != nullptr && response->status == 401) {
    tokens_.refuse(access.generation);
  }
  co_return report;
}

}  // namespace rfi::api
