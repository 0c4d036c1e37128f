#include "input/rfi_document.hpp"

#include "input/json_members.hpp"
#include "output/words.hpp"

#include "rfi/policy/reference.hpp"
#include "rfi/policy/timestamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace rfi::daemon {
namespace {

using Members = std::vector<JsonMember>;

constexpr std::array<std::string_view, 7> kMembers{
    "reference", "customer_id", "requested", "documents", "priority", "not_before", "deadline"};

constexpr std::string_view kWrongEvent =
    "must be \"customer.rfi\": only such events ask for documents";

std::uint64_t line_at(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  return 1 + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n'));
}

std::string shown_name(std::string_view name) {
  return printable(name.substr(0, 64));
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t value = 0;
  const char* const begin = std::to_address(text.begin());
  const char* const end = std::to_address(text.end());
  const auto read = std::from_chars(begin, end, value);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

/// Reads the members of one object and collects what is wrong with them.
class Form {
 public:
  /// `at`: where `object` begins in `text`.
  Form(std::string_view text, std::string_view object, std::size_t at, std::string prefix = "")
      : text_(text), at_(at), prefix_(std::move(prefix)) {
    auto split = members_of(object);
    if (const auto* fault = std::get_if<allowlist::JsonFault>(&split)) {
      add(fault->byte - 1, fmt::format("not a JSON object: {}", fault->reason));
      readable_ = false;
      return;
    }
    members_ = std::get<Members>(std::move(split));
    refuse_equal_names();
  }

  [[nodiscard]] bool readable() const { return readable_; }
  [[nodiscard]] std::vector<DocumentFault> take_faults() { return std::move(faults_); }

  template <class Names>
  void refuse_others_than(const Names& names) {
    for (const auto& member : members_) {
      if (std::find(names.begin(), names.end(), member.name) == names.end()) {
        add(member.at,
            fmt::format("unknown member \"{}\"; known are {}",
                        shown_name(member.name),
                        fmt::join(names, ", ")));
      }
    }
  }

  [[nodiscard]] const JsonMember* find(std::string_view name) const {
    const auto found = std::ranges::find(members_, name, &JsonMember::name);
    return found == members_.end() ? nullptr : &*found;
  }

  const JsonMember* require(std::string_view name) {
    const auto* member = find(name);
    if (member == nullptr && readable_) {
      add(0, fmt::format("{}{} is missing", prefix_, name));
    }
    return member;
  }

  /// A string; `judge` says what else is wrong with it.
  template <class Judge>
  std::string text(std::string_view name, Judge judge) {
    const auto* member = require(name);
    if (member == nullptr) {
      return "";
    }
    auto value = string_of(member->value);
    if (!value) {
      refuse(*member, "must be a JSON string in valid UTF-8");
    } else if (const auto fault = judge(std::string_view(*value))) {
      refuse(*member, *fault);
    }
    return std::move(value).value_or("");
  }

  /// A value beginning with `opening`, judged and copied as it stands.
  std::string container(std::string_view name, char opening, Inside inside = Inside::judged) {
    const auto* member = require(name);
    if (member == nullptr) {
      return "";
    }
    if (member->value.front() != opening) {
      refuse(*member, opening == '[' ? "must be a JSON array" : "must be a JSON object");
    } else if (const auto fault =
                   inside == Inside::judged ? check_json(member->value) : std::nullopt) {
      add(member->at + fault->byte - 1, fmt::format("{}{}: {}", prefix_, name, fault->reason));
    }
    return std::string(member->value);
  }

  std::int64_t integer_or(std::string_view name, std::int64_t otherwise) {
    const auto* member = find(name);
    if (member == nullptr) {
      return otherwise;
    }
    const auto value = integer_of(member->value);
    if (!value) {
      refuse(*member, "must be a whole number of 64 bits");
    }
    return value.value_or(otherwise);
  }

  std::optional<policy::UtcTime> time(std::string_view name) {
    const auto* member = find(name);
    if (member == nullptr || member->value == "null") {
      return std::nullopt;
    }
    if (const auto value = integer_of(member->value)) {
      return policy::utc_from_unix_ms(*value);
    }
    const auto written = string_of(member->value);
    const auto value = written ? policy::parse_api_time(*written) : std::nullopt;
    if (!value) {
      refuse(*member, "must be Unix milliseconds or RFC 3339 like \"2026-03-01T12:00:00Z\"");
    }
    return value;
  }

  void refuse(const JsonMember& member, std::string_view message) {
    add(member.at, fmt::format("{}{} {}", prefix_, member.name, message));
  }

 private:
  void add(std::size_t at, std::string message) {
    faults_.push_back({line_at(text_, at_ + at), std::move(message)});
  }

  void refuse_equal_names() {
    for (auto member = members_.begin(); member != members_.end(); ++member) {
      const auto same =
          std::ranges::find(members_.begin(), member, member->name, &JsonMember::name);
      if (same != member) {
        add(member->at,
            fmt::format("{}{} stands there more than once", prefix_, shown_name(member->name)));
      }
    }
  }

  std::string_view text_;
  std::size_t at_;
  std::string prefix_;
  Members members_;
  std::vector<DocumentFault> faults_;
  bool readable_ = true;
};

void append(std::vector<DocumentFault>& target, std::vector<DocumentFault> more) {
  target.insert(
      target.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

DocumentResult parse_rfi_document(std::string_view text, Inside inside) {
  Form form(text, text, 0);
  queue::NewRfi rfi;
  if (form.readable()) {
    form.refuse_others_than(kMembers);
    rfi.reference = form.text("reference", policy::reference_fault);
    rfi.customer_id = form.text("customer_id", queue::customer_id_fault);
    rfi.requested = form.container("requested", '[', inside);
    rfi.documents = form.container("documents", '{', inside);
    rfi.priority = form.integer_or("priority", 0);
    rfi.not_before = form.time("not_before");
    rfi.deadline = form.time("deadline");
  }
  auto faults = form.take_faults();
  if (!faults.empty()) {
    return faults;
  }
  return rfi;
}

std::variant<queue::NewRfi, WebhookFaults> parse_webhook(std::string_view event,
                                                         std::string_view documents) {
  WebhookFaults faults;
  queue::NewRfi rfi;
  Form form(event, event, 0);
  const auto* head = form.require("event");
  const auto* content = form.require("data");
  faults.event = form.take_faults();
  if (head != nullptr && content != nullptr) {
    Form event_form(event, head->value, head->at, "event.");
    Form data_form(event, content->value, content->at, "data.");
    event_form.text("type", [](std::string_view type) {
      return type == "customer.rfi" ? std::nullopt : std::optional<std::string_view>(kWrongEvent);
    });
    rfi.reference = event_form.text("id", policy::reference_fault);
    rfi.customer_id = data_form.text("customer_id", queue::customer_id_fault);
    rfi.requested = data_form.container("request_for_information", '[');
    append(faults.event, event_form.take_faults());
    append(faults.event, data_form.take_faults());
  }
  const auto begin = documents.find_first_not_of(" \t\r\n");
  const auto end = documents.find_last_not_of(" \t\r\n");
  const auto trimmed = begin == std::string_view::npos ? std::string_view()
                                                       : documents.substr(begin, end - begin + 1);
  if (!trimmed.starts_with('{')) {
    faults.documents.push_back({1, "must be a JSON object in the shape of the PATCH body"});
  } else if (const auto fault = check_json(trimmed)) {
    faults.documents.push_back(
        {line_at(documents, begin + fault->byte - 1), std::string(fault->reason)});
  }
  rfi.documents = trimmed;
  if (!faults.event.empty() || !faults.documents.empty()) {
    return faults;
  }
  return rfi;
}

}  // namespace rfi::daemon
