// What a log line may carry. A Field only looks at its value: it lives as long as the call it
// stands in.
#pragma once

#include "rfi/platform/clock.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace rfi::platform {

struct Field;

/// Fields that belong together: an object in JSON, `name.inner=` in text.
struct Group {
  Group(std::initializer_list<Field> members);
  // Defined where Field is complete.
  Group(const Group& other);
  Group& operator=(const Group& other);
  Group(Group&& other) noexcept;
  Group& operator=(Group&& other) noexcept;
  ~Group();

  std::vector<Field> fields;  ///< a copy: a group may be named before the line is written
};

using FieldValue = std::variant<std::monostate,
                                bool,
                                std::int64_t,
                                std::uint64_t,
                                double,
                                UtcTime,
                                std::string_view,
                                std::span<const std::string>,
                                Group>;

namespace field_detail {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsDuration : std::false_type {};
template <class Rep, class Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {};

template <class T>
concept Plain =
    std::is_arithmetic_v<T> || std::convertible_to<const T&, std::string_view> ||
    std::same_as<T, std::vector<std::string>> || std::same_as<T, std::span<const std::string>> ||
    std::same_as<T, Group> || std::same_as<T, UtcTime> || IsDuration<T>::value;

template <class T>
FieldValue value_of(const T& value) {
  if constexpr (IsOptional<T>::value) {
    return value ? value_of(*value) : FieldValue{};
  } else if constexpr (std::same_as<T, bool> || std::same_as<T, Group> ||
                       std::same_as<T, UtcTime>) {
    return value;
  } else if constexpr (std::floating_point<T>) {
    return static_cast<double>(value);
  } else if constexpr (std::signed_integral<T>) {
    return std::int64_t{value};
  } else if constexpr (std::unsigned_integral<T>) {
    return std::uint64_t{value};
  } else if constexpr (IsDuration<T>::value) {
    return std::int64_t{std::chrono::round<std::chrono::milliseconds>(value).count()};
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    return std::string_view{value};
  } else {
    return std::span<const std::string>{value};
  }
}

}  // namespace field_detail

/// What may stand in a line: numbers, bool, text, lists of text, times, durations (as whole
/// milliseconds), groups and an optional of these (nothing: the field is left out). Anything else
/// does not compile, a Secret above all.
template <class T>
concept Loggable =
    field_detail::Plain<T> || (field_detail::IsOptional<T>::value && requires(T value) {
      requires field_detail::Plain<std::remove_cvref_t<decltype(*value)>>;
    });

struct Field {
  template <Loggable T>
  Field(std::string_view field_name, const T& field_value)
      : name(field_name), value(field_detail::value_of(field_value)) {}

  std::string_view name;
  FieldValue value;
};

}  // namespace rfi::platform
