#include "rfi/policy/outcome.hpp"

namespace rfi::policy {
namespace {

Verdict classify_success(const Response& response) {
  if (response.payload == Payload::other) {
    // A captive portal or a default page answers 200 as well; nothing says that the API saw the
    // request.
    return {
        Outcome::unknown,
        Blame::destination,
        "not_the_api",
        "a 2xx answer whose body is no JSON object: is something else answering at api.base_url?"};
  }
  return {Outcome::accepted, Blame::none, {}, {}};
}

Verdict classify_response(const Response& response) {
  const unsigned status = response.status;
  if (status >= 200 && status <= 299) {
    return classify_success(response);
  }
  if (status >= 300 && status <= 399) {
    return {Outcome::rejected,
            Blame::either,
            "redirect",
            "a redirect is never followed, the token must not leave for another host: correct "
            "api.base_url"};
  }
  if (status >= 500 && status <= 599) {
    return {Outcome::unavailable, Blame::destination, {}, {}};
  }
  switch (status) {
    case 401:
      return {Outcome::unauthorized, Blame::destination, {}, {}};
    case 403:
    case 404:
    case 405:
    case 407:
    case 421:
    case 426:
      return {Outcome::rejected, Blame::either, {}, {}};
    case 408:
    case 409:
    case 425:
    case 429:
      return {Outcome::throttled, Blame::none, {}, {}};
    default:
      break;
  }
  if (status >= 400 && status <= 499) {
    return {Outcome::rejected, Blame::item, {}, {}};
  }
  return {Outcome::unknown,
          Blame::destination,
          "bad_status",
          "an answer whose status is no HTTP status"};
}

struct Classifier {
  Verdict operator()(const Response& response) const { return classify_response(response); }

  Verdict operator()(const TransportFailure& failure) const {
    const Outcome outcome =
        failure.bytes_left == BytesLeft::yes ? Outcome::unknown : Outcome::not_sent;
    return {outcome, Blame::destination, failure.error, failure.detail};
  }

  Verdict operator()(const Stopped& stopped) const {
    if (stopped.bytes_left == BytesLeft::yes) {
      return {
          Outcome::unknown, Blame::none, "stopped", "the daemon stopped before the answer came"};
    }
    return {Outcome::not_sent, Blame::none, "stopped", "the daemon stopped before it was sent"};
  }
};

}  // namespace

Verdict classify(const AttemptResult& result) {
  return std::visit(Classifier{}, result);
}

}  // namespace rfi::policy
