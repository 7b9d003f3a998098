#include "risk/liquidation_procedure.hpp"

#include <algorithm>

#include "units/wide.hpp"

namespace delever {
inline namespace v1 {

namespace {

struct Bound {
  const char* field;
  std::int64_t value;
  std::int64_t least;
  std::int64_t most;
};

constexpr std::int64_t any = std::int64_t{1} << 62;

// The least lots without which the position lies in `tier` or below.
std::int64_t lots_to_tier(const InstrumentSpec& spec, std::int64_t lots, PriceTicks mark,
                          std::size_t tier) {
  return least_healing_lots(lots, [&](std::int64_t sold) {
    return tier_index(spec, spec.value_of(mark, QtyLots{lots - sold})) <= tier;
  });
}

}  // namespace

std::string LiquidationProcedure::validate() const {
  const Bound bounds[] = {
      {"step_interval_ns", step_interval.value, 1, any},
      {"fraction_ppm", fraction_ppm, 1, ppm_scale},
      {"fraction_above_atoms", fraction_above.value, 0, any},
      {"clip_atoms", clip.value, 1, any},
      {"clip_lots", clip_lots, 0, any},
      {"step_tiers_from", step_tiers_from, 0, 1'000},
      {"vault_ppm", vault_ppm, 0, ppm_scale},
      {"bankruptcy_adjustment_ppm", bankruptcy_adjustment_ppm, 0, 10 * ppm_scale},
      {"spread_to_maintenance_ppm", spread_to_maintenance_ppm, 0, 10 * ppm_scale},
      {"mark_beyond_ppm", mark_beyond_ppm, 0, ppm_scale},
      {"fund_fall_ppm", fund_fall_ppm, 0, ppm_scale},
      {"fund_window_ns", fund_window.value, 1, any},
      {"ranking_seed", ranking_seed, 0, INT64_MAX},
  };
  for (const Bound& one : bounds)
    if (one.value < one.least || one.value > one.most)
      return std::string("rulebook.") + one.field + " is " + std::to_string(one.value) + "; give " +
             std::to_string(one.least) + " .. " + std::to_string(one.most);
  return {};
}

std::size_t tier_index(const InstrumentSpec& spec, Money notional) {
  return static_cast<std::size_t>(&spec.tier_of(notional) - spec.tiers.data());
}

StepSize step_size(const LiquidationProcedure& procedure, const InstrumentSpec& spec, QtyLots qty,
                   PriceTicks mark, bool is_first) {
  const std::int64_t lots = absolute(qty).value;
  const Money notional = spec.value_of(mark, QtyLots{lots});
  switch (procedure.reduce) {
    case Reduce::Fraction:
      if (!is_first || notional <= procedure.fraction_above) break;
      return {mul_div(lots, procedure.fraction_ppm, ppm_scale, Round::Ceil)};
    case Reduce::Clip: {
      if (procedure.clip_lots != 0) return {std::min(lots, procedure.clip_lots)};
      const std::int64_t per_lot = spec.value_of(mark, QtyLots{1}).value;
      return {std::clamp<std::int64_t>(procedure.clip.value / per_lot, 1, lots)};
    }
    case Reduce::NextTier:
    case Reduce::TwoTiers: {
      const bool two = procedure.reduce == Reduce::TwoTiers;
      const std::size_t tier = tier_index(spec, notional);
      const auto from = static_cast<std::size_t>(procedure.step_tiers_from);
      if ((!two && !is_first) || tier < std::max<std::size_t>(1, from)) break;
      const std::int64_t sold =
          lots_to_tier(spec, lots, mark, two && tier > 1 ? tier - 2 : tier - 1);
      return {sold, sold < lots};
    }
    default: break;
  }
  return {lots};
}

Int128 fillable_concession(const LiquidationProcedure& procedure, const UnitStanding& unit,
                           Int128 maintenance) {
  if (unit.maintenance <= 0) return 0;
  const Int128 adjustment =
      std::clamp<Int128>(procedure.bankruptcy_adjustment_ppm * (unit.maintenance - unit.equity), 0,
                         unit.maintenance * ppm_scale);
  return wide_mul_div(adjustment, maintenance * procedure.spread_to_maintenance_ppm,
                      unit.maintenance * ppm_scale * ppm_scale, Rounding::Floor);
}

}  // namespace v1
}  // namespace delever
