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

}  // namespace

std::int64_t maintenance_rate_e12(const InstrumentSpec& spec, QtyLots qty, Money notional) {
  const Int128 flat = static_cast<Int128>(spec.tier_of(notional).maintenance_ppm) * ppm_scale;
  const Int128 slope = slope_rate_e12(spec, spec.maintenance_slope_e12, absolute(qty), notional);
  return static_cast<std::int64_t>(flat + slope);
}

Money maintenance_of(const InstrumentSpec& spec, QtyLots qty, Money notional) {
  Money maintenance;
  if (spec.tier_rule == TierRule::SizeLinear) [[unlikely]] {
    maintenance = share_e12(notional, maintenance_rate_e12(spec, qty, notional));
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

}  // namespace

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
