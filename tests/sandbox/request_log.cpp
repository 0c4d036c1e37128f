#include "sandbox/request_log.hpp"

#include <boost/json/serialize.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

std::string_view name_of(Delivered delivered) {
  switch (delivered) {
    case Delivered::none:
      return "none";
    case Delivered::part:
      return "part";
    case Delivered::whole:
      return "whole";
  }
  return "";
}

json::object to_json(const LoggedRequest& entry) {
  // Not files, which are no text, and not the client's secret.
  const bool shown = entry.request.content_type.find("json") != std::string::npos &&
                     !entry.request.path.starts_with("/v1/oauth/");
  json::object headers;
  for (const auto& [name, value] : entry.request.headers) {
    headers[name] = value;
  }
  return {{"number", entry.number},
          {"connection", entry.connection},
          {"session_reused", entry.session_reused},
          {"received_ms", unix_ms(entry.received)},
          {"method", entry.request.method},
          {"path", entry.request.target},
          {"customer", entry.request.customer},
          {"headers", std::move(headers)},
          {"authorized", entry.authorized},
          {"body_sha256", entry.body_sha256},
          {"body_bytes", entry.body_bytes},
          {"body", shown ? entry.request.body : std::string{}},
          {"api_status", entry.api_status},
          {"status", entry.status},
          {"delivered", name_of(entry.delivered)},
          {"fault", entry.fault}};
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL refuses SHA-256");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text.push_back(kDigits[digest[i] >> 4U]);
    text.push_back(kDigits[digest[i] & 0xFU]);
  }
  return text;
}

RequestLog::RequestLog(std::size_t keep, const std::optional<std::filesystem::path>& file)
    : keep_(std::max<std::size_t>(keep, 1)) {
  if (file.has_value()) {
    file_.open(*file, std::ios::app);
    if (!file_) {
      throw std::runtime_error("cannot write the record to " + file->string());
    }
  }
}

std::uint64_t RequestLog::begin(LoggedRequest request) {
  const std::uint64_t number = next_number_++;
  request.number = number;
  connections_.insert(request.connection);
  ++received_;
  ++in_flight_;
  most_in_flight_ = std::max(most_in_flight_, in_flight_);
  if (request.request.method == "PATCH") {
    ++patches_;
  }
  requests_.push_back(std::move(request));
  if (requests_.size() > keep_) {
    requests_.pop_front();
  }
  return number;
}

LoggedRequest* RequestLog::find(std::uint64_t number) {
  if (requests_.empty() || number < requests_.front().number) {
    return nullptr;
  }
  return &requests_[number - requests_.front().number];
}

void RequestLog::finish(std::uint64_t number) {
  --in_flight_;
  const LoggedRequest* entry = find(number);
  if (entry == nullptr) {
    return;
  }
  if (entry->request.method == "PATCH" && entry->api_status == 200) {
    ++patches_accepted_;
  }
  if (file_.is_open()) {
    file_ << json::serialize(to_json(*entry)) << '\n' << std::flush;
  }
}

void RequestLog::add_violation(std::string_view kind, const LoggedRequest& request) {
  violations_.push_back(json::object{{"kind", kind},
                                     {"customer", request.request.customer},
                                     {"number", request.number},
                                     {"received_ms", unix_ms(request.received)}});
}

json::array RequestLog::list(const LogFilter& filter) const {
  json::array result;
  for (const LoggedRequest& entry : requests_) {
    if (entry.number > filter.after &&
        (!filter.customer || entry.request.customer == *filter.customer) &&
        (!filter.method || entry.request.method == *filter.method)) {
      result.push_back(to_json(entry));
    }
  }
  return result;
}

json::object RequestLog::summary() const {
  return {{"connections", connections_.size()},
          {"requests", received_},
          {"patches", patches_},
          {"patches_accepted", patches_accepted_},
          {"in_flight", in_flight_},
          {"most_in_flight", most_in_flight_},
          {"violations", violations_.size()}};
}

void RequestLog::clear() {
  requests_.clear();
  connections_.clear();
  received_ = 0;
  patches_ = 0;
  patches_accepted_ = 0;
  most_in_flight_ = in_flight_;
}

}  // namespace rfi::sandbox
