#include "sandbox/fault_script.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

[[noreturn]] void reject(const std::string& where, const std::string& what) {
  throw std::invalid_argument(where + ": " + what);
}

/// Typed access to the members of an object; what was never asked for is an error in the end.
class Members {
 public:
  Members(const json::value& value, std::string where) : where_(std::move(where)) {
    if (!value.is_object()) {
      reject(where_, "must be an object");
    }
    object_ = &value.get_object();
  }

  const json::value* find(std::string_view name) {
    known_.emplace_back(name);
    return object_->if_contains(name);
  }

  std::optional<std::string> text(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!value->is_string()) {
      reject(where_, std::string{name} + " must be a string");
    }
    return std::string{value->get_string()};
  }

  std::int64_t number(std::string_view name, std::int64_t fallback) {
    const json::value* value = find(name);
    if (value == nullptr) {
      return fallback;
    }
    if (!value->is_int64()) {
      reject(where_, std::string{name} + " must be a whole number");
    }
    return value->get_int64();
  }

  bool truth(std::string_view name, bool fallback) {
    const json::value* value = find(name);
    if (value == nullptr) {
      return fallback;
    }
    if (!value->is_bool()) {
      reject(where_, std::string{name} + " must be true or false");
    }
    return value->get_bool();
  }

  void finish() const {
    for (const auto& [name, ignored] : *object_) {
      if (std::ranges::find(known_, std::string{name}) == known_.end()) {
        reject(where_, "does not know " + std::string{name});
      }
    }
  }

 private:
  std::string where_;
  const json::object* object_ = nullptr;
  std::vector<std::string> known_;
};

FaultMoment read_moment(const std::string& text, const std::string& where) {
  using Named = std::pair<std::string_view, FaultMoment>;
  for (const auto& [name, moment] : {Named{"accept", FaultMoment::accept},
                                     Named{"before_reading", FaultMoment::before_reading},
                                     Named{"after_reading", FaultMoment::after_reading},
                                     Named{"mid_answer", FaultMoment::mid_answer}}) {
    if (name == text) {
      return moment;
    }
  }
  reject(where, "when must be accept, before_reading, after_reading or mid_answer");
}

Answer page(unsigned status, std::string_view title) {
  std::string body = "<!doctype html><title>";
  body.append(title).append("</title><p>").append(title).append("\n");
  return {.status = status, .headers = {{"Content-Type", "text/html"}}, .body = std::move(body)};
}

void read_status(Members& members, Answer& answer, const std::string& where) {
  answer.status = static_cast<unsigned>(members.number("status", 503));
  if (answer.status < 200 || answer.status > 999) {
    reject(where, "status must be 200 to 999");
  }
  const json::value* body = members.find("body");
  if (body == nullptr) {
    answer.body = R"({"message":"Scripted fault"})";
  } else {
    answer.body = body->is_string() ? std::string{body->get_string()} : json::serialize(*body);
  }
  answer.headers.emplace_back("Content-Type", "application/json");
  if (const json::value* headers = members.find("headers"); headers != nullptr) {
    if (!headers->is_object()) {
      reject(where, "headers must be an object");
    }
    for (const auto& [name, value] : headers->get_object()) {
      if (lower(name) == "content-type") {
        answer.headers.clear();
      }
      answer.headers.emplace_back(
          name, value.is_string() ? std::string{value.get_string()} : json::serialize(value));
    }
  }
}

void read_interim(Members& members, Fault& fault, const std::string& where) {
  const json::value* statuses = members.find("statuses");
  if (statuses == nullptr) {
    fault.interim = {103};
    return;
  }
  if (!statuses->is_array()) {
    reject(where, "statuses must be a list");
  }
  for (const json::value& status : statuses->get_array()) {
    if (!status.is_int64() || status.get_int64() < 100 || status.get_int64() > 199) {
      reject(where, "statuses must be 100 to 199");
    }
    fault.interim.push_back(static_cast<unsigned>(status.get_int64()));
  }
}

constexpr std::int64_t kOversizeBytes = std::int64_t{2} * 1024 * 1024;

Fault read_action(const json::value& value, const std::string& where) {
  Members members{value, where};
  Fault fault;
  fault.name = members.text("kind").value_or("");
  bool apply_by_default = false;
  const auto read_when = [&](FaultMoment fallback) {
    const std::optional<std::string> when = members.text("when");
    fault.moment = when.has_value() ? read_moment(*when, where) : fallback;
  };
  if (fault.name == "status") {
    fault.kind = FaultKind::status;
    read_status(members, fault.answer, where);
  } else if (fault.name == "reset" || fault.name == "accept_then_reset") {
    fault.kind = FaultKind::reset;
    apply_by_default = fault.name == "accept_then_reset";
    if (!apply_by_default) {
      read_when(FaultMoment::after_reading);
      apply_by_default = fault.moment == FaultMoment::mid_answer;
    }
  } else if (fault.name == "close") {
    fault.kind = FaultKind::close;
    read_when(FaultMoment::after_reading);
    fault.close_notify = members.truth("close_notify", true);
  } else if (fault.name == "cut") {
    fault.kind = FaultKind::cut;
    fault.close_notify = members.truth("close_notify", false);
    apply_by_default = true;
  } else if (fault.name == "slow") {
    fault.kind = FaultKind::slow;
    fault.delay = std::chrono::milliseconds{members.number("delay_ms", 0)};
    fault.byte_interval = std::chrono::milliseconds{members.number("byte_interval_ms", 0)};
    apply_by_default = true;
  } else if (fault.name == "hang") {
    fault.kind = FaultKind::hang;
    read_when(FaultMoment::after_reading);
  } else if (fault.name == "malformed") {
    fault.kind = FaultKind::malformed;
  } else if (fault.name == "oversize") {
    fault.kind = FaultKind::oversize;
    const std::int64_t bytes = members.number("bytes", kOversizeBytes);
    fault.answer.status = 200;
    fault.answer.headers = {{"Content-Type", "application/json"}};
    fault.answer.body =
        R"({"data":")" + std::string(static_cast<std::size_t>(bytes), 'x') + R"("})";
  } else if (fault.name == "html") {
    fault.kind = FaultKind::html;
    fault.answer = page(200, "Please sign in to this network");
  } else if (fault.name == "redirect") {
    fault.kind = FaultKind::redirect;
    fault.answer = page(static_cast<unsigned>(members.number("status", 307)), "Moved");
    fault.answer.headers.emplace_back(
        "Location", members.text("location").value_or("https://localhost/elsewhere"));
  } else if (fault.name == "interim") {
    fault.kind = FaultKind::interim;
    read_interim(members, fault, where);
    apply_by_default = true;
  } else if (fault.name == "no_keep_alive") {
    fault.kind = FaultKind::no_keep_alive;
    fault.announce = members.truth("announce", true);
    fault.close_notify = members.truth("close_notify", true);
    apply_by_default = true;
  } else if (fault.name == "pass") {
    fault.kind = FaultKind::pass;
    apply_by_default = true;
  } else {
    reject(where, "kind \"" + fault.name + "\" is not known");
  }
  fault.apply = members.truth("apply", apply_by_default);
  members.finish();
  return fault;
}

}  // namespace

FaultRule read_fault_rule(const json::value& rule, const std::string& where) {
  Members members{rule, where};
  FaultRule result;
  if (const json::value* match = members.find("match"); match != nullptr) {
    Members matching{*match, where + ".match"};
    result.path_contains = matching.text("path_contains");
    result.method = matching.text("method");
    result.customer = matching.text("customer");
    if (result.customer.has_value()) {
      result.customer = lower(*result.customer);
    }
    matching.finish();
  }
  result.times = members.number("times", 1);
  result.after = members.number("after", 0);
  const json::value* action = members.find("action");
  if (action == nullptr) {
    reject(where, "needs an action");
  }
  result.fault = read_action(*action, where + ".action");
  members.finish();
  const bool matches_all = !result.path_contains && !result.method && !result.customer;
  if (result.fault.moment == FaultMoment::accept && !matches_all) {
    reject(where, "nothing is known of the request at accept: match must be absent");
  }
  return result;
}

}  // namespace rfi::sandbox
