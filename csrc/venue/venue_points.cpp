// Evaluation points: prices arrive, marks are recomputed together, breached positions are
// liquidated in rounds at these constant marks until none is left, and the insurance fund works off
// what it holds.
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

void Venue::update_price(const Command& command) {
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  InstrumentState& state = instruments_[command.instrument];
  const PriceTicks price{command.price_ticks};
  if (!state.spec.is_price(price.value)) return reject(command, RejectReason::InvalidPrice);
  const bool is_index = static_cast<CommandKind>(command.kind) == CommandKind::UpdateIndex;
  if (is_index || state.index.value == 0) state.index = price;
  if (is_index) state.prices.index_due = false;
  state.forced_mark = is_index ? PriceTicks{0} : price;
  join_point(state);
  if ((command.flags & hold_point) == 0) close_point();
}

void Venue::close_point() {
  point_open_ = false;
  for (std::size_t id = 0; id < instruments_.size(); ++id)
    if (instruments_[id].in_point) update_mark(static_cast<InstrumentId>(id));
  if (currency_count() > 1) update_collaterals();
  offer_marks();
  evaluate();
}

// Pending orders look at the new marks, and then at the indices; what triggers runs at once.
void Venue::offer_marks() {
  for (std::size_t at = 0; at < instruments_.size(); ++at) {
    InstrumentState& state = instruments_[at];
    if (!state.in_point) continue;
    state.in_point = false;
    if (state.triggers.count() == 0) [[likely]]
      continue;
    const auto id = static_cast<InstrumentId>(at);
    collect_triggered(id, TriggerFeed::Mark, state.mark.value, state.mark_event);
    collect_triggered(id, TriggerFeed::Index, state.index.value, state.mark_event);
  }
  if (!triggered_.empty()) [[unlikely]]
    drain_triggered();
}

void Venue::evaluate() {
  if (rulebook_.procedure.samples_fund()) [[unlikely]]
    sample_fund();
  if (!liquidations_.empty()) [[unlikely]]
    stop_healed();
  for (;;) {
    if (!dirty_.empty()) refresh_guards();
    if (!any_crossed() || rulebook_.forced_closing == ForcedClosing::Off) [[likely]]
      break;
    std::vector<Breach> breaches;
    collect_breaches(breaches);
    if (breaches.empty()) break;
    order_breaches(breaches);
    std::vector<PendingDeleveraging> queue;
    for (std::size_t at = 0; at < breaches.size(); ++at) {
      if (at + 6 < breaches.size() && !breaches[at + 6].is_pool())
        prefetch_position(breaches[at + 6].position);
      if (breaches[at].is_pool()) [[unlikely]] {
        liquidate_pool(breaches[at], queue);
      } else {
        liquidate(breaches[at], queue);
      }
    }
    if (!queue.empty()) deleverage(queue);
  }
  unwind_fund();
}

std::vector<Breach> Venue::breaches_at(InstrumentId instrument, PriceTicks price) const {
  const InstrumentState& state = instruments_[instrument];
  std::vector<Breach> breaches;
  if (state.phase != TradingPhase::Continuous) return breaches;
  const auto ask = [&](std::uint32_t at) {
    const Position& position = positions_[at];
    if (position.qty.value == 0 || position.cross || position.staged ||
        !is_breached(state.spec, position, price, rulebook_.breach_at_equality))
      return;
    breaches.push_back(
        {deficit_ppm(state.spec, position, price), position.account, instrument, position.leg, at});
  };
  std::vector<std::uint32_t> crossed;
  state.map.for_each_crossed(price.value, [&](std::uint32_t at) { crossed.push_back(at); });
  constexpr std::size_t ahead = 16;
  for (std::size_t i = 0; i < crossed.size(); ++i) {
    if (i + ahead < crossed.size()) prefetch_position_only(crossed[i + ahead]);
    if (!positions_[crossed[i]].dirty) ask(crossed[i]);
  }
  state.pool_map.for_each_crossed(price.value, [&](std::uint32_t item) {
    const PoolGuard& guard = guards_[item / 2];
    if (!guard.is_pool && !positions_[guard.owner].dirty) ask(guard.owner);
  });
  for (const std::uint32_t at : dirty_)  // their thresholds in the map are out of date
    if (positions_[at].instrument == instrument) ask(at);
  order_breaches(breaches);
  return breaches;
}

void Venue::unwind_fund() {
  if (rulebook_.forced_closing == ForcedClosing::AtMark) return;  // what it holds, it keeps
  for (std::size_t id = 0; id < instruments_.size(); ++id)
    if (positions_[id].qty.value != 0) unwind_position(static_cast<InstrumentId>(id));
}

void Venue::unwind_position(InstrumentId id) {
  InstrumentState& state = instruments_[id];
  const Position& position = positions_[id];  // the fund's positions come first, by instrument
  if (!state.liquidates()) return;
  if (state.unwound && time_ - state.last_unwind < rulebook_.unwind_interval) return;
  state.unwound = true;
  state.last_unwind = time_;
  const Side side = position.qty.value > 0 ? Side::Sell : Side::Buy;
  const std::int64_t per_lot = state.spec.value_of(state.mark, QtyLots{1}).value;
  const std::int64_t clip = std::max<std::int64_t>(1, rulebook_.unwind_clip.value / per_lot);
  const std::int64_t lots =
      std::min({absolute(position.qty).value, clip, state.spec.order_lots_max});
  const std::int64_t scale = ppm_scale + direction(side) * rulebook_.unwind_bound_ppm;
  const Round round = side == Side::Buy ? Round::Floor : Round::Ceil;
  const std::int64_t limit =
      state.spec.clamp_price(mul_div(state.mark.value, scale, ppm_scale, round));
  const std::int64_t best = best_priced(state.book, opposite(side));
  if (best < 0 || !crosses(side, limit, best)) return;
  Taker taker{.account = insurance_fund_account,
              .instrument = id,
              .side = side,
              .kind = TakerKind::Unwind,
              .position = id,
              .limit_ticks = limit,
              .open_lots = lots,
              .cause = state.last_takeover};
  accept_order(taker, nullptr, limit, 0);
  take_or_rest(taker);
}

}  // namespace v1
}  // namespace delever
