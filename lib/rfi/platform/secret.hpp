// Bytes that must not reach a log, a message or a core of text: a client secret, a token.
// The type has no formatter, no stream operator and no conversion; reveal() is the one door and
// easy to grep for.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::platform {

/// Holds a secret and wipes it from memory when it goes. Copies are independent and wiped as well.
class Secret {
 public:
  Secret() = default;
  /// Copies `bytes`; wiping the source is the caller's part (see wipe()).
  explicit Secret(std::string_view bytes);
  Secret(const Secret& other) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept = default;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The bytes themselves, valid until *this changes. To be called only where they leave for the
  /// API.
  [[nodiscard]] std::string_view reveal() const;

  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  /// Compares in a time that depends on the lengths alone.
  [[nodiscard]] bool operator==(const Secret& other) const;

  // Whoever tries to print a secret gets a compiler error that names this line.
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  // A vector and not a string: its bytes stay on the heap, so that a move leaves nothing behind.
  std::vector<char> bytes_;
};

/// Overwrites a buffer that held a secret; the compiler does not optimise it away.
void wipe(std::string& buffer);
void wipe(void* bytes, std::size_t size);

/// Gives memory back wiped: for containers that grow while secrets go through them.
template <class T>
class WipingAllocator {
 public:
  using value_type = T;  // NOLINT(readability-identifier-naming): an allocator's own words

  WipingAllocator() = default;
  template <class Other>
  // NOLINTNEXTLINE(google-explicit-constructor): an allocator converts to that of another type
  WipingAllocator(const WipingAllocator<Other>& /*other*/) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
  void deallocate(T* memory, std::size_t count) noexcept {
    wipe(memory, count * sizeof(T));
    std::allocator<T>{}.deallocate(memory, count);
  }
  bool operator==(const WipingAllocator& /*other*/) const { return true; }
};

}  // namespace rfi::platform
