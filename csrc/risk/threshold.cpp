#include "risk/threshold.hpp"

#include <algorithm>
#include <span>

#include "risk/certificate.hpp"

namespace delever {
inline namespace v1 {
namespace {

// Solves equity = maintenance within one tier, to within a few ticks; the caller verifies.
std::int64_t estimate_threshold(const InstrumentSpec& spec, const Position& position,
                                const MarginTier& tier) {
  const std::int64_t lots = absolute(position.qty).value;
  const bool value_rises = (position.qty.value > 0) != spec.is_inverse();
  const std::int64_t fixed = (position.margin - position.cost + tier.deduction).value;
  std::int64_t rate_ppm = tier.maintenance_ppm + spec.maintenance_fee_ppm;
  if (spec.maintenance_slope_e12 != 0 && !spec.is_inverse())
    rate_ppm += mul_div(lots, spec.maintenance_slope_e12, ppm_scale, Round::Floor);
  const std::int64_t scale = value_rises ? ppm_scale - rate_ppm : ppm_scale + rate_ppm;
  const std::int64_t target = value_rises ? -fixed : fixed;
  if (!spec.is_inverse()) [[likely]] {
    const std::int64_t per_tick = lots * spec.atoms_per_tick_lot;
    return mul_div(target / per_tick, ppm_scale, scale, Round::Floor);
  }
  const std::int64_t value = mul_div(target, ppm_scale, scale, Round::Floor);
  if (value <= 0) return spec.price_ticks_max;
  const Int128 ticks = static_cast<Int128>(lots) * spec.atom_ticks_per_lot / value;
  return static_cast<std::int64_t>(std::min<Int128>(ticks, spec.price_ticks_max));
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
constexpr int tiers_tried = 3;

// The threshold of a position whose surplus is exactly monotone in the mark.
std::int64_t monotone_threshold(const InstrumentSpec& spec, const Position& position,
                                bool at_equality) {
  const bool is_long = position.qty.value > 0;
  const Bracket bracket{spec, position, at_equality, is_long ? 1 : -1};
  const std::int64_t low = spec.price_ticks_min;
  const std::int64_t high = spec.price_ticks_max;
  const MarginTier* tier = &spec.tier_of(absolute(position.cost));
  for (int attempt = 0; attempt < tiers_tried; ++attempt) {
    const std::int64_t guess = estimate_threshold(spec, position, *tier);
    if (guess <= low || guess >= high) break;
    const MarginTier* there = &spec.tier_of(notional_of(spec, position.qty, PriceTicks{guess}));
    if (there != tier && attempt + 1 < tiers_tried) {
      tier = there;
      continue;
    }
    for (std::int64_t offset = 0; offset <= nearby_ticks; ++offset) {
      for (const std::int64_t tick : {guess + offset, guess - offset}) {
        if (tick <= low || tick >= high) continue;
        if (bracket.is_last_breached(tick)) return tick;
      }
    }
    break;
  }
  if (!bracket.breached(is_long ? low : high)) return never_ticks;
  if (bracket.breached(is_long ? high : low)) return is_long ? high : low;
  return bracket.search(low, high);
}

// Whether two roundings, or steps, keep the surplus from being exactly monotone.
bool wavers(const InstrumentSpec& spec, QtyLots qty) {
  const bool gains_with_notional = (qty.value > 0) != spec.is_inverse();
  if (!gains_with_notional) return false;
  return spec.is_inverse() || spec.maintenance_fee_ppm != 0 || spec.tier_rule == TierRule::Step;
}

// The ticks on which the position is safe, around one at which it is.
SafeRun run_around(const InstrumentSpec& spec, const Position& position, PriceTicks safe,
                   bool at_equality) {
  const Int128 least = Int128{position.cost.value} - position.margin.value + (at_equality ? 1 : 0);
  return run_above(spec, std::span(&position.qty, 1), safe, least, RunEnds::Exact);
}

// The first tick beyond the run towards the losing side.
std::int64_t losing_tick(const InstrumentSpec& spec, const Position& position, PriceTicks from,
                         bool at_equality) {
  if (is_breached(spec, position, from, at_equality)) return from.value;
  const SafeRun run = run_around(spec, position, from, at_equality);
  if (position.qty.value > 0) return run.low > spec.price_ticks_min ? run.low - 1 : never_ticks;
  return run.high < spec.price_ticks_max ? run.high + 1 : never_ticks;
}

}  // namespace

std::int64_t liquidation_threshold(const InstrumentSpec& spec, const Position& position,
                                   PriceTicks mark, bool at_equality) {
  if (position.qty.value == 0) return never_ticks;
  if (!wavers(spec, position.qty)) [[likely]]
    return monotone_threshold(spec, position, at_equality);
  const bool is_long = position.qty.value > 0;
  const PriceTicks safest{is_long ? spec.price_ticks_max : spec.price_ticks_min};
  const bool from_mark = mark.value != 0 && is_two_sided(spec, position.qty);
  return losing_tick(spec, position, from_mark ? mark : safest, at_equality);
}

GuardTicks guard_ticks(const InstrumentSpec& spec, const Position& position, PriceTicks mark,
                       bool at_equality) {
  if (position.qty.value == 0) return {};
  if (!is_two_sided(spec, position.qty)) [[likely]] {
    const std::int64_t tick = liquidation_threshold(spec, position, mark, at_equality);
    return position.qty.value > 0 ? GuardTicks{tick, never_ticks} : GuardTicks{never_ticks, tick};
  }
  if (mark.value == 0 || is_breached(spec, position, mark, at_equality))
    return {spec.price_ticks_max, never_ticks};
  const SafeRun run = run_around(spec, position, mark, at_equality);
  return {run.low > spec.price_ticks_min ? run.low - 1 : never_ticks,
          run.high < spec.price_ticks_max ? run.high + 1 : never_ticks};
}

}  // namespace v1
}  // namespace delever
