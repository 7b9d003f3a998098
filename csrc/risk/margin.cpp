#include "risk/margin.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {
namespace {

// What a slope adds to a rate for a position of this size, in 1e-12.
Int128 slope_rate_e12(const InstrumentSpec& spec, std::int64_t slope_e12, QtyLots lots,
                      Money notional) {
  if (!spec.is_inverse()) return static_cast<Int128>(lots.value) * slope_e12;
  return static_cast<Int128>(notional.value) * slope_e12 / rate_e8_scale;
}

Money share_e12(Money notional, Int128 rate_e12) {
  return Money{static_cast<std::int64_t>(
      divide(static_cast<Int128>(notional.value) * rate_e12, rate_e12_scale, Round::Ceil))};
}

Money size_linear_maintenance(const InstrumentSpec& spec, QtyLots qty, Money notional) {
  const Int128 slope = slope_rate_e12(spec, spec.maintenance_slope_e12, absolute(qty), notional);
  return share_e12(notional,
                   static_cast<Int128>(spec.tiers[0].maintenance_ppm) * ppm_scale + slope);
}

}  // namespace

Money maintenance_of(const InstrumentSpec& spec, QtyLots qty, Money notional) {
  Money maintenance;
  if (spec.tier_rule == TierRule::SizeLinear) [[unlikely]] {
    maintenance = size_linear_maintenance(spec, qty, notional);
  } else {
    const MarginTier& tier = spec.tier_of(notional);
    const Money gross = share_ppm(notional, tier.maintenance_ppm, Round::Ceil);
    maintenance = std::max(Money{0}, gross - tier.deduction);
  }
  if (spec.maintenance_fee_ppm != 0)
    maintenance += share_ppm(notional, spec.maintenance_fee_ppm, Round::Ceil);
  return maintenance;
}

Money maintenance_of(const InstrumentSpec& spec, QtyLots qty, PriceTicks price) {
  return maintenance_of(spec, qty, notional_of(spec, qty, price));
}

Money unrealised_of(const InstrumentSpec& spec, QtyLots qty, Money cost, PriceTicks mark) {
  return mark.value == 0 ? Money{0} : spec.signed_value(qty, mark) - cost;
}

Money exposure_of(const InstrumentSpec& spec, QtyLots qty, Money cost, PriceTicks mark) {
  return mark.value == 0 ? absolute(cost) : notional_of(spec, qty, mark);
}

Money equity_of(const InstrumentSpec& spec, const Position& position, PriceTicks mark) {
  return position.margin + spec.signed_value(position.qty, mark) - position.cost;
}

bool is_breached(const InstrumentSpec& spec, const Position& position, PriceTicks mark,
                 bool at_equality) {
  const Money equity = equity_of(spec, position, mark);
  const Money maintenance = maintenance_of(spec, position.qty, mark);
  return at_equality ? equity <= maintenance : equity < maintenance;
}

namespace {

std::int64_t narrowed(Int128 ticks, const InstrumentSpec& spec) {
  return static_cast<std::int64_t>(
      std::clamp<Int128>(ticks, spec.price_ticks_min, spec.price_ticks_max));
}

// Solves equity = maintenance within one tier, to within a few ticks; the caller verifies.
std::int64_t estimate_threshold(const InstrumentSpec& spec, const Position& position,
                                const MarginTier& tier) {
  const std::int64_t lots = absolute(position.qty).value;
  const bool value_rises = (position.qty.value > 0) != spec.is_inverse();
  const std::int64_t fixed = (position.margin - position.cost + tier.deduction).value;
  const std::int64_t rate_ppm = tier.maintenance_ppm + spec.maintenance_fee_ppm;
  const std::int64_t scale = value_rises ? ppm_scale - rate_ppm : ppm_scale + rate_ppm;
  const std::int64_t target = value_rises ? -fixed : fixed;
  if (!spec.is_inverse()) [[likely]] {
    const std::int64_t per_tick = lots * spec.atoms_per_tick_lot;
    return mul_div(target / per_tick, ppm_scale, scale, Round::Floor);
  }
  const std::int64_t value = mul_div(target, ppm_scale, scale, Round::Floor);
  if (value <= 0) return spec.price_ticks_max;
  return narrowed(static_cast<Int128>(lots) * spec.atom_ticks_per_lot / value, spec);
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
  const std::int64_t low = spec.price_ticks_min;
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

PriceTicks bankruptcy_price(const InstrumentSpec& spec, QtyLots qty, Int128 least_value) {
  const std::int64_t lots = absolute(qty).value;
  const bool is_long = qty.value > 0;
  const Round round = is_long ? Round::Ceil : Round::Floor;
  // The size of the value at that price; of a long it is the value of a linear, of a short of an
  // inverse contract.
  const Int128 size = is_long != spec.is_inverse() ? least_value : -least_value;
  if (!spec.is_inverse()) [[likely]] {
    const Int128 per_tick = static_cast<Int128>(lots) * spec.atoms_per_tick_lot;
    return PriceTicks{narrowed(divide(size, per_tick, round), spec)};
  }
  if (size <= 0) return PriceTicks{spec.price_ticks_max};
  const Int128 product = static_cast<Int128>(lots) * spec.atom_ticks_per_lot;
  return PriceTicks{narrowed(divide(product, size, round), spec)};
}

PriceTicks bankruptcy_price(const InstrumentSpec& spec, const Position& position) {
  return bankruptcy_price(spec, position.qty, (position.cost - position.margin).value);
}

Money initial_margin(Money value, std::int64_t leverage) {
  const std::int64_t quotient = value.value / leverage;
  return Money{quotient + (quotient * leverage < value.value ? 1 : 0)};
}

Money initial_margin(Money value, std::int64_t leverage, std::int64_t rate_e12) {
  const Money by_leverage = initial_margin(value, leverage);
  return rate_e12 == 0 ? by_leverage : std::max(by_leverage, share_e12(value, rate_e12));
}

std::int64_t initial_rate_e12(const InstrumentSpec& spec, QtyLots lots, Money notional,
                              Money open_interest) {
  std::int64_t rate_ppm = spec.tier_of(notional).initial_ppm;
  if (spec.scales_open_interest() && open_interest > spec.open_interest_lower) {
    const Money span = spec.open_interest_upper - spec.open_interest_lower;
    const Money above = std::min(open_interest - spec.open_interest_lower, span);
    rate_ppm += mul_div(ppm_scale - rate_ppm, above.value, span.value, Round::Floor);
  }
  const Int128 slope = slope_rate_e12(spec, spec.initial_slope_e12, lots, notional);
  return static_cast<std::int64_t>(
      std::min<Int128>(static_cast<Int128>(rate_ppm) * ppm_scale + slope, rate_e12_scale));
}

Money initial_margin(const InstrumentSpec& spec, QtyLots qty, Money value, std::int64_t leverage,
                     Money open_interest) {
  if (!spec.has_initial_rate()) [[likely]]
    return initial_margin(value, leverage);
  return initial_margin(value, leverage,
                        initial_rate_e12(spec, absolute(qty), value, open_interest));
}

Money order_reserve(const InstrumentSpec& spec, PriceTicks price, QtyLots qty,
                    std::int64_t leverage) {
  if (qty.value == 0) return Money{0};
  const Money value = spec.value_of(price, qty);
  const std::int64_t fee_ppm = std::max<std::int64_t>({spec.maker_fee_ppm, spec.taker_fee_ppm, 0});
  return initial_margin(spec, qty, value, leverage) + share_ppm(value, fee_ppm, Round::Ceil);
}

Money order_need(const InstrumentSpec& spec, PriceTicks price, QtyLots qty, std::int64_t leverage,
                 int direction, PriceTicks mark, Money open_interest) {
  Money need = order_reserve(spec, price, qty, leverage);
  if (open_interest > spec.open_interest_lower && spec.scales_open_interest()) [[unlikely]] {
    const Money value = spec.value_of(price, qty);
    need += initial_margin(spec, qty, value, leverage, open_interest) -
            initial_margin(spec, qty, value, leverage);
  }
  if (mark.value == 0) return need;
  if (!spec.is_inverse()) [[likely]] {
    const std::int64_t against = direction * (price - mark).value;
    return against <= 0 ? need : need + spec.value_of(PriceTicks{against}, qty);
  }
  const QtyLots change{direction * qty.value};
  const Money cost = spec.cost_of(change, spec.value_of(price, qty));
  return need + std::max(Money{0}, cost - spec.signed_value(change, mark));
}

}  // namespace v1
}  // namespace delever
