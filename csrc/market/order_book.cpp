#include "market/order_book.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

OrderBook::OrderBook(std::int64_t price_ticks_max)
    : halves_{Half{-1, no_index, PriceLadder(price_ticks_max)},
              Half{-1, no_index, PriceLadder(price_ticks_max)}} {}

void OrderBook::append(OrderPool& orders, std::uint32_t slot) {
  Order& order = orders[slot];
  DELEVER_INVARIANT(!order.rests());
  const std::uint32_t index = level_for(order.side, order.price_ticks);
  PriceLevel& level = levels_[index];
  order.level = index;
  order.fifo_previous = level.tail;
  order.fifo_next = no_index;
  if (level.tail == no_index) {
    level.head = slot;
  } else {
    orders[level.tail].fifo_next = slot;
  }
  level.tail = slot;
  level.open_lots += order.open_lots;
  ++level.count;
}

void OrderBook::remove(OrderPool& orders, std::uint32_t slot) {
  Order& order = orders[slot];
  DELEVER_INVARIANT(order.rests());
  const std::uint32_t index = order.level;
  PriceLevel& level = levels_[index];
  level.open_lots -= order.open_lots;
  order.level = no_index;
  if (--level.count == 0) {
    erase_level(order.side, index);
    return;
  }
  if (order.fifo_previous == no_index) {
    level.head = order.fifo_next;
  } else {
    orders[order.fifo_previous].fifo_next = order.fifo_next;
  }
  if (order.fifo_next == no_index) {
    level.tail = order.fifo_previous;
  } else {
    orders[order.fifo_next].fifo_previous = order.fifo_previous;
  }
  order.fifo_previous = order.fifo_next = no_index;
}

void OrderBook::depth(Side side, std::size_t count, std::vector<PriceLevel>& out) const {
  out.clear();
  std::int64_t price = best(side);
  while (price >= 0 && out.size() < count) {
    out.push_back(*level(side, price));
    price = next_price(side, price);
  }
}

std::size_t OrderBook::bytes() const {
  return levels_.capacity() * sizeof(PriceLevel) + halves_[0].ladder.bytes() +
         halves_[1].ladder.bytes();
}

std::uint32_t OrderBook::level_for(Side side, std::int64_t price) {
  Half& half = this->half(side);
  DELEVER_INVARIANT(price >= 0);  // -1 is the best price of an empty side
  if (price == half.best_price) return half.best_level;
  std::uint32_t& value = half.ladder.occupy(price);
  if (value != no_index) return value;
  const std::uint32_t level = new_level(price);
  value = level;
  const bool better = side == Side::Buy ? price > half.best_price : price < half.best_price;
  if (better || half.best_level == no_index) {
    half.best_price = price;
    half.best_level = level;
  }
  return level;
}

std::uint32_t OrderBook::new_level(std::int64_t price) {
  std::uint32_t index = free_level_;
  if (index == no_index) {
    index = static_cast<std::uint32_t>(levels_.size());
    levels_.emplace_back();
  } else {
    free_level_ = levels_[index].next_free;
    levels_[index] = PriceLevel{};
  }
  levels_[index].price_ticks = price;
  return index;
}

void OrderBook::erase_level(Side side, std::uint32_t level) {
  Half& half = this->half(side);
  const std::int64_t price = levels_[level].price_ticks;
  half.ladder.vacate(price);
  levels_[level].head = levels_[level].tail = no_index;
  levels_[level].next_free = free_level_;
  free_level_ = level;
  if (level != half.best_level) return;
  half.best_price = next_price(side, price);
  half.best_level = half.best_price < 0 ? no_index : half.ladder.find(half.best_price);
}

}  // namespace v1
}  // namespace delever
