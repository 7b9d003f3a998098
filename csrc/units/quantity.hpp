// Strong integer types for the numbers an exchange handles.
//
// Every price, quantity, amount of money and time in layers 0-3 is an int64 with a unit in its
// type, so that ticks cannot be added to lots. A value is added to and compared with its own kind
// only; multiplication goes through `arithmetic.hpp`, where each product is 128 bits wide and each
// division names its rounding. The types are trivially copyable and cost nothing at run time.
#pragma once

#include <compare>
#include <cstdint>

namespace delever {
inline namespace v1 {

template <class Tag>
struct Quantity {
  std::int64_t value = 0;

  constexpr Quantity() = default;
  constexpr explicit Quantity(std::int64_t initial) : value(initial) {}

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity{a.value + b.value};
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity{a.value - b.value};
  }
  constexpr Quantity operator-() const { return Quantity{-value}; }
  constexpr Quantity& operator+=(Quantity other) {
    value += other.value;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value -= other.value;
    return *this;
  }
};

/// A price, in ticks of its instrument.
using PriceTicks = Quantity<struct PriceTag>;
/// A quantity, in lots of its instrument; signed where it is a position (long > 0).
using QtyLots = Quantity<struct QtyTag>;
/// Money, in atoms of its currency (1e-8 of USDT).
using Money = Quantity<struct MoneyTag>;
/// A point in time or a duration, in nanoseconds (UTC since 1970 for points).
using TimeNs = Quantity<struct TimeTag>;

template <class Tag>
constexpr Quantity<Tag> absolute(Quantity<Tag> quantity) {
  return quantity.value < 0 ? -quantity : quantity;
}

/// -1, 0 or +1.
template <class Tag>
constexpr int sign(Quantity<Tag> quantity) {
  return (quantity.value > 0) - (quantity.value < 0);
}

}  // namespace v1
}  // namespace delever
