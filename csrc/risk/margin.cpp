#include "risk/margin.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

Money notional_of(const InstrumentSpec& spec, QtyLots qty, PriceTicks price) {
  return spec.value_of(price, absolute(qty));
}

Money maintenance_of(const InstrumentSpec& spec, Money notional) {
  const MarginTier& tier = spec.tier_of(notional);
  const Money gross = share_ppm(notional, tier.maintenance_ppm, Round::Ceil);
  return std::max(Money{0}, gross - tier.deduction);
}

Money equity_of(const InstrumentSpec& spec, const Position& position, PriceTicks mark) {
  const std::int64_t value = position.qty.value * mark.value * spec.atoms_per_tick_lot;
  return position.margin + Money{value} - position.cost;
}

bool is_breached(const InstrumentSpec& spec, const Position& position, PriceTicks mark,
                 bool at_equality) {
  const Money equity = equity_of(spec, position, mark);
  const Money maintenance = maintenance_of(spec, notional_of(spec, position.qty, mark));
  return at_equality ? equity <= maintenance : equity < maintenance;
}

namespace {

// Solves equity = maintenance within one tier, to within a few ticks; the caller verifies.
std::int64_t estimate_threshold(const InstrumentSpec& spec, const Position& position,
                                const MarginTier& tier) {
  const std::int64_t lots = absolute(position.qty).value;
  const std::int64_t per_tick = lots * spec.atoms_per_tick_lot;
  const bool is_long = position.qty.value > 0;
  const std::int64_t fixed = (position.margin - position.cost + tier.deduction).value;
  const std::int64_t scale =
      is_long ? ppm_scale - tier.maintenance_ppm : ppm_scale + tier.maintenance_ppm;
  const std::int64_t target = is_long ? -fixed : fixed;
  return mul_div(target / per_tick, ppm_scale, scale, Round::Floor);
}

struct Bracket {
  const InstrumentSpec& spec;
  const Position& position;
  bool at_equality;
  std::int64_t towards_safety;  // +1 for a long, -1 for a short

  bool breached(std::int64_t tick) const {
    return is_breached(spec, position, PriceTicks{tick}, at_equality);
  }
  bool is_last_breached(std::int64_t tick) const {
    return breached(tick) && !breached(tick + towards_safety);
  }

  // The last breached tick in [low, high], given that the losing end is breached.
  std::int64_t search(std::int64_t low, std::int64_t high) const {
    while (low < high) {
      const bool is_long = towards_safety > 0;
      const std::int64_t middle = low + (high - low + (is_long ? 1 : 0)) / 2;
      const bool hit = breached(middle);
      if (is_long) {
        (hit ? low : high) = hit ? middle : middle - 1;
      } else {
        (hit ? high : low) = hit ? middle : middle + 1;
      }
    }
    return low;
  }
};

constexpr int nearby_ticks = 4;

}  // namespace

std::int64_t liquidation_threshold(const InstrumentSpec& spec, const Position& position,
                                   bool at_equality) {
  if (position.qty.value == 0) return never_ticks;
  const bool is_long = position.qty.value > 0;
  const Bracket bracket{spec, position, at_equality, is_long ? 1 : -1};
  const std::int64_t low = 1;
  const std::int64_t high = spec.price_ticks_max;
  if (!bracket.breached(is_long ? low : high)) return never_ticks;
  if (bracket.breached(is_long ? high : low)) return is_long ? high : low;
  const MarginTier* tier = &spec.tier_of(absolute(position.cost));
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::int64_t guess =
        std::clamp(estimate_threshold(spec, position, *tier), low + 1, high - 1);
    for (std::int64_t offset = 0; offset <= nearby_ticks; ++offset) {
      for (const std::int64_t tick : {guess + offset, guess - offset}) {
        if (tick <= low || tick >= high) continue;
        if (bracket.is_last_breached(tick)) return tick;
      }
    }
    const MarginTier* there = &spec.tier_of(notional_of(spec, position.qty, PriceTicks{guess}));
    if (there == tier) break;
    tier = there;
  }
  return bracket.search(low, high);
}

PriceTicks bankruptcy_price(const InstrumentSpec& spec, const Position& position) {
  const std::int64_t value = (position.cost - position.margin).value;
  const std::int64_t per_tick = absolute(position.qty).value * spec.atoms_per_tick_lot;
  const bool is_long = position.qty.value > 0;
  const Int128 ticks = is_long ? divide(value, per_tick, Round::Ceil)
                               : divide(-static_cast<Int128>(value), per_tick, Round::Floor);
  const Int128 clamped = std::clamp<Int128>(ticks, 1, spec.price_ticks_max);
  return PriceTicks{static_cast<std::int64_t>(clamped)};
}

Money initial_margin(Money value, std::int64_t leverage) {
  const std::int64_t quotient = value.value / leverage;
  return Money{quotient + (quotient * leverage < value.value ? 1 : 0)};
}

Money order_reserve(const InstrumentSpec& spec, PriceTicks price, QtyLots qty,
                    std::int64_t leverage) {
  if (qty.value == 0) return Money{0};
  const Money value = spec.value_of(price, qty);
  const std::int64_t fee_ppm = std::max<std::int64_t>({spec.maker_fee_ppm, spec.taker_fee_ppm, 0});
  return initial_margin(value, leverage) + share_ppm(value, fee_ppm, Round::Ceil);
}

Money order_need(const InstrumentSpec& spec, PriceTicks price, QtyLots qty, std::int64_t leverage,
                 int direction, PriceTicks mark) {
  const Money reserve = order_reserve(spec, price, qty, leverage);
  const std::int64_t against = direction * (price - mark).value;
  if (mark.value == 0 || against <= 0) return reserve;
  return reserve + spec.value_of(PriceTicks{against}, qty);
}

}  // namespace v1
}  // namespace delever
