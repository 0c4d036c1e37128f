#include "rfi/api/customer_api.hpp"

#include "rfi/api/multipart.hpp"
#include "rfi/policy/retry_after.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace rfi::api {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::string_view kCustomerPlace = "{customer_id}";

std::chrono::milliseconds between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

policy::Payload payload_of(const HttpAnswer& answer) {
  if (answer.body.empty()) {
    return policy::Payload::empty;
  }
  if (answer.encoded) {
    return policy::Payload::other;  // whatever it says, it is not what was asked for
  }
  std::array<unsigned char, 4096>
      scratch;  // NOLINT(cppcoreguidelines-pro-type-member-init): scratch
  json::monotonic_resource memory{scratch.data(), scratch.size()};
  boost::system::error_code error;
  const json::value parsed = json::parse(answer.body, error, &memory);
  return !error && parsed.is_object() ? policy::Payload::json_object : policy::Payload::other;
}

policy::Response response_of(HttpAnswer answer, policy::UtcTime now) {
  policy::Response response;
  response.status = answer.status;
  response.payload = payload_of(answer);
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
                         ApiSettings settings,
                         std::shared_ptr<TlsContext> tls,
                         Credentials credentials,
                         const platform::Clock& clock,
                         platform::Random& random,
                         TokenSource::Report report_token)
    : clock_(clock),
      random_(random),
      headers_(std::move(settings.headers)),
      look_path_(std::move(settings.look_path)),
      transport_(executor, std::move(settings.transport), std::move(tls), random),
      tokens_(std::move(executor),
              transport_,
              headers_,
              std::move(credentials),
              clock,
              std::move(report_token)) {}

void CustomerApi::stop() {
  transport_.stop();
}

void CustomerApi::reconfigure(ApiSettings settings,
                              std::shared_ptr<TlsContext> tls,
                              Credentials credentials) {
  headers_ = settings.headers;
  look_path_ = std::move(settings.look_path);
  transport_.reconfigure(std::move(settings.transport), std::move(tls));
  tokens_.reconfigure(std::move(settings.headers), std::move(credentials));
}

asio::awaitable<std::optional<policy::TransportFailure>> CustomerApi::try_token() {
  TokenSource::Result token = co_await tokens_.token();
  if (auto* failure = std::get_if<policy::TransportFailure>(&token)) {
    co_return std::move(*failure);
  }
  co_return std::nullopt;
}

asio::awaitable<AttemptReport> CustomerApi::patch(PatchRequest request) {
  const std::string path = "/v1/customers/" + std::string{request.customer_id};
  RequestParts parts;
  parts.method = "PATCH";
  parts.path = path;
  parts.idempotency_key = request.idempotency_key;
  parts.json = request.body;
  co_return co_await ask(parts);
}

asio::awaitable<AttemptReport> CustomerApi::look(LookRequest request) {
  const std::string customer{request.customer_id};
  std::string path = look_path_;
  if (const auto place = path.find(kCustomerPlace); place != std::string::npos) {
    path.replace(place, kCustomerPlace.size(), customer);
  }
  RequestParts parts;
  parts.method = "GET";
  parts.path = path;
  AttemptReport report = co_await ask_twice_at_401(parts);
  const auto* response = std::get_if<policy::Response>(&report.result);
  if (response == nullptr || response->status != 404) {
    co_return report;
  }
  // Customers of the older kind are known to V1 only.
  path = "/v1/customers/" + customer;
  parts.path = path;
  const Timings first = report.timings;
  report = co_await ask_twice_at_401(parts);
  report.timings += first;
  co_return report;
}

asio::awaitable<AttemptReport> CustomerApi::ask_twice_at_401(RequestParts parts) {
  AttemptReport report = co_await ask(parts);
  const auto* response = std::get_if<policy::Response>(&report.result);
  if (response == nullptr || response->status != 401) {
    co_return report;
  }
  const Timings first = report.timings;
  report = co_await ask(parts);
  report.timings += first;
  co_return report;
}

asio::awaitable<UploadReport> CustomerApi::upload(UploadRequest request) {
  const MultipartFrame frame = multipart_frame(request, "rfi-" + random_.uuid());
  RequestParts parts;
  parts.method = "POST";
  parts.path = "/v1/customers/upload";
  parts.json = frame.before;
  parts.content_type = frame.content_type;
  parts.streamed_bytes = request.bytes->size() + frame.after.size();
  UploadReport report;
  report.attempt = co_await ask(parts, request.bytes, frame.after);
  const auto* response = std::get_if<policy::Response>(&report.attempt.result);
  if (response == nullptr || response->status < 200 || response->status > 299 ||
      response->payload != policy::Payload::json_object) {
    co_return report;
  }
  std::optional<std::string> uri = uploaded_uri(response->body, request.part);
  if (uri) {
    report.uri = std::move(*uri);
  } else {
    policy::TransportFailure failure;
    failure.phase = policy::Phase::read;
    failure.bytes_left = policy::BytesLeft::yes;
    failure.error = "malformed";
    failure.detail = "the answer to the upload does not say under which uri the file is kept";
    report.attempt.result = std::move(failure);
  }
  co_return report;
}

asio::awaitable<AttemptReport> CustomerApi::ask(RequestParts parts,
                                                ByteSource* source,
                                                std::string_view tail) {
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
  parts.bearer = access.secret.reveal();
  std::string text = request_text(transport_.endpoint(), headers_, parts);
  TransportReport sent = co_await transport_.send(std::move(text), source, tail);
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
