#include "risk/certificate.hpp"

#include <algorithm>

#include "risk/margin.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {
namespace {

struct LegValue {
  Int128 value;  ///< signed
  Money notional;
};

// Both roundings of an inverse value with one division.
LegValue value_of_leg(const InstrumentSpec& spec, QtyLots qty, std::int64_t tick) {
  if (!spec.is_inverse()) [[likely]] {
    const Money value = spec.signed_value(qty, PriceTicks{tick});
    return {value.value, absolute(value)};
  }
  const Money up = spec.value_of(PriceTicks{tick}, absolute(qty));
  if (qty.value > 0) return {-Int128{up.value}, up};
  const Int128 product = static_cast<Int128>(-qty.value) * spec.atom_ticks_per_lot;
  const bool is_exact = static_cast<Int128>(up.value) * tick == product;
  return {Int128{up.value} - (is_exact ? 0 : 1), up};
}

Int128 surplus_of_leg(const InstrumentSpec& spec, QtyLots qty, std::int64_t tick) {
  const LegValue leg = value_of_leg(spec, qty, tick);
  return leg.value - maintenance_of(spec, qty, leg.notional).value;
}

// The surplus as a function of the tick, with what is known about its shape.
class Curve {
 public:
  Curve(const InstrumentSpec& spec, std::span<const QtyLots> legs) : spec_(spec), legs_(legs) {
    for (const QtyLots qty : legs) {
      if (qty.value == 0) continue;
      ++count_;
      single_ = qty;
    }
    is_monotone_ = count_ == 1 && (single_.value > 0) == spec.is_inverse();
    if (is_monotone_ || count_ == 0) return;
    const int per_leg = (spec.is_inverse() ? 3 : 1) + (spec.maintenance_fee_ppm != 0 ? 1 : 0);
    slack_ = count_ * per_leg - 1;
  }

  Int128 at(std::int64_t tick) const {
    if (count_ == 1) return surplus_of_leg(spec_, single_, tick);
    Int128 sum = 0;
    for (const QtyLots qty : legs_)
      if (qty.value != 0) sum += surplus_of_leg(spec_, qty, tick);
    return sum;
  }

  // How far above what is to be proven two ticks must lie, the lower of which is `tick`.
  Int128 slack(std::int64_t tick) const {
    const bool squares = spec_.is_inverse() && spec_.tier_rule == TierRule::SizeLinear;
    if (!squares || slack_ == 0) [[likely]]
      return slack_;
    Int128 slack = slack_;
    for (const QtyLots qty : legs_) {
      const Int128 notional = spec_.value_of(PriceTicks{tick}, absolute(qty)).value;
      const Int128 slope = (2 * notional + 2) * spec_.maintenance_slope_e12 / rate_e8_scale;
      slack += slope / rate_e12_scale + notional / rate_e12_scale + 2;
    }
    return slack;
  }

  // What the surplus gains, by its slope here, from the notionals growing by as much again.
  Int128 pull(std::int64_t tick) const {
    Int128 pull = 0;
    for (const QtyLots qty : legs_) {
      if (qty.value == 0) continue;
      const Int128 notional = spec_.value_of(PriceTicks{tick}, absolute(qty)).value;
      const Int128 rate_e12 = marginal_rate_e12(qty, notional);
      pull += (qty.value > 0) != spec_.is_inverse() ? notional : -notional;
      pull -= notional * rate_e12 / rate_e12_scale;
    }
    return pull;
  }

  // The last tick, going `way` from `tick`, of the piece on which the curve is concave.
  std::int64_t piece_end(std::int64_t tick, int way) const {
    std::int64_t end = way > 0 ? spec_.price_ticks_max : spec_.price_ticks_min;
    if (spec_.tier_rule != TierRule::Step || is_monotone_) return end;
    for (const QtyLots qty : legs_) {
      if (qty.value == 0) continue;
      const std::int64_t leg_end = tier_end(absolute(qty), tick, way);
      end = way > 0 ? std::min(end, leg_end) : std::max(end, leg_end);
    }
    return end;
  }

  // The last tick, going `way` from `tick`, at which every leg of a linear contract keeps its tier.
  std::int64_t affine_end(std::int64_t tick, int way) const {
    std::int64_t end = way > 0 ? spec_.price_ticks_max : spec_.price_ticks_min;
    if (spec_.tiers.size() == 1) return end;
    for (const QtyLots qty : legs_) {
      if (qty.value == 0) continue;
      const std::int64_t leg_end = tier_end(absolute(qty), tick, way);
      end = way > 0 ? std::min(end, leg_end) : std::max(end, leg_end);
    }
    return way > 0 ? std::max(end, tick)
                   : std::min(end, tick);  // a floor belongs to the tier above
  }

  SlopeRun affine_at(std::int64_t tick) const {
    SlopeRun found{{affine_end(tick, -1), affine_end(tick, 1)}};
    for (const QtyLots qty : legs_) {
      if (qty.value == 0) continue;
      const Int128 notional = spec_.value_of(PriceTicks{tick}, absolute(qty)).value;
      const Int128 rate_e12 = marginal_rate_e12(qty, notional);
      const Int128 size_e12 = product_of(absolute(qty)) << 20;
      const Int128 value_e12 = rate_e12_scale * size_e12;
      found.slope += (qty.value > 0 ? value_e12 : -value_e12) - rate_e12 * size_e12;
      found.slack += spec_.maintenance_fee_ppm != 0 ? 2 : 1;
    }
    return found;
  }

  // The next tick, going `way`, at which any term changes; off the range where none does.
  std::int64_t next_change(std::int64_t tick, int way) const {
    if (!spec_.is_inverse()) return tick + way;
    std::int64_t next = way > 0 ? spec_.price_ticks_max + 1 : spec_.price_ticks_min - 1;
    for (const QtyLots qty : legs_) {
      if (qty.value == 0) continue;
      const Int128 product = product_of(absolute(qty));
      const Int128 up = divide(product, tick, Round::Ceil);
      if (up * tick == product) return tick + way;
      if (way > 0 && up == 1) continue;  // below one atom it rounds alike for ever
      const Int128 change =
          way > 0 ? divide(product, up - 1, Round::Ceil) : divide(product, up, Round::Floor);
      next = static_cast<std::int64_t>(way > 0 ? std::min<Int128>(next, change)
                                               : std::max<Int128>(next, change));
    }
    return next;
  }

  const InstrumentSpec& spec() const { return spec_; }

 private:
  Int128 product_of(QtyLots lots) const {
    return static_cast<Int128>(lots.value) *
           (spec_.is_inverse() ? spec_.atom_ticks_per_lot : spec_.atoms_per_tick_lot);
  }

  Int128 marginal_rate_e12(QtyLots qty, Int128 notional) const {
    const Money atoms{static_cast<std::int64_t>(notional)};
    Int128 rate = spec_.tier_of(atoms).maintenance_ppm + spec_.maintenance_fee_ppm;
    rate *= ppm_scale;
    if (spec_.tier_rule != TierRule::SizeLinear) return rate;
    const Int128 slope = spec_.maintenance_slope_e12;
    return rate + (spec_.is_inverse() ? 2 * notional * slope / rate_e8_scale
                                      : absolute(qty).value * slope);
  }

  // The last tick, going `way`, at which a leg's notional stays in its step tier.
  std::int64_t tier_end(QtyLots lots, std::int64_t tick, int way) const {
    const MarginTier& tier = spec_.tier_of(spec_.value_of(PriceTicks{tick}, lots));
    const bool is_last = &tier == &spec_.tiers.back();
    const bool grows = (way > 0) != spec_.is_inverse();
    const std::int64_t open_end = way > 0 ? spec_.price_ticks_max : spec_.price_ticks_min;
    if (grows ? is_last : tier.floor.value == 0) return open_end;
    const Int128 bound = grows ? (&tier + 1)->floor.value : tier.floor.value;
    const Int128 product = product_of(lots);
    // The notional is at most `bound` up to, or from, this tick.
    const Int128 edge = spec_.is_inverse() ? divide(product, bound, Round::Ceil) : bound / product;
    const Int128 end = grows ? edge : edge + (spec_.is_inverse() ? -1 : 1);
    return static_cast<std::int64_t>(
        std::clamp<Int128>(end, spec_.price_ticks_min, spec_.price_ticks_max));
  }

  const InstrumentSpec& spec_;
  std::span<const QtyLots> legs_;
  QtyLots single_;
  int count_ = 0;
  int slack_ = 0;
  bool is_monotone_ = false;
};

// Goes one way from the mark as far as the surplus is known not to fall below `least`.
class Reach {
 public:
  Reach(const Curve& curve, Int128 least, int way, RunEnds ends)
      : curve_(curve), least_(least), way_(way), is_exact_(ends == RunEnds::Exact) {}

  std::int64_t from(std::int64_t mark, Int128 surplus) {
    const InstrumentSpec& spec = curve_.spec();
    const std::int64_t limit = way_ > 0 ? spec.price_ticks_max : spec.price_ticks_min;
    tick_ = mark;
    surplus_ = surplus;
    for (;;) {
      const std::int64_t end = curve_.piece_end(tick_, way_);
      if (!cross_piece(end) || tick_ == limit) return tick_;
      const Int128 next = curve_.at(tick_ + way_);
      if (next < least_) return tick_;
      tick_ += way_;
      surplus_ = next;
    }
  }

 private:
  static constexpr int guesses_max = 8;
  static constexpr int steps_max = 16;  // one by one, where the end need not be exact

  // To the end of a piece; false where the surplus falls below before.
  bool cross_piece(std::int64_t end) {
    while (tick_ != end) {
      const bool high_enough = surplus_ >= least_ + curve_.slack(tick_);
      if (high_enough ? !stretch(end) : !step(end)) return false;
    }
    return true;
  }

  // One change of the surplus further.
  bool step(std::int64_t end) {
    if (!is_exact_ && ++steps_ > steps_max) return false;
    std::int64_t next = curve_.next_change(tick_, way_);
    if (way_ > 0 ? next > end : next < end) next = end;
    const Int128 surplus = curve_.at(next);
    if (surplus < least_) {
      tick_ = next - way_;
      return false;
    }
    tick_ = next;
    surplus_ = surplus;
    return true;
  }

  // Takes `tick` if it and the furthest safe one prove those between.
  bool extend(std::int64_t tick, Int128 surplus, Int128 aim) {
    if (surplus < aim || surplus_ < aim) return false;
    tick_ = tick;
    surplus_ = surplus;
    return true;
  }

  // What two ticks must reach, the further of which is `tick`.
  Int128 aim_at(std::int64_t tick) const { return least_ + curve_.slack(way_ > 0 ? tick_ : tick); }

  // From a tick that lies high enough to the last such one, by guesses. Short of the end of the
  // piece one step more is taken, or found to fail.
  bool stretch(std::int64_t end) {
    if (extend(end, curve_.at(end), aim_at(end))) return true;
    std::int64_t outside = end;
    std::int64_t guess = solve(tick_, surplus_ - aim_at(tick_));
    for (int guesses = 0; (outside - tick_) * way_ > 1; ++guesses) {
      if (guesses >= guesses_max || guess < 0) guess = tick_ + (outside - tick_) / 2;
      guess = way_ > 0 ? std::clamp(guess, tick_ + 1, outside - 1)
                       : std::clamp(guess, outside + 1, tick_ - 1);
      const Int128 surplus = curve_.at(guess);
      const Int128 aim = aim_at(guess);
      if (!extend(guess, surplus, aim)) outside = guess;
      if (guesses < guesses_max) guess = solve(guess, surplus - aim);
    }
    return curve_.slack(tick_) != 0 && step(end);
  }

  // Where a curve that goes on as it does at `tick` has lost `excess`; -1 where it never has.
  std::int64_t solve(std::int64_t tick, Int128 excess) const {
    constexpr Int128 wide = Int128{1} << 62;
    Int128 pull = curve_.pull(tick);
    while (pull >= wide || -pull >= wide || excess >= wide || -excess >= wide) {
      pull /= 16;
      excess /= 16;
    }
    const bool is_inverse = curve_.spec().is_inverse();
    const Int128 above = is_inverse ? pull : pull - excess;
    const Int128 below = is_inverse ? pull - excess : pull;
    if (below == 0) return -1;
    const Int128 solved = static_cast<Int128>(tick) * above / below;
    return solved < 0 || solved >= wide ? -1 : static_cast<std::int64_t>(solved);
  }

  const Curve& curve_;
  Int128 least_;
  int way_;
  bool is_exact_;
  int steps_ = 0;
  std::int64_t tick_ = 0;  // the furthest known to be safe
  Int128 surplus_ = 0;     // there
};

SafeRun run_of(const Curve& curve, std::int64_t mark, Int128 surplus, Int128 least, RunEnds ends) {
  return {Reach(curve, least, -1, ends).from(mark, surplus),
          Reach(curve, least, 1, ends).from(mark, surplus)};
}

}  // namespace

Int128 surplus_of(const InstrumentSpec& spec, std::span<const QtyLots> legs, PriceTicks mark) {
  return Curve(spec, legs).at(mark.value);
}

SafeRun run_above(const InstrumentSpec& spec, std::span<const QtyLots> legs, PriceTicks mark,
                  Int128 least, RunEnds ends) {
  const Curve curve(spec, legs);
  const Int128 surplus = curve.at(mark.value);
  DELEVER_INVARIANT(surplus >= least);
  return run_of(curve, mark.value, surplus, least, ends);
}

SafeRun safe_run(const InstrumentSpec& spec, std::span<const QtyLots> legs, PriceTicks mark,
                 Int128 budget) {
  const Curve curve(spec, legs);
  const Int128 surplus = curve.at(mark.value);
  return run_of(curve, mark.value, surplus, surplus - budget, RunEnds::Near);
}

SlopeRun slope_run(const InstrumentSpec& spec, std::span<const QtyLots> legs, PriceTicks mark) {
  return Curve(spec, legs).affine_at(mark.value);
}

Int128 worth_of(const Valuation& valuation, Int128 amount, PriceTicks price) {
  const Int128 rate = static_cast<Int128>(price.value) * valuation.tick_atoms;
  const Int128 full = divide(amount * rate, rate_e8_scale, Round::Floor);
  if (full <= 0) return full;
  return divide(full * valuation.weight_ppm, ppm_scale, Round::Floor);
}

SafeRun worth_run(const Valuation& valuation, Int128 amount, PriceTicks price, Int128 budget) {
  const SafeRun all{0, valuation.price_ticks_max};
  const Int128 least = worth_of(valuation, amount, price) - budget;
  if (amount >= 0) {
    if (least <= 0) return all;  // also where the weight is 0
    const Int128 full = divide(least * ppm_scale, valuation.weight_ppm, Round::Ceil);
    const Int128 per_tick = amount * valuation.tick_atoms;
    const Int128 low = divide(full * rate_e8_scale, per_tick, Round::Ceil);
    return {static_cast<std::int64_t>(low), all.high};
  }
  const Int128 high = -least * rate_e8_scale / (-amount * valuation.tick_atoms);
  return {all.low, static_cast<std::int64_t>(std::min<Int128>(high, all.high))};
}

void split_budget(Int128 surplus, std::span<const std::uint64_t> weights,
                  std::span<Int128> budgets) {
  constexpr Int128 total_max = Int128{1} << 62;  // so that a rest times a weight fits
  const Int128 shared = std::max<Int128>(surplus, 0);
  Int128 total = 0;
  for (const std::uint64_t weight : weights) total += weight;
  int shift = 0;
  while (total >> shift >= total_max) ++shift;
  const bool is_even = total == 0;
  const Int128 whole = is_even ? static_cast<Int128>(weights.size()) : total >> shift;
  for (std::size_t at = 0; at < weights.size(); ++at) {
    const Int128 weight = is_even ? 1 : weights[at] >> shift;
    budgets[at] = shared / whole * weight + shared % whole * weight / whole;
  }
}

}  // namespace v1
}  // namespace delever
