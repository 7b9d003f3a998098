// Random sound instruments of each contract and tier rule, small enough to scan every tick.
#pragma once

#include <algorithm>

#include "check.hpp"
#include "market/instrument.hpp"

namespace delever::testing {

/// A linear instrument, 10 atoms per tick and lot.
inline InstrumentSpec plain_spec() {
  InstrumentSpec spec;
  spec.symbol = "PLAIN";
  spec.atoms_per_tick_lot = 10;
  spec.price_ticks_max = 2'000;
  spec.order_lots_max = 1'000;
  spec.position_lots_max = 100'000;
  spec.leverage_default = 1;
  spec.tiers = {{Money{0}, 10'000, Money{0}, 50}};
  return spec;
}

/// A number of up to `bits` bits, each length as likely as another.
inline std::int64_t random_scale(Random& random, int bits) {
  return random.between(1, std::int64_t{1} << random.between(0, bits));
}

inline std::int64_t random_lots(const InstrumentSpec& spec, Random& random) {
  return std::min(spec.position_lots_max, random_scale(random, 16));
}

/// Lots whose notional passes a tier's floor within the range of prices, where there is a tier.
inline std::int64_t lots_near_a_tier(const InstrumentSpec& spec, Random& random) {
  const std::size_t tier = static_cast<std::size_t>(random.below(4));
  const PriceTicks price{random.between(spec.price_ticks_min, spec.price_ticks_max)};
  const Money floor = tier < spec.tiers.size() ? spec.tiers[tier].floor : Money{0};
  const Money lot = spec.value_of(price, QtyLots{1'000});
  if (floor.value == 0 || lot.value == 0) return random_lots(spec, random);
  return std::clamp<std::int64_t>(mul_div(floor.value, 1'000, lot.value, Round::Floor), 1,
                                  spec.position_lots_max);
}

// Rates rise to at most 0.9; floors where positions of some lots pass them within the range.
inline void add_tiers(InstrumentSpec& spec, Random& random) {
  std::int64_t rate_ppm = random_scale(random, 17);
  spec.tiers = {{Money{0}, rate_ppm, Money{0}, 10}};
  const std::int64_t more = random.below(5);
  for (std::int64_t n = 0; n < more; ++n) {
    const MarginTier below = spec.tiers.back();
    rate_ppm = std::min<std::int64_t>(900'000, rate_ppm + random_scale(random, 17));
    const Money typical =
        spec.value_of(PriceTicks{random.between(spec.price_ticks_min, spec.price_ticks_max)},
                      QtyLots{random_lots(spec, random)});
    std::int64_t floor = below.floor.value + 1 + typical.value;
    std::int64_t deduction = 0;
    if (spec.tier_rule == TierRule::Marginal) {
      floor = (floor / ppm_scale + 1) * ppm_scale;
      deduction = below.deduction.value + floor / ppm_scale * (rate_ppm - below.maintenance_ppm);
    }
    spec.tiers.push_back({Money{floor}, rate_ppm, Money{deduction}, 10});
  }
}

inline InstrumentSpec random_spec(Random& random) {
  InstrumentSpec spec = plain_spec();
  spec.price_ticks_max = random.between(20, 900);
  spec.price_ticks_min = random.below(2) == 0 ? 1 : random.between(1, spec.price_ticks_max / 4);
  spec.atoms_per_tick_lot = random_scale(random, 16);
  if (random.below(2) == 0) {
    spec.contract = ContractKind::Inverse;
    spec.atom_ticks_per_lot = random_scale(random, 26);
  }
  spec.tier_rule = static_cast<TierRule>(random.below(3));
  if (random.below(2) == 0) spec.maintenance_fee_ppm = random_scale(random, 14);
  if (spec.tier_rule != TierRule::SizeLinear) {
    add_tiers(spec, random);
  } else if (spec.is_inverse()) {
    spec.maintenance_slope_e12 = random_scale(random, 36);  // far beyond a rate of 1
  } else {
    spec.maintenance_slope_e12 = random_scale(random, 22);
  }
  const std::string complaint = spec.validate();
  if (!complaint.empty()) fail(__FILE__, __LINE__, complaint);
  return spec;
}

/// The same with prices, quantities and values as large as they may be.
inline InstrumentSpec vast_spec(Random& random) {
  InstrumentSpec spec = plain_spec();
  const std::int64_t price_bits = random.between(8, 40);
  const std::int64_t lot_bits = random.between(8, 60 - price_bits);
  spec.price_ticks_max = random.between(std::int64_t{1} << (price_bits - 1), 1LL << price_bits);
  spec.position_lots_max = random.between(std::int64_t{1} << (lot_bits - 1), 1LL << lot_bits);
  spec.order_lots_max = spec.position_lots_max;
  const std::int64_t value_bits = 61 - price_bits - lot_bits;
  spec.atoms_per_tick_lot = random_scale(random, static_cast<int>(value_bits));
  if (random.below(2) == 0) {
    spec.contract = ContractKind::Inverse;
    spec.price_ticks_min = random_scale(random, static_cast<int>(price_bits) - 2);
    spec.atom_ticks_per_lot = random_scale(random, static_cast<int>(60 - lot_bits));
  }
  spec.tier_rule = static_cast<TierRule>(random.below(3));
  if (random.below(2) == 0) spec.maintenance_fee_ppm = random_scale(random, 14);
  if (spec.tier_rule != TierRule::SizeLinear) {
    add_tiers(spec, random);
  } else {
    spec.maintenance_slope_e12 = random_scale(random, 36);
    while (!spec.validate().empty() && spec.maintenance_slope_e12 > 0)
      spec.maintenance_slope_e12 /= 4;
  }
  return spec;
}

}  // namespace delever::testing
