// The customers of the sandbox and the RFIs that are open for them.
#pragma once

#include "sandbox/body_check.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace rfi::sandbox {

enum class UnknownCustomers { refused, accepted };

/// What became of a PATCH.
struct PatchResult {
  enum class Verdict { unknown_customer, refused, accepted };
  Verdict verdict = Verdict::accepted;
  std::map<std::string, std::string> refused;  // path -> why
};

class Customers {
 public:
  /// With `accepted`, a customer nobody described takes whatever it is sent, and asks for a wide
  /// choice of documents until then.
  explicit Customers(UnknownCustomers unknown) : unknown_(unknown) {}

  /// Replaces a customer by `{"request_for_information": [...], "type"?, "customer_status"?,
  /// "version"?}`; `version` "v1" or "v2" limits where it can be read. Errors: throws
  /// std::invalid_argument that says what is wrong and where.
  void put(const std::string& id, const boost::json::object& description);

  void clear() { customers_.clear(); }

  /// `data` of GET /v1/customers/{id} or /v2/customers/{id}; nullopt for a customer that is not
  /// known there.
  [[nodiscard]] std::optional<boost::json::object> view(const std::string& id,
                                                        std::string_view version) const;

  /// How often it was patched, with and without success, and what is open: for tests.
  [[nodiscard]] std::optional<boost::json::object> account(const std::string& id) const;

  /// Judges a PATCH and, if it is good, closes the fields that it answers.
  [[nodiscard]] PatchResult patch(const std::string& id, const boost::json::value& body);

 private:
  struct Leaf {  // where a field stands in the tree
    std::size_t element = 0;
    std::size_t category = 0;
    std::size_t field = 0;
  };
  struct Customer {
    std::string type;
    std::optional<std::string> status;
    std::string version;
    boost::json::array tree;
    std::vector<RequestedField> open;
    std::vector<Leaf> leaves;  // beside `open`
    bool takes_anything = false;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::string created_at;
    std::string updated_at;
  };

  static void read_tree(Customer& customer);
  [[nodiscard]] static boost::json::array open_tree(const Customer& customer);

  UnknownCustomers unknown_;
  std::unordered_map<std::string, Customer> customers_;
};

}  // namespace rfi::sandbox
