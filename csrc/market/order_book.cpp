#include "market/order_book.hpp"

namespace delever {
inline namespace v1 {

OrderBook::OrderBook(std::int64_t price_ticks_max)
    : halves_{Half{-1, no_index, PriceLadder(price_ticks_max + 1)},
              Half{-1, no_index, PriceLadder(price_ticks_max + 1)}} {}

// Puts the order before another of its level, or last where that is no_index.
void OrderBook::link(OrderPool& orders, std::uint32_t slot, PriceLevel& level,
                     std::uint32_t before) {
  Order& order = orders[slot];
  const std::uint32_t previous = before == no_index ? level.tail : orders[before].fifo_previous;
  order.fifo_previous = previous;
  order.fifo_next = before;
  (previous == no_index ? level.head : orders[previous].fifo_next) = slot;
  (before == no_index ? level.tail : orders[before].fifo_previous) = slot;
}

// append_shown out of line: where a level has to be looked for or made, or hides something.
void OrderBook::append_apart(OrderPool& orders, std::uint32_t slot, std::int64_t price_ticks) {
  append_shown(orders, slot, price_ticks);
}

// The rest of append where the level has hidden orders, or gets an order or a rest to hide.
void OrderBook::append_hidden(OrderPool& orders, std::uint32_t slot, std::int64_t rest_lots) {
  Order& order = orders[slot];
  PriceLevel& level = levels_[order.level];
  if (rest_lots != 0) hidden_of(order.level) += rest_lots;
  if (!is_hidden(order)) {
    link(orders, slot, level, level.hidden_head);
    level.open_lots += order.open_lots;
    ++level.count;
    return;
  }
  link(orders, slot, level, no_index);
  hidden_of(order.level) += order.open_lots;
  if (level.hidden_head == no_index) level.hidden_head = slot;
}

void OrderBook::forget_hidden(const Order& order, std::uint32_t slot, std::uint32_t index,
                              std::int64_t rest_lots) {
  PriceLevel& level = levels_[index];
  hidden_of(index) -= rest_lots;
  if (!is_hidden(order)) return;
  hidden_of(index) -= order.open_lots;
  if (level.hidden_head == slot) level.hidden_head = order.fifo_next;
}

void OrderBook::replenish(OrderPool& orders, std::uint32_t slot, std::int64_t lots) {
  replenish_in_place(orders, slot, lots);
  PriceLevel& level = levels_[orders[slot].level];
  if (orders[slot].fifo_next == level.hidden_head) return;  // it is the last of them already
  unlink(orders, slot, level);
  link(orders, slot, level, level.hidden_head);
}

void OrderBook::replenish_in_place(OrderPool& orders, std::uint32_t slot, std::int64_t lots) {
  Order& order = orders[slot];
  DELEVER_INVARIANT(order.rests() && !is_hidden(order));
  std::int64_t& hidden = hidden_of(order.level);
  DELEVER_INVARIANT(lots >= 0 && lots <= hidden);
  order.open_lots += lots;
  levels_[order.level].open_lots += lots;
  hidden -= lots;
}

void OrderBook::change_rest(const OrderPool& orders, std::uint32_t slot, std::int64_t by) {
  const Order& order = orders[slot];
  DELEVER_INVARIANT(order.rests() && !is_hidden(order));
  std::int64_t& hidden = hidden_of(order.level);
  DELEVER_INVARIANT(hidden + by >= 0);
  hidden += by;
}

std::int64_t OrderBook::next_displayed(Side side, std::int64_t price) const {
  do {
    price = next_price(side, price);
  } while (price >= 0 && (is_unpriced(price) || level(side, price)->count == 0));
  return price;
}

void OrderBook::depth(Side side, std::size_t count, std::vector<PriceLevel>& out) const {
  out.clear();
  std::int64_t price = best_displayed(side);
  while (price >= 0 && out.size() < count) {
    out.push_back(*level(side, price));
    price = next_displayed(side, price);
  }
}

void OrderBook::start_over() {
  for (Half& side : halves_) {
    DELEVER_INVARIANT(side.best_level == no_index);
    side.ladder = PriceLadder(side.ladder.tick_max());
  }
  levels_ = decltype(levels_)();  // = {} would keep the memory
  hidden_lots_ = decltype(hidden_lots_)();
  free_level_ = no_index;
}

std::size_t OrderBook::bytes() const {
  return levels_.capacity() * sizeof(PriceLevel) + hidden_lots_.capacity() * sizeof(std::int64_t) +
         halves_[0].ladder.bytes() + halves_[1].ladder.bytes();
}

// A level for a price of the side that had none.
std::uint32_t OrderBook::add_level(Half& half, Side side, std::int64_t price) {
  const std::uint32_t level = new_level(price);
  if (is_better(side, price, half.best_price) || half.best_level == no_index) {
    half.best_price = price;
    half.best_level = level;
  }
  return level;
}

std::uint32_t OrderBook::new_level(std::int64_t price) {
  std::uint32_t index = free_level_;
  if (index == no_index) {
    index = static_cast<std::uint32_t>(levels_.size());
    grow_slab(levels_, index + std::size_t{1});
    levels_.emplace_back();
  } else {
    free_level_ = levels_[index].hidden_head;
    levels_[index] = PriceLevel{};
  }
  levels_[index].price_ticks = price;
  return index;
}

void OrderBook::erase_level(Side side, std::uint32_t level) {
  Half& half = this->half(side);
  PriceLevel& gone = levels_[level];
  if (level == half.best_level) {
    const PriceLadder::Place next = half.ladder.vacate_to_next(gone.price_ticks, side == Side::Sell);
    half.best_price = next.tick;
    half.best_level = next.value;
  } else {
    half.ladder.vacate(gone.price_ticks);
  }
  DELEVER_INVARIANT(level >= hidden_lots_.size() || hidden_lots_[level] == 0);
  gone.head = gone.tail = no_index;
  gone.hidden_head = free_level_;
  free_level_ = level;
}

}  // namespace v1
}  // namespace delever
