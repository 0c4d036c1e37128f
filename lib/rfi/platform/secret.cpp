#include "rfi/platform/secret.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace rfi::platform {
namespace {

void cleanse(std::vector<char>& bytes) {
  if (!bytes.empty()) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
  }
}

}  // namespace

Secret::Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    // Not bytes_ = other.bytes_: that would free or shrink our own buffer with the old secret still
    // in it.
    *this = Secret(other);
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    cleanse(bytes_);
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

Secret::~Secret() {
  cleanse(bytes_);
}

std::string_view Secret::reveal() const {
  return {bytes_.data(), bytes_.size()};
}

bool Secret::operator==(const Secret& other) const {
  return bytes_.size() == other.bytes_.size() &&
         (bytes_.empty() || CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0);
}

void wipe(void* bytes, std::size_t size) {
  OPENSSL_cleanse(bytes, size);
}

void wipe(std::string& buffer) {
  // The capacity too: what was longer before may still stand behind the end.
  buffer.resize(buffer.capacity());
  OPENSSL_cleanse(buffer.data(), buffer.size());
  buffer.clear();
}

}  // namespace rfi::platform
