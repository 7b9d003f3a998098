// The numbers behind a position's liquidation and bankruptcy price: the terms of the inequality
//   backing + others' profit + value(P) - cost  <=  maintenance(P) + others' maintenance
// as they stand, so that whoever is told a price can be told why. An isolated position is backed by
// its margin and has no others; a cross-margined one by its pool, whose other positions are held at
// their marks, while both legs of a hedge move with the mark in question. Plain data; amounts are
// in the currency the pool is valued in.
#pragma once

#include <array>
#include <cstdint>

#include "risk/margin.hpp"
#include "units/arithmetic.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

/// One leg, and by what rate it needs margin at the liquidation price (at the mark without one).
struct LegTerms {
  QtyLots qty;
  Money cost;
  std::int64_t rate_e12 = 0;  ///< of its tier and size; the closing fee is apart
  Money deduction;
  Money floor;  ///< of its tier
};

struct MarginTerms {
  bool is_open = false;
  bool is_cross = false;
  bool is_separable = true;      ///< the inequality holds as it stands, without conversions
  PriceTicks mark;               ///< 0: none yet
  std::array<LegTerms, 2> legs;  ///< the one asked for, and of a hedge in cross margin the other
  Int128 backing = 0;
  Int128 others_profit = 0;
  Int128 others_maintenance = 0;
  Int128 equity = 0;       ///< at the mark
  Int128 maintenance = 0;  ///< at the mark
  std::int64_t liquidation_ticks = never_ticks;
  std::int64_t bankruptcy_ticks = never_ticks;
  Int128 equity_there = 0;  ///< at the liquidation price
  Int128 maintenance_there = 0;
};

/// The rate, deduction and floor that a leg's maintenance margin goes by at a price.
LegTerms leg_terms(const InstrumentSpec& spec, QtyLots qty, Money cost, PriceTicks price);

}  // namespace v1
}  // namespace delever
