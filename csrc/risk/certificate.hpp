// How far a price may move before an account needs asking again: certificates of solvency.
//
// A pool's surplus (equity - maintenance) is a sum of functions of one coordinate each: per
// instrument f(t) = sum over its legs of V(q, t) - mm(q, t), t the mark in ticks, every term
// rounded as the predicate rounds it, and per collateral its worth. With budgets b_j >= 0 whose sum
// is at most the surplus above what breaches, the surplus cannot breach while each term stays above
// its value now less its budget. `safe_run` gives ticks low .. high around the mark on which that
// holds; the guards wait at low - 1 and high + 1, on both sides, for a favourable tick can breach
// as well.
//
// Proof. Let g be f without rounding, as a function of y = t, or y = 1/t of an inverse contract. V
// is linear in y. The requirement is convex in y: under the marginal rule it is the largest of the
// lines rate x n - deduction; size_linear adds a square; under the step rule it is a line between
// the ticks where a leg changes its tier, where the range is cut into pieces. So g is concave on a
// piece, and between two ticks it is nowhere below the lower of them (y is monotone in t). Rounding
// only lowers f: f <= g (+ e, where a slope is truncated), and f > g - J with J atoms per leg: one
// for each ceiling of mm; of an inverse contract one for V and one for the notional's ceiling as
// well, whose effect on mm is its rate, below 1. Hence two ticks of a piece with f >= least + J + e
// - 1, evaluated exactly, prove f >= least for all ticks between. A tangent or a chord proves
// nothing and is used only to guess the ticks. Ticks beyond are taken one by one while f >= least.
// A single leg that costs more and needs more as its notional grows (a linear short, an inverse
// long) has f exactly monotone in t: there J = e = 0 and all is one piece, whatever the rule.
//
// The run is connected, holds the mark, and ends where f < least + J + e, or 16 changes of f
// further on; where asked so it ends exactly where f < least. Cost: about five evaluations of f a
// side; worst case 8 guesses and a binary search per piece, pieces <= tiers x legs.
#pragma once

#include <cstdint>
#include <span>

#include "market/instrument.hpp"
#include "units/arithmetic.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

/// Ticks `low` .. `high`, both included.
struct SafeRun {
  std::int64_t low = 0;
  std::int64_t high = 0;

  bool holds(std::int64_t tick) const { return low <= tick && tick <= high; }
  friend bool operator==(SafeRun, SafeRun) = default;
};

/// Value less maintenance margin of an account's legs in one instrument at a mark >= 1.
Int128 surplus_of(const InstrumentSpec& spec, std::span<const QtyLots> legs, PriceTicks mark);

enum class RunEnds : std::uint8_t {
  Near,   ///< may stop a few atoms of surplus early
  Exact,  ///< the ticks next to it fall below; slower where f is flat
};

/// The run of ticks around `mark` on which the surplus is at least `least`; at the mark it is.
SafeRun run_above(const InstrumentSpec& spec, std::span<const QtyLots> legs, PriceTicks mark,
                  Int128 least, RunEnds ends);

/// The run on which the surplus is at least what it is at the mark less `budget`, >= 0.
SafeRun safe_run(const InstrumentSpec& spec, std::span<const QtyLots> legs, PriceTicks mark,
                 Int128 budget);

/// Slopes are in atoms per tick of 1 / slope_scale.
constexpr Int128 slope_scale = Int128{rate_e12_scale} << 20;

/// The ticks around the mark on which the surplus of some legs is affine, less than `slack` atoms
/// above what it is: no leg changes its tier.
struct SlopeRun {
  SafeRun run;
  Int128 slope = 0;
  int slack = 0;
};

/// Of legs in a linear contract; no more than five 128-bit divisions.
SlopeRun slope_run(const InstrumentSpec& spec, std::span<const QtyLots> legs, PriceTicks mark);

/// A collateral as it is valued: atoms of the valuation currency per 1e8 atoms and tick, and the
/// share of them that counts.
struct Valuation {
  std::int64_t tick_atoms = 1;
  std::int64_t weight_ppm = ppm_scale;
  std::int64_t price_ticks_max = 0;
};

/// What `amount` is worth at a price: floor(x * price), then the weight, floored, if positive.
Int128 worth_of(const Valuation& valuation, Int128 amount, PriceTicks price);

/// The run of prices, from 0 (unknown) up, at which `amount` is worth at least what it is worth at
/// `price` less `budget`. Worth is monotone in the price: closed form, exact.
SafeRun worth_run(const Valuation& valuation, Int128 amount, PriceTicks price, Int128 budget);

/// Shares of `surplus` by weight, rounded down: their sum is at most the surplus. Equal where all
/// weights are 0; none where the surplus is not positive.
void split_budget(Int128 surplus, std::span<const std::uint64_t> weights,
                  std::span<Int128> budgets);

}  // namespace v1
}  // namespace delever
