// The provider behind the API: customers, what is still open for each, and how it takes a PATCH. No
// faults here; those are on the way to it (faults.hpp).
#pragma once

#include "simulation/items.hpp"
#include "simulation/virtual_timer.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rfi::simulation {

class Provider {
 public:
  enum class Temper { open, unknown, forbidden };

  struct Answer {
    unsigned status = 0;
    std::string body;
    bool landed = false;
    std::optional<Items> shown;  ///< what a look shows as open
  };

  /// `review`: how long an answered item stays open.
  Provider(const VirtualTime& time, std::chrono::milliseconds review)
      : time_(time), review_(review) {}

  void add_customer(const std::string& customer_id, Temper temper);
  /// Compliance asks for something.
  void ask(const std::string& customer_id, const Items& items);
  /// It does not want an item any more.
  void withdraw(const std::string& customer_id, const Item& item);
  /// Whatever answers this item is refused for its value.
  void dislike(const std::string& customer_id, const Item& item);

  [[nodiscard]] Answer receive(std::string_view customer_id, std::string_view body);
  [[nodiscard]] Answer show(std::string_view customer_id) const;
  [[nodiscard]] Items open_items(std::string_view customer_id) const;

 private:
  struct Asked {
    std::optional<SteadyTime> closes_at;
    bool disliked = false;
  };

  struct Customer {
    Temper temper = Temper::open;
    std::map<Item, Asked> items;
  };

  [[nodiscard]] const Customer& customer(std::string_view customer_id) const;
  [[nodiscard]] static std::optional<Answer> turned_away(const Customer& customer);
  [[nodiscard]] Items open_of(const Customer& customer) const;

  const VirtualTime& time_;
  std::chrono::milliseconds review_;
  std::map<std::string, Customer, std::less<>> customers_;
};

}  // namespace rfi::simulation
