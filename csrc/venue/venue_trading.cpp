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
  const InstrumentState& state = instruments_[taker.instrument];
  const Money available = accounts_[taker.account].available();
  const auto affordable = [&](std::int64_t opening) {
    return order_need(state.spec, PriceTicks{price}, QtyLots{opening}, position.leverage, way,
                      state.mark) <= available;
  };
  if (affordable(lots - closing)) [[likely]]
    return {lots, TakerStop::None};
  std::int64_t low = 0;
  std::int64_t high = lots - closing - 1;
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    (affordable(middle) ? low : high) = affordable(middle) ? middle : middle - 1;
  }
  return {closing + low, TakerStop::InsufficientMargin};
}

void Venue::trade(Taker& taker, std::uint32_t slot, std::int64_t price, std::int64_t lots) {
  InstrumentState& state = instruments_[taker.instrument];
  const Order maker = orders_[slot];
  Position& own = positions_[taker.position];
  Position& other = positions_[order_position(maker)];
  const Money value = state.spec.value_of(PriceTicks{price}, QtyLots{lots});
  const bool pays = taker.kind == TakerKind::User;
  const Money taker_fee = pays ? share_ppm(value, state.spec.taker_fee_ppm, Round::Ceil) : Money{0};
  const Money maker_fee = share_ppm(value, state.spec.maker_fee_ppm, Round::Ceil);
  const Sequence fill =
      emit(EventKind::OrderFilled, {.cause = taker.cause,
                                    .instrument = taker.instrument,
                                    .account = taker.account,
                                    .order_id = taker.order,
                                    .side = static_cast<std::int64_t>(taker.side),
                                    .price = price,
                                    .qty = lots,
                                    .amount = taker_fee.value,
                                    .other_account = maker.account,
                                    .other_order = static_cast<std::int64_t>(orders_.id_of(slot)),
                                    .other_amount = maker_fee.value});
  state.last = PriceTicks{price};
  state.last_fill = fill;
  shrink_maker(slot, lots);
  const int own_sign = sign(own.qty);
  const int other_sign = sign(other.qty);
  const int way = direction(taker.side);
  const QtyLots change{way * lots};
  const Money signed_value{way * value.value};
  settle(own, change, signed_value, fill, taker.kind == TakerKind::Liquidation);
  charge_fee(own, taker_fee, fill);
  settle(other, -change, -signed_value, fill, false);
  charge_fee(other, maker_fee, fill);
  drop_stale_reduce_only(own, own_sign, fill);
  drop_stale_reduce_only(other, other_sign, fill);
  taker.open_lots -= lots;
  taker.filled_atoms += value.value;
}

void Venue::shrink_maker(std::uint32_t slot, std::int64_t lots) {
  if (orders_[slot].open_lots > lots) return shrink_resting(slot, lots);
  take_off_book(slot);
  finish_order(slot);
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
  position.qty += change;
  position.cost -= cost;
  if (position.account == insurance_fund_account) {
    accounts_[insurance_fund_account].wallet += profit;
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
    accounts_[position.account].wallet += credit;
  } else {
    debit(position, -credit, cause);
  }
}

void Venue::open_part(Position& position, QtyLots change, Money value) {
  position.qty += change;
  position.cost += value;
  if (position.account == insurance_fund_account) return;
  Account& account = accounts_[position.account];
  const Money post = std::min(initial_margin(absolute(value), position.leverage),
                              std::max(account.wallet, Money{0}));
  account.wallet -= post;
  position.margin += post;
}

void Venue::charge_fee(Position& position, Money fee, Sequence cause) {
  ledger_.fees += fee.value;
  if (fee > Money{0}) return debit(position, fee, cause);
  accounts_[position.account].wallet -= fee;
}

void Venue::debit(Position& position, Money amount, Sequence cause) {
  Account& account = accounts_[position.account];
  if (position.account == insurance_fund_account || account.wallet >= amount) [[likely]] {
    account.wallet -= amount;
    return;
  }
  Money rest = amount - std::max(account.wallet, Money{0});
  account.wallet = std::min(account.wallet, Money{0});
  const Money from_margin = std::min(rest, std::max(position.margin, Money{0}));
  position.margin -= from_margin;
  rest -= from_margin;
  if (rest == Money{0}) return;
  accounts_[insurance_fund_account].wallet -= rest;
  emit(EventKind::LossCovered, {.cause = cause,
                                .instrument = position.instrument,
                                .account = position.account,
                                .amount = rest.value});
}

void Venue::drop_stale_reduce_only(const Position& position, int sign_before, Sequence cause) {
  if (position.reduce_only_orders == 0 || sign(position.qty) == sign_before) [[likely]]
    return;
  cancel_matching(position.account, {.instrument = position.instrument,
                                     .only_reduce_only = true,
                                     .reason = CancelReason::ReduceOnly,
                                     .cause = cause});
}

namespace {

// The position of an account with reduce-only orders, as a walk over the book would leave it.
struct WalkedPosition {
  AccountId account = 0;
  std::int64_t qty_lots = 0;
  bool ended = false;  // went flat or flipped: its reduce-only orders are gone
};

std::int64_t walk_order(std::vector<WalkedPosition>& walked, const Order& order,
                        const Position& position, std::int64_t lots) {
  auto found = walked.begin();
  while (found != walked.end() && found->account != order.account) ++found;
  if (found == walked.end())
    found = walked.insert(found, {order.account, position.qty.value, false});
  const int way = direction(order.side);
  if ((order.flags & reduce_only) != 0) {
    const bool opposes = found->qty_lots * way < 0 && !found->ended;
    lots = std::min(lots, opposes ? std::abs(found->qty_lots) : 0);
  }
  const std::int64_t after = found->qty_lots + way * lots;
  if ((found->qty_lots > 0) != (after > 0) || (found->qty_lots < 0) != (after < 0))
    found->ended = found->ended || found->qty_lots != 0;
  found->qty_lots = after;
  return lots;
}

}  // namespace

bool Venue::fillable_whole(const Taker& taker, bool is_market) const {
  const InstrumentState& state = instruments_[taker.instrument];
  const Position& own = positions_[taker.position];
  const int way = direction(taker.side);
  const Side maker_side = opposite(taker.side);
  const bool reduces = (taker.flags & reduce_only) != 0;
  if (reduces && taker.open_lots > own.closable(way).value) return false;
  std::vector<WalkedPosition> walked;
  std::int64_t missing = taker.open_lots;
  std::int64_t price = state.book.best(maker_side);
  for (; price >= 0 && crosses(taker.side, taker.limit_ticks, price);
       price = state.book.next_price(maker_side, price)) {
    std::uint32_t slot = state.book.level(maker_side, price)->head;
    for (; slot != no_index && missing > 0; slot = orders_[slot].fifo_next) {
      const Order& maker = orders_[slot];
      if (maker.account == taker.account) {
        if ((taker.flags & self_trade_maker) == 0) return false;
        continue;
      }
      const Position& position = positions_[order_position(maker)];
      std::int64_t lots = std::min(missing, maker.open_lots);
      if (position.reduce_only_orders > 0) lots = walk_order(walked, maker, position, lots);
      missing -= lots;
    }
    if (missing == 0) break;
  }
  if (missing > 0) return false;
  if (!is_market || reduces) return true;
  const std::int64_t opening = std::max<std::int64_t>(0, taker.open_lots - own.closable(way).value);
  if (opening == 0) return true;  // closing is never refused for margin
  return order_need(state.spec, PriceTicks{price}, QtyLots{opening}, own.leverage, way,
                    state.mark) <= accounts_[taker.account].available();
}

}  // namespace v1
}  // namespace delever
