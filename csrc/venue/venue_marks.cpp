// The index, the mark and the premium of an instrument at an evaluation point, by the rules of the
// venue: what comes in from sources, what is sampled from the book, and what follows.
//
// An instrument joins a point with an index, a forced mark, a source, or by being asked for. When
// the point closes, the index is made anew where a source of it has spoken, the basis is sampled if
// its time has come, the mark is made, and the premium is sampled if its time has come. Sampling is
// lazy: a timer that ran out while nothing happened gives one sample. Cost: O(1) by the default
// rules; O(sources) for an index, O(levels walked) for an impact price.
#include <algorithm>
#include <optional>

#include "market/impact_price.hpp"
#include "market/matching.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

namespace {

// Whether a timer that gave its last sample then has run out; asked at every mark, so before the
// call.
bool is_due(bool was_sampled, TimeNs last, TimeNs interval, TimeNs now) {
  return !was_sampled || now - last >= interval;
}

}  // namespace

void Venue::update_source(const Command& command) {
  if (!known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  InstrumentState& state = instruments_[command.instrument];
  if (command.account >= sources_max || command.side > static_cast<int>(SourceBoard::Venue))
    return reject(command, RejectReason::UnknownSource);
  if (command.qty_lots < 0 || command.qty_lots > source_weight_max)
    return reject(command, RejectReason::InvalidQty);
  const bool is_gone = command.qty_lots == 0;
  if (!is_gone && !state.spec.is_price(command.price_ticks))
    return reject(command, RejectReason::InvalidPrice);
  const bool is_index = static_cast<SourceBoard>(command.side) == SourceBoard::Index;
  const std::int64_t price = is_gone ? 0 : command.price_ticks;
  PriceSources& board = is_index ? state.prices.index_sources : state.prices.venue_sources;
  board.hear(command.account, {price, command.qty_lots, time_});
  emit(EventKind::SourceUpdated, {.instrument = command.instrument,
                                  .price = price,
                                  .qty = command.qty_lots,
                                  .amount = command.account,
                                  .other_amount = command.side});
  if (is_index) state.prices.index_due = true;
  if (is_index || state.index.value != 0) join_point(state);
  if ((command.flags & hold_point) == 0) close_point();
}

void Venue::sample_mark(const Command& command) {
  const bool all = command.instrument == every_instrument;
  if (!all && !known_instrument(command.instrument))
    return reject(command, RejectReason::UnknownInstrument);
  bool any = false;
  for (std::size_t id = 0; id < instruments_.size(); ++id) {
    InstrumentState& state = instruments_[id];
    if (state.index.value == 0 || (!all && id != command.instrument)) continue;
    join_point(state);
    any = true;
  }
  if (!any) return reject(command, RejectReason::NoIndex);
  if ((command.flags & hold_point) == 0) close_point();
}

void Venue::join_point(InstrumentState& state) {
  state.in_point = true;
  point_open_ = true;
}

void Venue::update_mark(InstrumentId id) {
  InstrumentState& state = instruments_[id];
  refresh_index(state);
  if (state.index.value == 0) [[unlikely]] {  // its sources were gone before the point closed
    state.in_point = false;
    return;
  }
  MarkPrice next{state.forced_mark, false};
  const bool by_rule = state.forced_mark.value == 0;
  if (by_rule) {
    if (is_due(state.sampled, state.last_sample, rulebook_.sample_interval, time_))
      sample_basis(state);
    next = mark_stands(state) ? MarkPrice{state.mark, false} : mark_by_rule(state);
  }
  if (rulebook_.prices.mark_update.value != 0 && (!by_rule || !mark_stands(state))) {
    state.prices.was_marked = by_rule;
    state.prices.marked = time_;
  }
  state.forced_mark = PriceTicks{0};
  state.previous_mark = state.mark;
  state.mark = next.mark;
  const TimeNs premium_interval = rulebook_.prices.premium_sample;
  if (premium_interval.value != 0 && is_due(state.prices.premium_was_sampled,
                                            state.prices.premium_sampled, premium_interval, time_))
    sample_premium(state);
  state.mark_event =
      emit(EventKind::MarkUpdated, {.cause = next.from_last ? state.last_fill : no_cause,
                                    .instrument = id,
                                    .price = state.mark.value,
                                    .other_amount = state.index.value});
}

// Whether the mark that the formula made last is young enough to stand.
bool Venue::mark_stands(const InstrumentState& state) const {
  return state.prices.was_marked && time_ - state.prices.marked < rulebook_.prices.mark_update;
}

void Venue::refresh_index(InstrumentState& state) const {
  if (!state.prices.index_due) [[likely]]
    return;
  state.prices.index_due = false;
  const std::optional<std::int64_t> made =
      state.prices.index_sources.index(rulebook_.prices, time_);
  if (made) state.index = PriceTicks{*made};
}

void Venue::sample_basis(InstrumentState& state) const {
  const PriceRules& rules = rulebook_.prices;
  const TimeNs interval = rulebook_.sample_interval;
  const TimeNs held = state.sampled ? time_ - state.last_sample : interval;
  state.sampled = true;
  state.last_sample = time_;
  const std::int64_t bid = best_priced(state.book, Side::Buy);
  const std::int64_t ask = best_priced(state.book, Side::Sell);
  if (bid < 0 || ask < 0) return;
  const std::int64_t index = state.index.value;
  if (rules.mark_basis == BookPrice::Touch) {
    take_basis(state, bid + ask - 2 * index, held);
  } else {
    const auto low = impact_price_e6(rules, state.spec, state.book, Side::Buy);
    const auto high = impact_price_e6(rules, state.spec, state.book, Side::Sell);
    if (!low || !high) return;
    const Int128 sum = divide(*low + *high, tick_e6, Round::Floor);
    take_basis(state, static_cast<std::int64_t>(sum) - 2 * index, held);
  }
  if (rules.mark_method != MarkMethod::OracleBookVenues) return;
  const Int128 own = static_cast<Int128>(*book_median(state)) * tick_e12;
  state.prices.book_mean.push_held(own, held.value, rules.mark_book_ema.value);
}

// One sample of twice the distance of the book from the index, in ticks.
void Venue::take_basis(InstrumentState& state, std::int64_t half_ticks, TimeNs held) const {
  const Int128 basis_e12 = static_cast<Int128>(half_ticks) * (tick_e12 / 2);
  switch (rulebook_.prices.mark_method) {
    case MarkMethod::MedianOfThree:
    case MarkMethod::IndexPlusBasis: return state.basis.push(half_ticks);
    case MarkMethod::EmaInBand:
      return state.prices.basis_mean.push_sample(basis_e12, rulebook_.basis_samples);
    case MarkMethod::OracleBookVenues:
      return state.prices.basis_mean.push_held(basis_e12, held.value,
                                               rulebook_.prices.mark_ema.value);
    case MarkMethod::IndexWithFunding:
    case MarkMethod::Oracle: return;
  }
}

// The median of best bid, best ask and last price; without a last price the middle of the two.
std::optional<std::int64_t> Venue::book_median(const InstrumentState& state) const {
  const std::int64_t bid = best_priced(state.book, Side::Buy);
  const std::int64_t ask = best_priced(state.book, Side::Sell);
  if (bid < 0 || ask < 0) return std::nullopt;
  if (state.last.value == 0) return mul_div(bid + ask, 1, 2, Round::Floor);
  return median_of({bid, ask, state.last.value});
}

MarkPrice Venue::mark_by_rule(const InstrumentState& state) const {
  const InstrumentSpec& spec = state.spec;
  const MarkInputs inputs{.index = state.index,
                          .last = state.last,
                          .basis_ticks = state.basis.mean_ticks(),
                          .funding = state.funding,
                          .time = time_,
                          .funding_interval = state.prices.funding_interval};
  const std::int64_t index = state.index.value;
  std::int64_t mark = index;
  switch (rulebook_.prices.mark_method) {
    case MarkMethod::MedianOfThree:
      return median_mark(inputs, spec.price_ticks_min, spec.price_ticks_max);
    case MarkMethod::IndexPlusBasis: mark = index + inputs.basis_ticks; break;
    case MarkMethod::IndexWithFunding: mark = index + funding_premium(inputs); break;
    case MarkMethod::EmaInBand: mark = banded_mark(state); break;
    case MarkMethod::OracleBookVenues: mark = median_of_venues(state); break;
    case MarkMethod::Oracle: break;
  }
  return {PriceTicks{spec.clamp_price(mark)}, false};
}

std::int64_t Venue::banded_mark(const InstrumentState& state) const {
  const std::int64_t index = state.index.value;
  const std::int64_t band = rulebook_.prices.mark_band_ppm;
  const std::int64_t mark = index + state.prices.basis_mean.ticks();
  if (band == 0) return mark;
  return std::clamp(mark, mul_div(index, ppm_scale - band, ppm_scale, Round::Ceil),
                    mul_div(index, ppm_scale + band, ppm_scale, Round::Floor));
}

// Of the three candidates those that there are; the book's average is the third of two.
std::int64_t Venue::median_of_venues(const InstrumentState& state) const {
  std::vector<std::int64_t> found;
  if (!state.prices.basis_mean.empty())
    found.push_back(state.index.value + state.prices.basis_mean.ticks());
  if (const auto own = book_median(state)) found.push_back(*own);
  if (const auto abroad = state.prices.venue_sources.weighted_median(rulebook_.prices, time_))
    found.push_back(*abroad);
  if (found.size() == 2 && !state.prices.book_mean.empty())
    found.push_back(state.prices.book_mean.ticks());
  return found.empty() ? state.index.value : median_of(std::move(found));
}

void Venue::sample_premium(InstrumentState& state) const {
  const PriceRules& rules = rulebook_.prices;
  PriceState& prices = state.prices;
  prices.premium_was_sampled = true;
  prices.premium_sampled = time_;
  PremiumInputs inputs;
  inputs.index = state.index;
  inputs.mark = state.mark;
  inputs.impact_bid_e6 = impact_price_e6(rules, state.spec, state.book, Side::Buy);
  inputs.impact_ask_e6 = impact_price_e6(rules, state.spec, state.book, Side::Sell);
  inputs.bid_ticks = best_priced(state.book, Side::Buy);
  inputs.ask_ticks = best_priced(state.book, Side::Sell);
  const TimeNs left = state.funding.next_time - time_;
  if (left.value > 0) {
    const Int128 rate_e12 = static_cast<Int128>(state.funding.rate_e8) * rate_e12_scale;
    inputs.carry_e12 = static_cast<std::int64_t>(
        divide(rate_e12 / rate_e8_scale * left.value, prices.funding_interval.value, Round::Trunc));
  }
  prices.premium.push(premium_e12(rules, inputs), rules.premium_average);
}

std::int64_t Venue::own_rate(const InstrumentState& state) const {
  const PriceRules& rules = rulebook_.prices;
  return funding_rate_e8(rules, state.spec, state.prices.premium.average_e12(rules.premium_average),
                         state.prices.funding_interval);
}

}  // namespace v1
}  // namespace delever
