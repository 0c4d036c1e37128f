// JSON with a secret in it: read and written without leaving copies behind.
#pragma once

#include <boost/json/memory_resource.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <string>

namespace rfi::api {

/// Memory for JSON values, wiped as they give it back. Must outlive them.
class WipingMemory final : public boost::json::memory_resource {
 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  [[nodiscard]] bool do_is_equal(
      const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

/// The text of `value`, written straight into the buffer that is returned (boost::json::serialize
/// would leave a copy on the stack). The caller wipes it.
[[nodiscard]] std::string secret_text(const boost::json::value& value);

}  // namespace rfi::api
