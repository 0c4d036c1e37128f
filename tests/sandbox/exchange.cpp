#include "sandbox/exchange.hpp"

#include <boost/json/object.hpp>

#include <utility>

namespace rfi::sandbox {
namespace {

Answer conflict_answer() {
  namespace json = boost::json;
  return json_answer(
      409,
      json::object{{"error",
                    json::object{{"code", "conflict"},
                                 {"message", "Another update of this customer is in progress"}}}});
}

bool has_answer_of_its_own(const Fault& fault) {
  return fault.answer.status != 0;
}

}  // namespace

Exchange::Exchange(Sandbox& sandbox, Request request, std::uint64_t connection, bool session_reused)
    : sandbox_(sandbox), request_(std::move(request)) {
  if (is_admin(request_)) {
    return;
  }
  authorized_ = sandbox_.tokens.authorizes(request_.authorization);
  if (request_.method == "PATCH" && !request_.customer.empty()) {
    holds_customer_ = sandbox_.patching.insert(request_.customer).second;
    conflict_ = !holds_customer_;
  }
  if (!conflict_) {
    fault_ = sandbox_.faults.meet(request_);
  }
  LoggedRequest entry;
  entry.connection = connection;
  entry.session_reused = session_reused;
  entry.received = now();
  entry.request = request_;
  entry.authorized = authorized_;
  entry.fault = fault_.has_value() ? fault_->name : "";
  number_ = sandbox_.log.begin(std::move(entry));
  const bool beside_upload = holds_customer_ && sandbox_.uploading.contains(request_.customer);
  if (conflict_ || beside_upload) {
    sandbox_.log.add_violation("concurrent_patch", *sandbox_.log.find(number_));
  }
}

Exchange::~Exchange() {
  if (!finished_) {
    finish(Delivered::none);
  }
}

bool Exchange::strikes_early() const {
  return fault_.has_value() && fault_->moment == FaultMoment::before_reading;
}

void Exchange::take_body(std::string body) {
  request_.body = std::move(body);
  if (LoggedRequest* entry = sandbox_.log.find(number_); entry != nullptr) {
    entry->body_sha256 = sha256(request_.body);
    entry->body_bytes = request_.body.size();
    const auto customer =
        request_.path == "/v1/customers/upload" ? Uploads::customer_of(request_) : std::nullopt;
    if (!customer) {
      entry->request.body = request_.body;
      return;
    }
    entry->request.customer = request_.customer = *customer;
    uploads_ = sandbox_.uploading.insert(*customer).second;
    if (!uploads_ || sandbox_.patching.contains(*customer)) {
      sandbox_.log.add_violation("concurrent_upload", *entry);
    }
  }
}

Delivery Exchange::answer(Persistence persistence) {
  if (number_ == 0) {
    return plan_delivery(std::nullopt, answer_admin(sandbox_, request_), persistence);
  }
  std::optional<Answer> answer;
  if (conflict_) {
    answer = conflict_answer();
  } else if (!strikes_early() && (!fault_.has_value() || fault_->apply)) {
    answer = answer_api(sandbox_, request_, authorized_);
  }
  if (LoggedRequest* entry = sandbox_.log.find(number_); entry != nullptr && answer.has_value()) {
    entry->api_status = answer->status;
  }
  Delivery delivery = plan_delivery(fault_, answer, persistence);
  if (delivery.sent > 0) {
    const bool scripted = fault_.has_value() && has_answer_of_its_own(*fault_);
    status_ = scripted ? fault_->answer.status : answer.value_or(Answer{}).status;
  }
  return delivery;
}

void Exchange::finish(Delivered delivered) {
  finished_ = true;
  if (holds_customer_) {
    sandbox_.patching.erase(request_.customer);
  }
  if (uploads_) {
    sandbox_.uploading.erase(request_.customer);
  }
  if (number_ == 0) {
    return;
  }
  if (LoggedRequest* entry = sandbox_.log.find(number_); entry != nullptr) {
    entry->delivered = delivered;
    entry->status = delivered == Delivered::none ? 0 : status_;
  }
  sandbox_.log.finish(number_);
}

}  // namespace rfi::sandbox
