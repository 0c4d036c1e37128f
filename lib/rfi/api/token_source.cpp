#include "rfi/api/token_source.hpp"

#include "rfi/api/secret_json.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

namespace rfi::api {

namespace asio = boost::asio;
using policy::BytesLeft;
using policy::Phase;
using policy::TransportFailure;

namespace {

constexpr std::chrono::milliseconds kPauseAfterFailure{1'000};
constexpr std::chrono::milliseconds kLongestMargin = std::chrono::minutes{1};

/// Ahead of the end by a tenth of the life, a minute at most: enough for a renewal and a request.
SteadyTime renewal_time(SteadyTime now, std::chrono::milliseconds lifetime) {
  return now + lifetime - std::min(lifetime / 10, kLongestMargin);
}

/// A token that did not come: whatever left, it was not the PATCH.
TransportFailure token_failure(std::string error, std::string detail) {
  return {Phase::token, BytesLeft::no, std::move(error), std::move(detail)};
}

boost::json::string_view shown(const platform::Secret& secret) {
  return {secret.reveal().data(), secret.reveal().size()};
}

std::string sign_in_form(const Credentials& credentials) {
  WipingMemory memory;
  boost::json::value form(boost::json::object_kind, &memory);
  form.get_object()["client_id"] = credentials.client_id;
  form.get_object()["client_secret"] = shown(credentials.client_secret);
  return secret_text(form);
}

std::string refresh_form(const platform::Secret& token) {
  WipingMemory memory;
  boost::json::value form(boost::json::object_kind, &memory);
  form.get_object()["refresh_token"] = shown(token);
  return secret_text(form);
}

}  // namespace

TokenSource::TokenSource(asio::any_io_executor executor,
                         Transport& transport,
                         RequestHeaders headers,
                         Credentials credentials,
                         const platform::Clock& clock,
                         Report report)
    : transport_(transport),
      headers_(std::move(headers)),
      credentials_(std::move(credentials)),
      clock_(clock),
      report_(std::move(report)),
      renewed_(std::move(executor)) {}

bool TokenSource::usable(SteadyTime until) const {
  return held_ && until < held_->expires_at;
}

void TokenSource::refuse(std::uint64_t generation) {
  if (held_ && held_->access.generation == generation) {
    // Without its refresh token too: what made the API refuse the one may well have ended the
    // other.
    held_.reset();
  }
}

void TokenSource::reconfigure(RequestHeaders headers, Credentials credentials) {
  const bool others = headers.host != headers_.host ||
                      credentials.client_id != credentials_.client_id ||
                      !(credentials.client_secret == credentials_.client_secret);
  if (others) {
    held_.reset();
    ++issuer_;  // a token that is on its way is not wanted any more either
  }
  headers_ = std::move(headers);
  credentials_ = std::move(credentials);
  last_failure_.reset();
}

asio::awaitable<TokenSource::Result> TokenSource::token() {
  for (;;) {
    if (transport_.stopped()) {
      co_return policy::Stopped{};
    }
    const SteadyTime now = clock_.steady_now();
    if (held_ && now < held_->renew_at) {
      co_return held_->access;
    }
    if (renewing_) {
      if (usable(now)) {
        co_return held_->access;
      }
      co_await renewed_.wait();
      continue;
    }
    if (last_failure_ && now < try_again_at_) {
      if (usable(now)) {
        co_return held_->access;
      }
      co_return *last_failure_;
    }
    co_await renew();
    // Whatever its life: one that is near its end when it comes would be renewed for ever.
    if (usable(clock_.steady_now())) {
      co_return held_->access;
    }
  }
}

asio::awaitable<void> TokenSource::renew() {
  renewing_ = true;
  last_failure_.reset();
  std::optional<Result> failure;
  const bool refreshing =
      held_ && held_->refresh && clock_.steady_now() < held_->refresh_expires_at;
  if (refreshing) {
    failure = co_await ask("/v1/oauth/refresh-token", refresh_form(*held_->refresh), true);
  }
  // A refresh token that is no longer taken is no reason to wait: the secret may still be good.
  if (!refreshing || failure) {
    failure = co_await ask("/v1/oauth/token", sign_in_form(credentials_), false);
  }
  if (failure) {
    try_again_at_ = clock_.steady_now() + kPauseAfterFailure;
  }
  last_failure_ = std::move(failure);
  renewing_ = false;
  renewed_.notify_all();
}

asio::awaitable<std::optional<TokenSource::Result>> TokenSource::ask(std::string path,
                                                                     std::string body,
                                                                     bool refreshing) {
  RequestParts parts;
  parts.method = "POST";
  parts.path = path;
  parts.json = body;
  std::string request = request_text(transport_.endpoint(), headers_, parts);
  platform::wipe(body);
  const unsigned issuer = issuer_;
  TransportReport report = co_await transport_.send(std::move(request));
  if (issuer != issuer_) {
    co_return std::nullopt;  // neither kept nor a failure: token() asks the new one
  }
  if (const auto* stopped = std::get_if<policy::Stopped>(&report.result)) {
    (void)stopped;
    co_return Result{policy::Stopped{BytesLeft::no}};
  }
  if (auto* failure = std::get_if<TransportFailure>(&report.result)) {
    co_return failed(token_failure(failure->error, "no token: " + failure->detail), std::nullopt);
  }
  auto& answer = std::get<HttpAnswer>(report.result);
  std::optional<Result> result = keep(answer, refreshing);
  platform::wipe(answer.body);
  co_return result;
}

std::optional<TokenSource::Result> TokenSource::keep(const HttpAnswer& answer, bool refreshing) {
  if (answer.status < 200 || answer.status > 299) {
    const bool refused = answer.status == 401 || answer.status == 403;
    std::string detail = "the token endpoint answered HTTP " + std::to_string(answer.status);
    if (refused && !refreshing) {
      detail += "; check auth.client_id and the client secret";
    }
    return failed(token_failure(refused ? "token_refused" : "token_unavailable", std::move(detail)),
                  answer.status);
  }
  auto read = read_token_answer(answer.body, clock_.utc_now());
  if (const auto* problem = std::get_if<TokenAnswerProblem>(&read)) {
    return failed(token_failure("token_unreadable", problem->message), answer.status);
  }
  auto& pair = std::get<TokenPair>(read);
  const SteadyTime now = clock_.steady_now();
  if (pair.access_lifetime <= std::chrono::milliseconds{0}) {
    return failed(token_failure("token_unreadable", "the token was already expired when it came"),
                  answer.status);
  }
  Held held;
  held.access = AccessToken{std::move(pair.access), ++generations_};
  held.renew_at = renewal_time(now, pair.access_lifetime);
  held.expires_at = now + pair.access_lifetime;
  held.refresh = std::move(pair.refresh);
  held.refresh_expires_at = renewal_time(now, pair.refresh_lifetime);
  held_ = std::move(held);
  report_({{}, {}, answer.status, pair.access_lifetime, refreshing});
  return std::nullopt;
}

TokenSource::Result TokenSource::failed(TransportFailure failure,
                                        std::optional<unsigned> http_status) {
  report_({failure.error, failure.detail, http_status, std::chrono::milliseconds{0}, false});
  return failure;
}

}  // namespace rfi::api
