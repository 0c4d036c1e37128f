#include "rfi/api/secret_json.hpp"

#include "rfi/platform/secret.hpp"

#include <boost/json/serializer.hpp>

#include <new>
#include <utility>

namespace rfi::api {

// Boost.JSON 1.81 may name another alignment when it gives memory back than when it took it; the
// usual one is enough for all it holds.
void* WipingMemory::do_allocate(std::size_t bytes, std::size_t /*alignment*/) {
  return ::operator new(bytes);
}

void WipingMemory::do_deallocate(void* memory, std::size_t bytes, std::size_t /*alignment*/) {
  platform::wipe(memory, bytes);
  ::operator delete(memory);
}

std::string secret_text(const boost::json::value& value) {
  constexpr std::size_t kFirstBytes = 8192;
  boost::json::serializer writer;
  writer.reset(&value);
  std::string text(kFirstBytes, '\0');
  std::size_t size = writer.read(text.data(), text.size()).size();
  while (!writer.done()) {
    std::string longer(2 * text.size(), '\0');
    longer.replace(0, size, text, 0, size);
    platform::wipe(text);
    text = std::move(longer);
    size += writer.read(text.data() + size, text.size() - size).size();
  }
  text.resize(size);
  return text;
}

}  // namespace rfi::api
