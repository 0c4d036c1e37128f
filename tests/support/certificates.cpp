#include "support/certificates.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

namespace rfi::test {
namespace {

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Freeing<std::fclose>>;

constexpr long kHour = 3600;
constexpr long kDay = 24 * kHour;

void require(bool done, const std::string& what) {
  if (done) {
    return;
  }
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  throw std::runtime_error("test certificate: cannot " + what + ": " + reason.data());
}

Key make_key() {
  Key key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  require(key != nullptr, "make a key");
  return key;
}

void set_serial(X509& certificate) {
  std::uint64_t serial = 0;
  std::array<unsigned char, sizeof serial> bytes{};
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "draw a serial number");
  for (const unsigned char byte : bytes) {
    serial = (serial << 8U) | byte;
  }
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), serial >> 1U) == 1,
          "set the serial number");
}

struct Plan {
  std::string common_name;
  long begins = -2 * kDay;  // seconds from now; tests set the clock back by a day
  long ends = 30 * kDay;
  std::string basic_constraints = "critical,CA:FALSE";
  std::string key_usage = "critical,digitalSignature";
  std::string extended_key_usage;  // none when empty
  std::string alternative_names;   // none when empty
};

void add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
  if (value.empty()) {
    return;
  }
  X509V3_CTX context{};
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  require(extension != nullptr, "make the extension " + value);
  require(X509_add_ext(&certificate, extension.get(), -1) == 1, "add the extension " + value);
}

/// Signs with `issuer_key`; an absent `issuer` means that the certificate stands for itself.
Certificate make_certificate(const Plan& plan, EVP_PKEY& key, X509* issuer, EVP_PKEY& issuer_key) {
  Certificate certificate{X509_new()};
  require(certificate != nullptr, "make a certificate");
  X509& made = *certificate;
  X509& signer = issuer != nullptr ? *issuer : made;
  require(X509_set_version(&made, X509_VERSION_3) == 1, "set the version");
  set_serial(made);
  X509_gmtime_adj(X509_getm_notBefore(&made), plan.begins);
  X509_gmtime_adj(X509_getm_notAfter(&made), plan.ends);
  std::string name = plan.common_name;
  require(X509_NAME_add_entry_by_NID(X509_get_subject_name(&made),
                                     NID_commonName,
                                     MBSTRING_UTF8,
                                     reinterpret_cast<unsigned char*>(name.data()),
                                     static_cast<int>(name.size()),
                                     -1,
                                     0) == 1,
          "name the subject");
  require(X509_set_issuer_name(&made, X509_get_subject_name(&signer)) == 1, "name the issuer");
  require(X509_set_pubkey(&made, &key) == 1, "set the public key");
  add_extension(made, signer, NID_basic_constraints, plan.basic_constraints);
  add_extension(made, signer, NID_key_usage, plan.key_usage);
  add_extension(made, signer, NID_ext_key_usage, plan.extended_key_usage);
  add_extension(made, signer, NID_subject_alt_name, plan.alternative_names);
  add_extension(made, signer, NID_subject_key_identifier, "hash");
  add_extension(made, signer, NID_authority_key_identifier, "keyid");
  require(X509_sign(&made, &issuer_key, EVP_sha256()) != 0, "sign");
  return certificate;
}

File open_for_writing(const std::filesystem::path& path, mode_t mode) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  File file{descriptor >= 0 ? ::fdopen(descriptor, "w") : nullptr};
  if (file == nullptr) {
    throw std::runtime_error("test certificate: cannot write " + path.string());
  }
  return file;
}

CertificateFiles write(const std::filesystem::path& directory,
                       std::string_view name,
                       X509& certificate,
                       EVP_PKEY& key) {
  const std::string base{name};
  CertificateFiles files{.certificate = directory / (base + ".pem"),
                         .key = directory / (base + ".key")};
  const File certificate_file = open_for_writing(files.certificate, S_IRUSR | S_IWUSR | S_IRGRP);
  require(PEM_write_X509(certificate_file.get(), &certificate) == 1, "write the certificate");
  const File key_file = open_for_writing(files.key, S_IRUSR | S_IWUSR);
  require(PEM_write_PrivateKey(key_file.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "write the key");
  return files;
}

Plan plan_server(ServerCertificate kind) {
  Plan plan;
  plan.common_name = "localhost";
  plan.extended_key_usage = "serverAuth";
  plan.alternative_names = "DNS:localhost,DNS:api.example.test,IP:127.0.0.1,IP:::1";
  switch (kind) {
    case ServerCertificate::valid:
    case ServerCertificate::self_signed:
      break;
    case ServerCertificate::expired:
      plan.begins = -2 * kDay;
      plan.ends = -kHour;
      break;
    case ServerCertificate::not_yet_valid:
      plan.begins = kHour;
      break;
    case ServerCertificate::wrong_host:
      plan.common_name = "elsewhere.invalid";
      plan.alternative_names = "DNS:elsewhere.invalid";
      break;
    case ServerCertificate::common_name_only:
      plan.alternative_names.clear();
      break;
    case ServerCertificate::client_purpose:
      plan.extended_key_usage = "clientAuth";
      break;
  }
  return plan;
}

}  // namespace

struct CertificateAuthority::State {
  std::filesystem::path directory;
  std::filesystem::path ca_file;
  Key key;
  Certificate certificate;
};

CertificateAuthority::CertificateAuthority(std::filesystem::path directory, std::string_view name)
    : state_(std::make_unique<State>()) {
  Plan plan;
  plan.common_name = "rfi-submitd test authority";
  plan.basic_constraints = "critical,CA:TRUE";
  plan.key_usage = "critical,keyCertSign,cRLSign";
  state_->directory = std::move(directory);
  state_->ca_file = state_->directory / (std::string{name} + ".pem");
  state_->key = make_key();
  state_->certificate = make_certificate(plan, *state_->key, nullptr, *state_->key);
  const File file = open_for_writing(state_->ca_file, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
  require(PEM_write_X509(file.get(), state_->certificate.get()) == 1, "write the authority");
}

CertificateAuthority::~CertificateAuthority() = default;
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;

const std::filesystem::path& CertificateAuthority::ca_file() const {
  return state_->ca_file;
}

CertificateFiles CertificateAuthority::issue_server(std::string_view name,
                                                    ServerCertificate kind) const {
  const bool alone = kind == ServerCertificate::self_signed;
  const Key key = make_key();
  const Certificate certificate = make_certificate(plan_server(kind),
                                                   *key,
                                                   alone ? nullptr : state_->certificate.get(),
                                                   alone ? *key : *state_->key);
  return write(state_->directory, name, *certificate, *key);
}

CertificateFiles CertificateAuthority::issue_client(std::string_view name) const {
  Plan plan;
  plan.common_name = std::string{name};
  plan.extended_key_usage = "clientAuth";
  const Key key = make_key();
  const Certificate certificate =
      make_certificate(plan, *key, state_->certificate.get(), *state_->key);
  return write(state_->directory, name, *certificate, *key);
}

}  // namespace rfi::test
