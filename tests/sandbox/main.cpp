// rfi-sandbox: makes its certificates, says where it listens, serves.
#include "sandbox/options.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/server.hpp"
#include "support/certificates.hpp"
#include "support/temporary_directory.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <variant>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

/// A sandbox must not outlive the test that started it. False if that has ended already.
bool end_with_parent() {
  const pid_t parent = ::getppid();
  return ::prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && ::getppid() == parent;
}

int run(Options options) {
  const test::CertificateAuthority authority{options.directory};
  const test::CertificateFiles server = authority.issue_server("server", options.certificate);
  const test::CertificateFiles client = authority.issue_client("client");
  options.server.certificate = server.certificate;
  options.server.key = server.key;
  options.server.ca_file = authority.ca_file();

  Sandbox sandbox{options.sandbox};
  if (options.script.has_value()) {
    sandbox.faults.add(json::parse(test::read_file(*options.script)));
  }
  serve(options.server, sandbox, [&](std::uint16_t port) {
    const json::object ready{{"port", port},
                             {"ca_file", authority.ca_file().string()},
                             {"base_url", "https://localhost:" + std::to_string(port)},
                             {"client_certificate", client.certificate.string()},
                             {"client_key", client.key.string()}};
    std::cout << json::serialize(ready) << '\n' << std::flush;
  });
  if (!options.quiet) {
    std::cout << json::serialize(sandbox.log.summary()) << '\n' << std::flush;
  }
  return 0;
}

}  // namespace
}  // namespace rfi::sandbox

int main(int count, char** arguments) {
  try {
    if (!rfi::sandbox::end_with_parent()) {
      return 1;
    }
    auto options = rfi::sandbox::read_options(count, arguments);
    if (const int* code = std::get_if<int>(&options); code != nullptr) {
      return *code;
    }
    return rfi::sandbox::run(std::get<rfi::sandbox::Options>(std::move(options)));
  } catch (const std::exception& problem) {
    std::cerr << "rfi-sandbox: " << problem.what() << '\n';
    return 1;
  }
}
