// Trades: what a taker can afford, how a fill is booked to both sides, and who pays a loss.
#include "units/invariant.hpp"
#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

std::int64_t Venue::reducible_lots(const Order& maker) const {
  const Position& position = positions_[order_position(maker)];
  return position.closable(direction(maker.side)).value;
}

TakerClip Venue::clip_taker(const Taker& taker, std::int64_t price, std::int64_t lots) const {
  if (taker.kind != TakerKind::User) return {lots, TakerStop::None};
  const Position& position = positions_[taker.position];
  const int way = direction(taker.side);
  const std::int64_t closable = position.closable(way).value;
  if ((taker.flags & reduce_only) != 0) {
    if (closable == 0) return {0, TakerStop::ReduceOnly};
    return {std::min(lots, closable), TakerStop::None};
  }
  const std::int64_t closing = std::min(lots, closable);
  if (taker.fill_or_kill || closing == lots) return {lots, TakerStop::None};
  const Money need = need_of(position, price, lots - closing, way);
  if (plain_ && need <= accounts_[taker.account].available()) [[likely]]
    return {lots, TakerStop::None};
  const Cover cover = cover_of(position);
  if (cover.allows(need)) return {lots, TakerStop::None};
  const auto affordable = [&](std::int64_t opening) {
    return cover.allows(need_of(position, price, opening, way));
  };
  std::int64_t low = 0;
  std::int64_t high = lots - closing - 1;
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    (affordable(middle) ? low : high) = affordable(middle) ? middle : middle - 1;
  }
  return {closing + low, TakerStop::InsufficientMargin};
}

std::int64_t Venue::closable_lots(std::uint32_t position, Side side) const {
  return positions_[position].closable(direction(side)).value;
}

Venue::Booking Venue::book_fill(Taker& taker, const Order&, std::int64_t price,
                                std::int64_t lots) const {
  const InstrumentSpec& spec = instruments_[taker.instrument].spec;
  const Money value = spec.value_of(PriceTicks{price}, QtyLots{lots});
  const bool pays = taker.kind == TakerKind::User;
  taker.filled_atoms += value.value;
  return {value, pays ? share_ppm(value, spec.taker_fee_ppm, Round::Ceil) : Money{0},
          share_ppm(value, spec.maker_fee_ppm, Round::Ceil)};
}

// Of two resting orders, both are makers.
Venue::Booking Venue::book_pair(const Order& buy, const Order&, std::int64_t price,
                                std::int64_t lots) const {
  const InstrumentSpec& spec = instruments_[buy.instrument].spec;
  const Money value = spec.value_of(PriceTicks{price}, QtyLots{lots});
  const Money fee = share_ppm(value, spec.maker_fee_ppm, Round::Ceil);
  return {value, fee, fee};
}

void Venue::settle_fill(const Taker& taker, const Order& maker, std::int64_t lots,
                        const Booking& booking, Sequence fill) {
  settle_both(positions_[taker.position], positions_[order_position(maker)],
              QtyLots{direction(taker.side) * lots}, booking, fill,
              taker.kind == TakerKind::Liquidation);
}

void Venue::settle_pair(const Order& buy, const Order& sell, std::int64_t lots,
                        const Booking& booking, Sequence fill) {
  settle_both(positions_[order_position(buy)], positions_[order_position(sell)], QtyLots{lots},
              booking, fill, false);
}

// `own` is the taker's, or of two makers the buyer's; both may be one position.
void Venue::settle_both(Position& own, Position& other, QtyLots change, const Booking& booking,
                        Sequence fill, bool keep_margin) {
  const int own_sign = sign(own.qty);
  const int other_sign = sign(other.qty);
  const Money value = instruments_[own.instrument].spec.cost_of(change, booking.value);
  settle(own, change, value, fill, keep_margin);
  charge_fee(own, booking.taker_fee, fill);
  settle(other, -change, -value, fill, false);
  charge_fee(other, booking.maker_fee, fill);
  drop_stale_reduce_only(own, own_sign, fill);
  drop_stale_reduce_only(other, other_sign, fill);
}

void Venue::settle(Position& position, QtyLots change, Money value, Sequence cause,
                   bool keep_margin) {
  const std::int64_t lots = absolute(change).value;
  const std::int64_t closing = std::min(lots, position.closable(sign(change)).value);
  const int way = sign(change);
  mark_dirty(position);
  if (closing == 0) return open_part(position, change, value);
  const Money part{closing == lots ? value.value
                                   : mul_div(value.value, closing, lots, Round::Trunc)};
  close_part(position, QtyLots{way * closing}, part, cause, keep_margin);
  if (closing < lots) open_part(position, QtyLots{way * (lots - closing)}, value - part);
}

void Venue::close_part(Position& position, QtyLots change, Money value, Sequence cause,
                       bool keep_margin) {
  const std::int64_t size = absolute(position.qty).value;
  const std::int64_t lots = absolute(change).value;
  const bool whole = lots == size;
  const auto share = [&](Money amount) {
    return whole ? amount : Money{mul_div(amount.value, lots, size, Round::Trunc)};
  };
  const Money cost = share(position.cost);
  const Money profit = -value - cost;
  InstrumentState& state = instruments_[position.instrument];
  if (position.qty.value > 0) state.open_long += change;
  position.qty += change;
  position.cost -= cost;
  Money& wallet = wallet_of(position.account, state.spec.settle_currency);
  if (position.account == insurance_fund_account || position.cross) {
    wallet += profit;
    return;
  }
  if (keep_margin) {
    position.margin += profit;
    return;
  }
  const Money margin = share(position.margin);
  position.margin -= margin;
  const Money credit = margin + profit;
  if (credit >= Money{0}) {
    wallet += credit;
  } else {
    debit(position, -credit, cause);
  }
}

void Venue::open_part(Position& position, QtyLots change, Money value) {
  InstrumentState& state = instruments_[position.instrument];
  if (change.value > 0) state.open_long += change;
  position.qty += change;
  position.cost += value;
  if (position.account == insurance_fund_account || position.cross) return;
  Money& wallet = wallet_of(position.account, state.spec.settle_currency);
  const Money margin = initial_margin(state.spec, change, absolute(value), position.leverage);
  const Money post = std::min(margin, std::max(wallet, Money{0}));
  wallet -= post;
  wallet_fell(position.account, state.spec.settle_currency);
  position.margin += post;
}

void Venue::charge_fee(Position& position, Money fee, Sequence cause) {
  const std::size_t currency = currency_of(position);
  ledgers_[currency].fees += fee.value;
  if (fee > Money{0}) return debit(position, fee, cause);
  wallet_of(position.account, currency) -= fee;
}

// A cross-margined position's wallet may become negative: its pool is what counts.
void Venue::debit(Position& position, Money amount, Sequence cause) {
  const std::size_t currency = currency_of(position);
  Money& wallet = wallet_of(position.account, currency);
  wallet_fell(position.account, currency);
  if (position.account == insurance_fund_account || wallet >= amount || position.cross) [[likely]] {
    wallet -= amount;
    return;
  }
  Money rest = amount - std::max(wallet, Money{0});
  wallet = std::min(wallet, Money{0});
  const Money from_margin = std::min(rest, std::max(position.margin, Money{0}));
  position.margin -= from_margin;
  rest -= from_margin;
  if (rest != Money{0}) cover_loss(position, rest, cause);
}

// The insurance fund pays what a position owes.
void Venue::cover_loss(const Position& position, Money loss, Sequence cause) {
  wallet_of(insurance_fund_account, currency_of(position)) -= loss;
  emit(EventKind::LossCovered, {.cause = cause,
                                .instrument = position.instrument,
                                .account = position.account,
                                .side = position.leg,
                                .amount = loss.value});
}

void Venue::drop_stale_reduce_only(const Position& position, int sign_before, Sequence cause) {
  if (position.reduce_only_orders == 0 || sign(position.qty) == sign_before) [[likely]]
    return;
  cancel_matching(position.account, {.instrument = position.instrument,
                                     .only_reduce_only = true,
                                     .position = index_of(position),
                                     .reason = CancelReason::ReduceOnly,
                                     .cause = cause});
}

}  // namespace v1
}  // namespace delever
