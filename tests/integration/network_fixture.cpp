#include "integration/network_fixture.hpp"

#include <boost/json/array.hpp>

#include <string_view>
#include <utility>

namespace rfi::test {
namespace {

constexpr const char* kToken =
    R"({"access_token":"PRIVATE-TOKEN","access_token_ttl":"2125-09-02 09:00:00+00"})";
constexpr const char* kOpenItem =
    R"({"scope":"CUSTOMER","section":"proof_of_address","categories":[{"document_type":)"
    R"("PROOF_OF_ADDRESS","fields":[{"field_name":"files","data_type":"URI","status":"MISSING"}]}]})";

/// The customer in `METHOD /vN/customers/<uuid> HTTP/1.1`.
std::string customer_of(const std::string& request) {
  constexpr std::string_view kBefore = "/customers/";
  constexpr std::size_t kUuidLength = 36;
  const auto at = request.find(kBefore);
  return at == std::string::npos ? std::string{} : request.substr(at + kBefore.size(), kUuidLength);
}

std::string attempt_word(const boost::json::value& attempt) {
  const auto& members = attempt.as_object();
  const auto text = [&members](const char* name) {
    const auto* value = members.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
  };
  const std::string error = text("error");
  return text("outcome") + (error.empty() ? "" : " " + error);
}

}  // namespace

const NetworkAuthority& NetworkAuthority::get() {
  static const NetworkAuthority one;
  return one;
}

CertificateFiles NetworkAuthority::issue(ServerCertificate kind) const {
  return authority_.issue_server("kind-" + std::to_string(static_cast<int>(kind)), kind);
}

CertificateFiles NetworkAuthority::of_another_authority() const {
  return other_.issue_server("stranger");
}

void ScriptedApi::at_first_patch(const std::string& customer, Act act) {
  const std::scoped_lock lock{mutex_};
  acts_[customer] = std::move(act);
}

void ScriptedApi::close_at_patch_of_a_connection(int count) {
  const std::scoped_lock lock{mutex_};
  close_at_ = count;
}

std::size_t ScriptedApi::patches(const std::string& customer) const {
  const std::scoped_lock lock{mutex_};
  const auto found = patches_.find(customer);
  return found == patches_.end() ? 0 : found->second;
}

ScriptedApi::Act ScriptedApi::next_act(const std::string& customer) {
  const std::scoped_lock lock{mutex_};
  Act act;
  if (++patches_[customer] == 1) {
    const auto found = acts_.find(customer);
    act = found == acts_.end() ? Act{} : found->second;
  }
  answered_[customer] = !act;
  return act;
}

std::string ScriptedApi::customer_json(const std::string& customer) const {
  const std::scoped_lock lock{mutex_};
  const auto found = answered_.find(customer);
  const bool closed = found != answered_.end() && found->second;
  return R"({"data":{"customer_id":")" + customer + R"(","request_for_information":[)" +
         (closed ? "" : kOpenItem) + "]}}";
}

void ScriptedApi::serve(Peer& peer) {
  if (!peer.handshake()) {
    return;
  }
  int patches = 0;
  for (std::string request = peer.read_request(); !request.empty(); request = peer.read_request()) {
    const std::string customer = customer_of(request);
    if (request.starts_with("POST ")) {
      peer.write(http_answer(200, kToken));
    } else if (request.starts_with("GET ")) {
      peer.write(http_answer(200, customer_json(customer)));
    } else {
      {
        const std::scoped_lock lock{mutex_};
        if (++patches == close_at_) {
          peer.close();
          return;
        }
      }
      if (const Act act = next_act(customer)) {
        act(peer);
      } else {
        peer.write(http_answer(200, R"({"data":{"customer_id":")" + customer + R"("}})"));
      }
    }
  }
}

DeploymentOptions network_options(const std::string& base_url) {
  DeploymentOptions options;
  options.base_url = base_url;
  options.ca_file = NetworkAuthority::get().ca_file();
  options.api = "connect_timeout = \"1s\"\nrequest_timeout = \"1s\"\n";
  options.retry = "initial_delay = \"20ms\"\nmax_delay = \"500ms\"\n";
  return options;
}

std::string network_line(const std::string& reference, unsigned customer) {
  return R"({"reference":")" + reference + R"(","customer_id":")" + customer_id(customer) +
         R"(","requested":)" + kNetworkRequested + R"(,"documents":)" + kNetworkDocuments + "}\n";
}

std::string last_attempt(const Deployment& deployment, const std::string& reference) {
  const auto row = deployment.show(reference);
  const auto& history = row.at("history").as_array();
  return history.empty() ? "" : attempt_word(history.back());
}

std::string first_attempt(const Deployment& deployment, const std::string& reference) {
  const auto row = deployment.show(reference);
  const auto& history = row.at("history").as_array();
  return history.empty() ? "" : attempt_word(history.front());
}

std::size_t log_lines_of(const ChildProcess& daemon, std::string_view event) {
  const std::string output = daemon.standard_output();
  const std::string name = R"("event":")" + std::string{event} + '"';
  std::size_t count = 0;
  for (auto at = output.find(name); at != std::string::npos; at = output.find(name, at + 1)) {
    ++count;
  }
  return count;
}

std::string leak_in(const std::string& log) {
  for (const char* word : {"PRIVATE", "sandbox-secret", "Bearer"}) {
    if (log.find(word) != std::string::npos) {
      return word;
    }
  }
  return {};
}

}  // namespace rfi::test
