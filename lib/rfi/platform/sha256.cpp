#include "rfi/platform/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>

namespace rfi::platform {
namespace {

struct FreeAlgorithm {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// A fetch searches the providers under a lock, which costs more than hashing a body: once a process
// is enough.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, FreeAlgorithm> fetched(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  if (!fetched) {
    throw std::runtime_error(
        "OpenSSL offers no SHA-256: see the providers with `openssl list -digest-algorithms`");
  }
  return fetched.get();
}

[[noreturn]] void fail() {
  throw std::runtime_error("OpenSSL could not compute a SHA-256");
}

std::string finish(EVP_MD_CTX* context) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context, digest.data(), &size) != 1) {
    fail();
  }
  std::string hex;
  hex.reserve(std::size_t{2} * size);
  for (std::size_t i = 0; i < size; ++i) {
    hex += kDigits[static_cast<std::size_t>(digest[i]) >> 4U];
    hex += kDigits[static_cast<std::size_t>(digest[i]) & 0x0FU];
  }
  return hex;
}

EVP_MD_CTX* native(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1) {
    fail();
  }
  return finish(context.get());
}

void Sha256::Free::operator()(void* context) const {
  EVP_MD_CTX_free(native(context));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex2(native(context_.get()), algorithm(), nullptr) != 1) {
    fail();
  }
}

void Sha256::add(std::string_view bytes) {
  if (EVP_DigestUpdate(native(context_.get()), bytes.data(), bytes.size()) != 1) {
    fail();
  }
}

std::string Sha256::hex() {
  return finish(native(context_.get()));
}

}  // namespace rfi::platform
