#include "sim/world_cascades.hpp"

#include <algorithm>
#include <cmath>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

std::int64_t breach_ticks(const InstrumentSpec& spec, std::int64_t lots, std::int64_t mark_ticks,
                          std::int64_t deficit_ppm) {
  const MarginTier& tier =
      spec.tier_of(spec.value_of(PriceTicks{mark_ticks}, QtyLots{std::abs(lots)}));
  const double direction = lots > 0 ? 1.0 : -1.0;
  // a tick moves a long's equity by one and its maintenance by the rate, against each other
  const double rate = static_cast<double>(tier.maintenance_ppm) * 1e-6;
  const double beyond = static_cast<double>(deficit_ppm) * 1e-6 / (1.0 - direction * rate);
  return std::llround(static_cast<double>(mark_ticks) * (1.0 + direction * beyond));
}

WorldCascades::WorldCascades(std::size_t groups, std::size_t venues, std::size_t coins)
    : coins_(coins),
      prices_(groups * coins),
      leading_(groups),
      indices_(coins),
      marks_(venues * coins),
      numbers_(venues) {}

void WorldCascades::begin_step() {
  for (std::size_t at = 0; at < prices_.size(); ++at) {
    Price& one = prices_[at];
    one.parts_before.swap(one.parts);
    one.parts.swap(one.next);
    one.next.clear();
    if (at % coins_ != 0 || coins_ == 1) continue;
    Parts& leading = leading_[at / coins_];
    leading.insert(leading.end(), one.parts.begin(), one.parts.end());
  }
}

void WorldCascades::follow(std::size_t group, std::size_t coin, double beta) {
  for (const Part& part : leading_[group]) {
    price(group, coin).parts.push_back({part.mover, beta * part.log_move});
  }
}

void WorldCascades::end_innovation(std::size_t group) { leading_[group].clear(); }

void WorldCascades::set_price(std::size_t group, std::size_t coin, double log_price) {
  Price& one = price(group, coin);
  one.before = one.now;
  one.now = log_price;
}

void WorldCascades::set_index(std::size_t coin, double log_index) {
  indices_[coin] = {log_index, indices_[coin].now};
}

void WorldCascades::set_mark(std::size_t venue, std::size_t group, std::size_t coin,
                             std::int64_t mark_ticks) {
  Mark& mark = marks_[venue * coins_ + coin];
  if (mark.ticks == 0) mark.ticks = mark_ticks;
  if (mark.ticks == mark_ticks) return;
  const Price &indexed = price(0, coin), &own = price(group, coin);
  if (indexed.parts_before.empty() && own.parts.empty()) {
    mark.passages.move(mark.ticks, mark_ticks, no_parent);
    mark.ticks = mark_ticks;
    return;
  }
  const double moved =
      natural_log(static_cast<double>(mark_ticks) / static_cast<double>(mark.ticks));
  const double by_index = indices_[coin].now - indices_[coin].before;
  const double by_price = own.now - own.before;
  const double apart = by_price - by_index;
  const double weight =
      std::fabs(apart) < 1e-12 ? 0.0 : std::clamp((moved - by_index) / apart, 0.0, 1.0);
  mix_parts(indexed, own, weight);
  pass(mark, mark_ticks);
}

void WorldCascades::mix_parts(const Price& indexed, const Price& own, double own_weight) {
  mixed_.clear();
  const auto take = [this](const Parts& parts, double weight) {
    if (weight == 0) return;
    for (const Part& part : parts) mixed_.push_back({part.mover, weight * part.log_move});
  };
  take(indexed.parts_before, 1.0 - own_weight);
  take(own.parts, own_weight);
}

void WorldCascades::pass(Mark& mark, std::int64_t to_ticks) {
  const auto from = static_cast<double>(mark.ticks);
  const double sign = to_ticks > mark.ticks ? 1.0 : -1.0;
  double rest = natural_log(static_cast<double>(to_ticks) / from);
  for (const Part& part : mixed_) rest -= part.log_move;
  double position = 0;
  std::int64_t at = mark.ticks;
  const auto go = [&](double log_move, std::int64_t mover) {
    position += log_move;
    const std::int64_t next = std::llround(from * exponential(position));
    mark.passages.move(at, next, mover);
    at = next;
  };
  for (const Part& part : mixed_) {
    if (part.log_move * sign < 0) go(part.log_move, part.mover);
  }
  go(rest, no_parent);
  for (const Part& part : mixed_) {
    if (part.log_move * sign > 0) go(part.log_move, part.mover);
  }
  mark.ticks = to_ticks;
}

void WorldCascades::add(std::size_t venue, const Liquidation& liquidation,
                        std::int64_t level_ticks) {
  const Mark& mark = marks_[venue * coins_ + liquidation.instrument];
  const bool falling = liquidation.side == long_position;
  numbers_[venue].push_back(static_cast<std::int64_t>(rows_.liquidations.size()));
  rows_.liquidations.push_back(liquidation);
  rows_.parents.push_back(mark.passages.mover_through(level_ticks, falling));
  rows_.threshold_ticks.push_back(level_ticks);
  rows_.venues.push_back(static_cast<std::uint8_t>(venue));
}

void WorldCascades::set_usd(std::size_t venue, std::int64_t liquidation, double usd) {
  const std::int64_t row = numbers_[venue][static_cast<std::size_t>(liquidation)];
  rows_.liquidations[static_cast<std::size_t>(row)].usd = usd;
}

void WorldCascades::push(std::size_t venue, std::int64_t liquidation, std::size_t group,
                         std::size_t coin, double log_move) {
  Parts& parts = price(group, coin).next;
  const std::int64_t mover = numbers_[venue][static_cast<std::size_t>(liquidation)];
  if (!parts.empty() && parts.back().mover == mover) {
    parts.back().log_move += log_move;
  } else {
    parts.push_back({mover, log_move});
  }
}

}  // namespace v1
}  // namespace delever
