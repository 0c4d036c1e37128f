#include "rfi/queue/producer.hpp"

#include <cstddef>

namespace rfi::queue {
namespace {

constexpr std::size_t kLongestReference = 200;
constexpr std::size_t kUuidLength = 36;

// C0, DEL, and C1 as UTF-8 writes it: C2 80 to C2 9F.
bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) {
      return true;
    }
    if (byte == 0xC2 && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[i + 1]);
      if (next >= 0x80 && next <= 0x9F) {
        return true;
      }
    }
  }
  return false;
}

bool is_hexadecimal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool begins_with(std::string_view json, char wanted) {
  const auto first = json.find_first_not_of(" \t\n\r");
  return first != std::string_view::npos && json[first] == wanted;
}

}  // namespace

std::optional<std::string_view> reference_fault(std::string_view reference) {
  if (reference.empty() || reference.size() > kLongestReference) {
    return "must have 1 to 200 bytes";
  }
  if (has_control_character(reference)) {
    return "must not hold control characters (U+0000 to U+001F, U+007F to U+009F)";
  }
  return std::nullopt;
}

std::optional<std::string_view> customer_id_fault(std::string_view customer_id) {
  bool good = customer_id.size() == kUuidLength;
  for (std::size_t i = 0; good && i < kUuidLength; ++i) {
    const bool dash_here = i == 8 || i == 13 || i == 18 || i == 23;
    good = dash_here ? customer_id[i] == '-' : is_hexadecimal(customer_id[i]);
  }
  return good ? std::nullopt
              : std::optional<std::string_view>("must be a UUID: 8-4-4-4-12 hexadecimal digits");
}

std::vector<std::string> faults_of(const NewRfi& rfi) {
  std::vector<std::string> faults;
  if (const auto fault = reference_fault(rfi.reference)) {
    faults.push_back("reference " + std::string(*fault));
  }
  if (const auto fault = customer_id_fault(rfi.customer_id)) {
    faults.push_back("customer_id " + std::string(*fault));
  }
  if (!begins_with(rfi.requested, '[')) {
    faults.emplace_back("requested must be a JSON array");
  }
  if (!begins_with(rfi.documents, '{')) {
    faults.emplace_back("documents must be a JSON object");
  }
  return faults;
}

Intake::Intake(const Database& database)
    : insert_(database,
              "INSERT INTO rfi (reference, customer_id, requested, documents, priority, "
              "not_before, deadline) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
              "ON CONFLICT (reference) DO NOTHING") {}

Intaken Intake::insert(const NewRfi& rfi) {
  const auto inserted = insert_.run(rfi.reference,
                                    rfi.customer_id,
                                    rfi.requested,
                                    rfi.documents,
                                    rfi.priority,
                                    rfi.not_before,
                                    rfi.deadline);
  return inserted > 0 ? Intaken::queued : Intaken::already_queued;
}

}  // namespace rfi::queue
