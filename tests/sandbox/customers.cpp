#include "sandbox/customers.hpp"

#include "sandbox/message.hpp"
#include "sandbox/moment.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value_from.hpp>

#include <initializer_list>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string_view>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

std::string text(const json::object& object,
                 std::string_view name,
                 std::string_view fallback = {}) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                : std::string{fallback};
}

std::string required_text(const json::object& object,
                          std::string_view name,
                          const std::string& where) {
  std::string value = text(object, name);
  if (value.empty()) {
    throw std::invalid_argument(where + "." + std::string{name} + " must be a string");
  }
  return value;
}

const json::array& required_list(const json::object& object,
                                 std::string_view name,
                                 const std::string& where) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) {
    throw std::invalid_argument(where + "." + std::string{name} + " must be a list");
  }
  return value->get_array();
}

const json::object& required_object(const json::value& value, const std::string& where) {
  if (!value.is_object()) {
    throw std::invalid_argument(where + " must be an object");
  }
  return value.get_object();
}

json::object make_element(std::string_view section,
                          std::initializer_list<std::string_view> types,
                          std::initializer_list<std::string_view> fields) {
  json::array categories;
  for (const std::string_view type : types) {
    json::array list;
    for (const std::string_view field : fields) {
      list.push_back(
          json::object{{"field_name", field}, {"data_type", "TEXT"}, {"status", "MISSING"}});
    }
    categories.push_back(json::object{{"document_type", type}, {"fields", std::move(list)}});
  }
  return {{"scope", "CUSTOMER"}, {"section", section}, {"categories", std::move(categories)}};
}

/// What an undescribed customer asks for until it has been sent something.
json::array wide_choice() {
  return {
      make_element(
          "proof_of_identity",
          {"GOVERNMENT_ID", "PASSPORT", "NATIONAL_ID", "DRIVERS_LICENSE", "RESIDENCE_PERMIT"},
          {"type", "number", "country", "issue_date", "expiry_date", "files"}),
      make_element("proof_of_address",
                   {"PROOF_OF_ADDRESS", "UTILITY_BILL", "GOVERNMENT_LETTER", "BANK_STATEMENT"},
                   {"type", "country", "files"}),
      make_element("tos_policies_value", {"TOS"}, {"tos_policies_value"}),
      make_element("formation_documents",
                   {"REGISTRATION_DOCUMENT", "CONSTITUTIONAL_DOCUMENT", "FORMATION_DOCUMENT"},
                   {"type", "description", "files"}),
      make_element("ownership_documents",
                   {"OWNERSHIP_INFORMATION", "OWNERSHIP_CHART", "PROOF_OF_SIGNATORY_AUTHORITY"},
                   {"type", "description", "files"}),
      make_element(
          "supporting_documents",
          {"PROOF_OF_SOURCE_OF_FUNDS", "PROOF_OF_SOURCE_OF_WEALTH", "PROOF_OF_ADDRESS", "OTHER"},
          {"type", "description", "files"})};
}

}  // namespace

void Customers::put(const std::string& id, const json::object& description) {
  Customer customer;
  customer.type = text(description, "type", "BUSINESS");
  customer.version = text(description, "version");
  if (const std::string status = text(description, "customer_status"); !status.empty()) {
    customer.status = status;
  }
  customer.tree = required_list(description, "request_for_information", "body");
  read_tree(customer);
  customer.created_at = iso_time(now());
  customer.updated_at = customer.created_at;
  customers_.insert_or_assign(lower(id), std::move(customer));
}

void Customers::read_tree(Customer& customer) {
  for (std::size_t e = 0; e < customer.tree.size(); ++e) {
    const std::string where = "request_for_information[" + std::to_string(e) + "]";
    const json::object& element = required_object(customer.tree[e], where);
    RequestedField field;
    field.party = lower(text(element, "associated_party_id"));
    field.section = required_text(element, "section", where);
    const json::array& categories = required_list(element, "categories", where);
    for (std::size_t c = 0; c < categories.size(); ++c) {
      const std::string category_where = where + ".categories[" + std::to_string(c) + "]";
      const json::object& category = required_object(categories[c], category_where);
      field.document_type = required_text(category, "document_type", category_where);
      const json::array& fields = required_list(category, "fields", category_where);
      for (std::size_t f = 0; f < fields.size(); ++f) {
        const std::string field_where = category_where + ".fields[" + std::to_string(f) + "]";
        const json::object& leaf = required_object(fields[f], field_where);
        field.field = required_text(leaf, "field_name", field_where);
        field.side = text(leaf, "side");
        customer.open.push_back(field);
        customer.leaves.push_back({.element = e, .category = c, .field = f});
      }
    }
  }
}

json::array Customers::open_tree(const Customer& customer) {
  json::array result;
  std::optional<std::size_t> element;
  std::optional<std::size_t> category;
  for (const Leaf& leaf : customer.leaves) {  // in the order of the tree
    const json::object& source = customer.tree[leaf.element].get_object();
    const json::object& source_category =
        source.at("categories").get_array()[leaf.category].get_object();
    if (element != leaf.element) {
      element = leaf.element;
      category.reset();
      json::object copy = source;
      copy["categories"] = json::array{};
      result.push_back(std::move(copy));
    }
    json::array& categories = result.back().get_object().at("categories").get_array();
    if (category != leaf.category) {
      category = leaf.category;
      json::object copy = source_category;
      copy["fields"] = json::array{};
      categories.push_back(std::move(copy));
    }
    categories.back().get_object().at("fields").get_array().push_back(
        source_category.at("fields").get_array()[leaf.field]);
  }
  return result;
}

std::optional<json::object> Customers::view(const std::string& id, std::string_view version) const {
  const auto found = customers_.find(id);
  if (found == customers_.end()) {
    if (unknown_ == UnknownCustomers::refused) {
      return std::nullopt;
    }
    return json::object{{"customer_id", id},
                        {"customer_status", "ACTION_REQUIRED"},
                        {"request_for_information", wide_choice()}};
  }
  const Customer& customer = found->second;
  if (!customer.version.empty() && customer.version != version) {
    return std::nullopt;
  }
  const std::string_view usual = customer.open.empty() ? "PROCESSING" : "ACTION_REQUIRED";
  return json::object{{"customer_id", id},
                      {"type", customer.type},
                      {"customer_status", customer.status.value_or(std::string{usual})},
                      {"created_at", customer.created_at},
                      {"updated_at", customer.updated_at},
                      {"request_for_information", open_tree(customer)}};
}

std::optional<json::object> Customers::account(const std::string& id) const {
  const auto found = customers_.find(lower(id));
  if (found == customers_.end()) {
    return std::nullopt;
  }
  return json::object{{"accepted", found->second.accepted},
                      {"refused", found->second.refused},
                      {"open_fields", found->second.open.size()},
                      {"request_for_information", open_tree(found->second)}};
}

PatchResult Customers::patch(const std::string& id, const json::value& body) {
  using enum PatchResult::Verdict;
  auto found = customers_.find(id);
  if (found == customers_.end()) {
    if (unknown_ == UnknownCustomers::refused) {
      return {.verdict = unknown_customer, .refused = {}};
    }
    found = customers_.try_emplace(id).first;
    found->second.takes_anything = true;
    found->second.created_at = iso_time(now());
  }
  Customer& customer = found->second;
  if (!customer.takes_anything) {
    BodyCheck check = check_body(body, customer.open);
    if (!check.refused.empty()) {
      ++customer.refused;
      return {.verdict = refused, .refused = std::move(check.refused)};
    }
    const std::set<std::size_t> answered{check.answered.begin(), check.answered.end()};
    for (const std::size_t position : std::views::reverse(answered)) {
      const auto offset = static_cast<std::ptrdiff_t>(position);
      customer.open.erase(customer.open.begin() + offset);
      customer.leaves.erase(customer.leaves.begin() + offset);
    }
  }
  ++customer.accepted;
  customer.updated_at = iso_time(now());
  return {.verdict = accepted, .refused = {}};
}

}  // namespace rfi::sandbox
