#include "sandbox/options.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace rfi::sandbox {
namespace {

const std::map<std::string, test::ServerCertificate>& certificates() {
  using enum test::ServerCertificate;
  static const std::map<std::string, test::ServerCertificate> names{
      {"valid", valid},
      {"expired", expired},
      {"not-yet-valid", not_yet_valid},
      {"self-signed", self_signed},
      {"wrong-host", wrong_host},
      {"common-name-only", common_name_only},
      {"client-purpose", client_purpose}};
  return names;
}

const std::map<std::string, TokenShape>& shapes() {
  static const std::map<std::string, TokenShape> names{{"flat", TokenShape::flat},
                                                       {"wrapped", TokenShape::wrapped}};
  return names;
}

const std::map<std::string, UploadShape>& upload_shapes() {
  static const std::map<std::string, UploadShape> names{{"list", UploadShape::list},
                                                        {"merged", UploadShape::merged}};
  return names;
}

}  // namespace

std::variant<Options, int> read_options(int count, const char* const* arguments) {
  Options options;
  std::int64_t token_ttl = options.sandbox.tokens.lifetime.count();
  std::int64_t clock_offset = 0;
  std::int64_t lifetime = options.server.lifetime.count();
  bool open_customers = false;
  bool known_uris_only = false;
  bool require_client_certificate = false;

  CLI::App app{"A local stand-in for the payments API over TLS, for tests and demonstrations."};
  app.add_option("--directory", options.directory, "Where its certificates are written")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--port", options.server.port, "Port; 0 takes a free one")->capture_default_str();
  app.add_option("--address", options.server.addresses, "Loopback address to listen at; repeatable")
      ->capture_default_str();
  app.add_option("--client-id", options.sandbox.tokens.client_id, "The only client it knows")
      ->capture_default_str();
  app.add_option("--client-secret", options.sandbox.tokens.client_secret, "That client's secret")
      ->capture_default_str();
  app.add_option("--token-ttl", token_ttl, "Seconds that an access token lives")
      ->capture_default_str();
  app.add_option("--token-shape", options.sandbox.tokens.shape, "flat, or wrapped in data")
      ->transform(CLI::CheckedTransformer(shapes()));
  app.add_option("--clock-offset", clock_offset, "Seconds its clock is ahead of this machine's");
  app.add_option("--upload-shape",
                 options.sandbox.uploads.shape,
                 "list: an object for each file; merged: one for all")
      ->transform(CLI::CheckedTransformer(upload_shapes()));
  app.add_option("--max-upload-bytes",
                 options.sandbox.uploads.max_bytes,
                 "A larger upload, its frame included, is answered 413")
      ->capture_default_str();
  app.add_flag("--known-uris-only",
               known_uris_only,
               "Answer 403 to a PATCH with a URI that was not handed out here");
  app.add_flag(
      "--open-customers", open_customers, "Take anything for customers it was not told of");
  app.add_option("--certificate", options.certificate, "What is wrong with its certificate")
      ->transform(CLI::CheckedTransformer(certificates()));
  app.add_flag("--require-client-certificate",
               require_client_certificate,
               "Refuse clients without a certificate of its own authority");
  app.add_option("--script", options.script, "JSON file with fault rules")
      ->check(CLI::ExistingFile);
  app.add_option("--record", options.sandbox.record, "File that gets a line of JSON per request");
  app.add_option("--keep", options.sandbox.keep, "How many requests it remembers")
      ->capture_default_str();
  app.add_option("--lifetime", lifetime, "Seconds after which it ends by itself")
      ->capture_default_str();
  app.add_flag("--quiet", options.quiet, "Print nothing but the line that says it is ready");
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& problem) {
    constexpr int kUsage = 64;
    return app.exit(problem) == 0 ? 0 : kUsage;
  }
  options.sandbox.tokens.lifetime = std::chrono::seconds{token_ttl};
  options.sandbox.tokens.clock_offset = std::chrono::seconds{clock_offset};
  options.server.lifetime = std::chrono::seconds{lifetime};
  if (open_customers) {
    options.sandbox.unknown_customers = UnknownCustomers::accepted;
  }
  if (known_uris_only) {
    options.sandbox.uploads.unknown_uris = UnknownUris::refused;
  }
  if (require_client_certificate) {
    options.server.client_certificates = ClientCertificates::required;
  }
  return options;
}

}  // namespace rfi::sandbox
