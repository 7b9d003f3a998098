#include "market/impact_price.hpp"

#include <algorithm>

#include "market/matching.hpp"
#include "units/wide.hpp"

namespace delever {
inline namespace v1 {

namespace {

constexpr std::int64_t value_most = std::int64_t{1} << 61;

/// The mean price of the last `left` atoms at `price`, behind `lots` that took the rest of `value`.
Int128 mean_price_e6(const InstrumentSpec& spec, std::int64_t value, std::int64_t lots,
                     std::int64_t left, std::int64_t price) {
  const Int128 price_e6 = static_cast<Int128>(price) * tick_e6;
  if (spec.is_inverse()) {
    const Int128 traded =
        static_cast<Int128>(spec.atom_ticks_per_lot) * lots + static_cast<Int128>(left) * price;
    return wide_mul_div(traded, tick_e6, value, Rounding::Floor);
  }
  const Int128 at_last = spec.value_of(PriceTicks{price}, QtyLots{lots}).value;
  return wide_mul_div(value, price_e6, at_last + left, Rounding::Floor);
}

std::optional<Int128> walked_price_e6(const InstrumentSpec& spec, const OrderBook& book, Side side,
                                      std::int64_t value) {
  std::int64_t left = value;
  std::int64_t lots = 0;
  for (std::int64_t price = best_priced(book, side); price >= 0;
       price = book.next_price(side, price)) {
    if (book.is_unpriced(price)) continue;
    const std::int64_t shown =
        std::min(book.level(side, price)->open_lots, spec.position_lots_max - lots);
    const std::int64_t worth = spec.value_of(PriceTicks{price}, QtyLots{shown}).value;
    if (worth >= left) return mean_price_e6(spec, value, lots, left, price);
    left -= worth;
    lots += shown;
    if (lots >= spec.position_lots_max) break;  // nobody trades more at once
  }
  return std::nullopt;
}

}  // namespace

Money impact_value(const PriceRules& rules, const InstrumentSpec& spec) {
  const std::int64_t times =
      rules.impact_of == ImpactOf::Margin ? spec.tiers.front().leverage_max : 1;
  const Int128 value = static_cast<Int128>(rules.impact_atoms) * times;
  return Money{static_cast<std::int64_t>(std::min<Int128>(value, value_most))};
}

std::optional<Int128> impact_price_e6(const PriceRules& rules, const InstrumentSpec& spec,
                                      const OrderBook& book, Side side) {
  const std::int64_t best = best_priced(book, side);
  if (best < 0) return std::nullopt;
  const std::int64_t value = impact_value(rules, spec).value;
  const Int128 touch_e6 = static_cast<Int128>(best) * tick_e6;
  if (value == 0) return touch_e6;
  const std::optional<Int128> walked = walked_price_e6(spec, book, side, value);
  if (rules.impact_bound_ppm == 0) return walked;
  const int way = side == Side::Buy ? -1 : 1;
  const Int128 bound = static_cast<Int128>(best) * (ppm_scale + way * rules.impact_bound_ppm);
  if (!walked) return bound;
  return side == Side::Buy ? std::max(*walked, bound) : std::min(*walked, bound);
}

}  // namespace v1
}  // namespace delever
