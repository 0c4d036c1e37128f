#include "simulation/provider.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace rfi::simulation {
namespace {

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(
      result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

}  // namespace

void Provider::add_customer(const std::string& customer_id, Temper temper) {
  customers_[lower(customer_id)].temper = temper;
}

void Provider::ask(const std::string& customer_id, const Items& items) {
  for (const Item& item : items) {
    customers_[lower(customer_id)].items[item].closes_at.reset();
  }
}

void Provider::withdraw(const std::string& customer_id, const Item& item) {
  customers_[lower(customer_id)].items[item].closes_at = time_.now();
}

void Provider::dislike(const std::string& customer_id, const Item& item) {
  customers_[lower(customer_id)].items[item].disliked = true;
}

const Provider::Customer& Provider::customer(std::string_view customer_id) const {
  const auto found = customers_.find(lower(customer_id));
  if (found == customers_.end()) {
    throw std::logic_error("a customer that no producer has named");
  }
  return found->second;
}

std::optional<Provider::Answer> Provider::turned_away(const Customer& customer) {
  switch (customer.temper) {
    case Temper::unknown:
      return Answer{404, R"({"message":"Customer not found"})", false, {}};
    case Temper::forbidden:
      return Answer{403, R"({"error":{"code":"forbidden","message":"not yours"}})", false, {}};
    case Temper::open:
      break;
  }
  return std::nullopt;
}

Items Provider::open_of(const Customer& customer) const {
  Items open;
  for (const auto& [item, asked] : customer.items) {
    if (!asked.closes_at || time_.now() < *asked.closes_at) {
      open.insert(item);
    }
  }
  return open;
}

Items Provider::open_items(std::string_view customer_id) const {
  return open_of(customer(customer_id));
}

Provider::Answer Provider::receive(std::string_view customer_id, std::string_view body) {
  auto& customer = customers_.find(lower(customer_id))->second;
  if (auto answer = turned_away(customer)) {
    return *answer;
  }
  const BodyReading reading = read_body(body, open_of(customer));
  if (!reading.readable || !reading.uncovered.empty() || reading.answered.empty()) {
    // It repeats what was sent, as real ones do: none of it may get into the log.
    return {400,
            R"({"status":400,"message":"Validation failed","data":{"body":"unrequested field in )" +
                std::string{body.substr(body.find("VALUE-"), 12)} + R"("}})",
            false,
            {}};
  }
  for (const Item& item : reading.answered) {
    if (customer.items[item].disliked) {
      return {422, R"({"message":"Unprocessable","errors":[{"value":"bad"}]})", false, {}};
    }
  }
  for (const Item& item : reading.answered) {
    customer.items[item].closes_at = time_.now() + review_;
  }
  return {200, R"({"data":{"customer_id":")" + lower(customer_id) + "\"}}", true, {}};
}

Provider::Answer Provider::show(std::string_view customer_id) const {
  const Customer& shown = customer(customer_id);
  if (auto answer = turned_away(shown)) {
    return *answer;
  }
  Items open = open_of(shown);
  std::string body = R"({"data":{"customer_id":")" + lower(customer_id) +
                     R"(","type":"BUSINESS","customer_status":"ACTION_REQUIRED",)"
                     R"("request_for_information":)" +
                     tree_of(open) + "}}";
  return {200, std::move(body), false, std::move(open)};
}

}  // namespace rfi::simulation
