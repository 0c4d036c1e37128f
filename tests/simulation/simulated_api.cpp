#include "simulation/simulated_api.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace rfi::simulation {

namespace asio = boost::asio;
using policy::BytesLeft;

/// Until the time is over or the daemon stops.
asio::awaitable<void> SimulatedApi::pass(milliseconds time) {
  const SteadyTime end = clock_.steady_now() + time;
  while (!stopping_ && clock_.steady_now() < end) {
    co_await stopped_.wait_until(end);
  }
}

bool SimulatedApi::fails_before_first_byte(const Fate& fate) {
  return facts_of(fate.trouble).symptom == Symptom::not_sent;
}

asio::awaitable<api::AttemptReport> SimulatedApi::patch(api::PatchRequest request) {
  const std::string customer_id{request.customer_id};
  const std::string reference{request.idempotency_key};
  const Fate fate = road_.draw_fate();
  witness_.patch_begins(customer_id, request.body, reference);
  api::AttemptReport report;
  report.result = policy::Stopped{BytesLeft::no};
  co_await pass(fate.connecting);
  if (!stopping_ && fails_before_first_byte(fate)) {
    report.result = road_.not_sent(fate);
  } else if (!stopping_) {
    const auto arrival = road_.send(fate, customer_id, std::string{request.body}, reference);
    co_await pass(fate.answering);
    report.result = policy::Stopped{BytesLeft::yes};
    if (!stopping_) {
      report.result = road_.result_of(fate, *arrival);
    }
  }
  report.timings = {fate.connecting, milliseconds{0}, fate.answering};
  witness_.patch_ends(customer_id, reference, Road::returned(fate, report.result));
  co_return report;
}

asio::awaitable<api::AttemptReport> SimulatedApi::look(api::LookRequest request) {
  const std::string customer_id{request.customer_id};
  const Fate fate = road_.draw_fate();
  witness_.look_begins(customer_id);
  api::AttemptReport report;
  report.result = policy::Stopped{BytesLeft::no};
  std::optional<Items> open;
  co_await pass(fate.connecting);
  if (!stopping_ && fails_before_first_byte(fate)) {
    report.result = road_.not_sent(fate);
  } else if (!stopping_) {
    const auto arrival = road_.ask(fate, customer_id);
    co_await pass(fate.answering);
    report.result = policy::Stopped{BytesLeft::yes};
    if (!stopping_) {
      report.result = road_.result_of(fate, *arrival);
      if (fate.trouble == Trouble::none && arrival->answer) {
        open = arrival->answer->shown;
      }
    }
  }
  report.timings = {fate.connecting, milliseconds{0}, fate.answering};
  witness_.look_ends(customer_id, open, Road::returned(fate, report.result));
  co_return report;
}

asio::awaitable<api::UploadReport> SimulatedApi::upload(api::UploadRequest /*request*/) {
  throw std::logic_error("an upload that nobody asked for");
  co_return api::UploadReport{};
}

void SimulatedApi::stop() {
  stopping_ = true;
  stopped_.notify_all();
}

}  // namespace rfi::simulation
