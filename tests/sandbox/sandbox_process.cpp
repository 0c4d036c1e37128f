#include "sandbox/sandbox_process.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <stdexcept>

namespace rfi::test {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kStartLimit{30};

std::string text_of(const json::object& object, std::string_view name) {
  return std::string{object.at(name).as_string()};
}

}  // namespace

SandboxProcess::SandboxProcess(const std::vector<std::string>& arguments) {
  ChildOptions options{.program = RFI_SANDBOX_PROGRAM,
                       .arguments = {"--directory", directory_.path().string()}};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  child_ = std::make_unique<ChildProcess>(options);
  if (!child_->wait_for_output("}\n", kStartLimit)) {
    throw std::runtime_error("rfi-sandbox did not start: " + child_->standard_error());
  }
  const std::string output = child_->standard_output();
  const json::object ready = json::parse(output.substr(0, output.find('\n'))).as_object();
  port_ = ready.at("port").to_number<std::uint16_t>();
  base_url_ = text_of(ready, "base_url");
  ca_file_ = text_of(ready, "ca_file");
  client_certificate_ = {.certificate = text_of(ready, "client_certificate"),
                         .key = text_of(ready, "client_key")};
}

HttpsClient SandboxProcess::connect() const {
  return HttpsClient{
      {.port = port_, .ca_file = ca_file_, .client_certificate = client_certificate_}};
}

std::string SandboxProcess::token() const {
  const std::string body = json::serialize(
      json::object{{"client_id", kSandboxClientId}, {"client_secret", kSandboxClientSecret}});
  HttpsClient client = connect();
  const HttpAnswer answer =
      client.request("POST", "/v1/oauth/token", {{"Content-Type", "application/json"}}, body);
  if (answer.status != 200) {
    throw std::runtime_error("rfi-sandbox issues no token: " + answer.body);
  }
  const json::object root = json::parse(answer.body).as_object();
  const json::value* data = root.if_contains("data");
  return text_of(data != nullptr ? data->as_object() : root, "access_token");
}

json::value SandboxProcess::call(std::string_view method,
                                 const std::string& target,
                                 std::string_view body) {
  if (!admin_.has_value()) {
    admin_.emplace(connect());
  }
  const HttpAnswer answer = admin_->request(method, target, {}, body);
  if (answer.ending != AnswerEnding::complete || answer.status != 200) {
    admin_.reset();
    throw std::runtime_error("rfi-sandbox refuses " + target + ": " + answer.body);
  }
  return json::parse(answer.body);
}

void SandboxProcess::put_customer(std::string_view id, std::string_view tree) {
  const std::string body = R"({"request_for_information":)" + std::string{tree} + "}";
  call("PUT", "/sandbox/customers/" + std::string{id}, body);
}

void SandboxProcess::add_faults(std::string_view rules) {
  call("POST", "/sandbox/faults", rules);
}

void SandboxProcess::reset(std::string_view what) {
  call("DELETE", what.empty() ? "/sandbox" : "/sandbox/" + std::string{what});
}

json::array SandboxProcess::requests(std::string_view query) {
  return call("GET", "/sandbox/requests?" + std::string{query}).as_array();
}

json::array SandboxProcess::uploads() {
  return call("GET", "/sandbox/uploads").as_array();
}

json::array SandboxProcess::violations() {
  return call("GET", "/sandbox/violations").as_array();
}

json::object SandboxProcess::summary() {
  return call("GET", "/sandbox/summary").as_object();
}

json::object SandboxProcess::account(std::string_view customer) {
  return call("GET", "/sandbox/customers/" + std::string{customer}).as_object();
}

}  // namespace rfi::test
