#include "simulation/road.hpp"

#include <algorithm>
#include <utility>

namespace rfi::simulation {
namespace {

using policy::BytesLeft;
using policy::Phase;
using policy::Response;
using policy::TransportFailure;

constexpr std::chrono::seconds kConnectTimeout{10};
constexpr std::chrono::seconds kRequestTimeout{30};

policy::AttemptResult lost(std::string_view error) {
  return TransportFailure{
      Phase::read, BytesLeft::yes, std::string{error}, "the answer did not come whole"};
}

Response answer(unsigned status, std::string body) {
  Response response;
  response.status = status;
  response.payload = policy::Payload::json_object;
  response.body = std::move(body);
  return response;
}

}  // namespace

Road::Road(
    const Scenario& scenario, Provider& provider, Witness& witness, VirtualTime& time, Plant plant)
    : scenario_(scenario),
      provider_(provider),
      witness_(witness),
      time_(time),
      plant_(plant),
      chance_(Chance(scenario.chance).fork()),
      begin_(time.now()),
      token_expires_(time.now() + scenario.api.token_lifetime) {}

Trouble Road::trouble_now(Fate& fate) {
  if (!faulty_) {
    return Trouble::none;
  }
  const auto since = std::chrono::duration_cast<milliseconds>(time_.now() - begin_);
  for (std::size_t i = 0; i < scenario_.api.outages.size(); ++i) {
    const Outage& outage = scenario_.api.outages[i];
    if (since >= outage.begin && since < outage.end) {
      fate.from_outage = true;
      fate.outage = i;
      return outage.trouble;
    }
  }
  const bool tokens_expire = scenario_.api.token_lifetime > milliseconds{0};
  if (tokens_expire && time_.now() >= token_expires_) {
    // The next one lives as long; this request still carries the old one.
    token_expires_ = time_.now() + scenario_.api.token_lifetime;
    return Trouble::unauthorized;
  }
  for (const Noise& noise : scenario_.api.noise) {
    if (chance_.with(noise.probability)) {
      return noise.trouble;
    }
  }
  return Trouble::none;
}

Fate Road::draw_fate() {
  Fate fate;
  fate.trouble = trouble_now(fate);
  set_times(fate);
  const TroubleFacts& facts = facts_of(fate.trouble);
  fate.arrives = fate.trouble == Trouble::none ||
                 (facts.may_arrive && chance_.with(scenario_.api.landed_although));
  if (facts.may_ask_for_pause && scenario_.api.longest_retry_after > milliseconds{0} &&
      chance_.with(0.5)) {
    fate.retry_after = chance_.duration(std::chrono::seconds{1}, scenario_.api.longest_retry_after);
  }
  return fate;
}

void Road::set_times(Fate& fate) {
  const auto usual = scenario_.api.latency;
  fate.connecting = chance_.with(0.2) ? chance_.duration(milliseconds{1}, usual) : milliseconds{0};
  if (fate.trouble == Trouble::connect_timeout) {
    fate.connecting = kConnectTimeout;
  }
  fate.answering = chance_.duration(usual / 2, usual * 2);
  fate.landing = milliseconds{chance_.between(0, fate.answering.count())};
  if (fate.trouble == Trouble::hang) {
    fate.answering = kRequestTimeout;
    // Perhaps after everybody has given up.
    fate.landing = chance_.duration(usual, std::chrono::minutes{2});
  }
}

std::shared_ptr<Arrival> Road::send(const Fate& fate,
                                    std::string customer_id,
                                    std::string body,
                                    std::string reference) {
  auto arrival = std::make_shared<Arrival>();
  if (fate.arrives) {
    time_.at(time_.now() + fate.landing,
             [this,
              arrival,
              customer_id = std::move(customer_id),
              body = std::move(body),
              reference = std::move(reference)] {
               arrival->answer = provider_.receive(customer_id, body);
               if (arrival->answer->landed) {
                 witness_.landed(reference);
               }
             });
  }
  return arrival;
}

std::shared_ptr<Arrival> Road::ask(const Fate& fate, std::string customer_id) {
  auto arrival = std::make_shared<Arrival>();
  if (fate.arrives) {
    time_.at(time_.now() + fate.landing, [this, arrival, customer_id = std::move(customer_id)] {
      arrival->answer = provider_.show(customer_id);
    });
  }
  return arrival;
}

policy::AttemptResult Road::not_sent(const Fate& fate) const {
  if (plant_ == Plant::hide_outage) {
    return answer(429, R"({"message":"Too many requests"})");
  }
  const TroubleFacts& facts = facts_of(fate.trouble);
  return TransportFailure{
      facts.phase, BytesLeft::no, std::string{facts.text}, "before the first byte"};
}

policy::AttemptResult Road::result_of(const Fate& fate, const Arrival& arrival) const {
  if (plant_ == Plant::invent_success && fate.trouble != Trouble::none) {
    return answer(200, R"({"data":{}})");
  }
  if (plant_ == Plant::blame_the_row && fate.from_outage) {
    return answer(422, R"({"message":"Unprocessable"})");
  }
  const TroubleFacts& facts = facts_of(fate.trouble);
  Response response = answer(facts.status, std::string{facts.text});
  switch (facts.symptom) {
    case Symptom::none:
      return arrival.answer
                 ? policy::AttemptResult(answer(arrival.answer->status, arrival.answer->body))
                 : lost("reset");
    case Symptom::not_sent:
      return not_sent(fate);
    case Symptom::lost:
      return lost(facts.text);
    case Symptom::page:
      response.payload = policy::Payload::other;
      break;
    case Symptom::answer:
      break;
  }
  if (fate.retry_after && plant_ != Plant::ignore_retry_after) {
    const milliseconds longest = std::chrono::hours{24};
    response.retry_after = {std::min(*fate.retry_after, longest), *fate.retry_after > longest};
  }
  return response;
}

Returned Road::returned(const Fate& fate, const policy::AttemptResult& result) {
  Returned returned;
  returned.trouble = fate.trouble;
  returned.from_outage = fate.from_outage;
  returned.outage = fate.outage;
  if (const auto* response = std::get_if<Response>(&result)) {
    returned.status = response->status;
    returned.bytes_left = true;
    returned.retry_after = fate.retry_after;
    returned.refused_by_provider = fate.trouble == Trouble::none && response->status >= 400;
  } else if (const auto* failure = std::get_if<TransportFailure>(&result)) {
    returned.bytes_left = failure->bytes_left == BytesLeft::yes;
  } else {
    returned.bytes_left = std::get<policy::Stopped>(result).bytes_left == BytesLeft::yes;
  }
  return returned;
}

}  // namespace rfi::simulation
