// Full order books rebuilt from a feed: every order, in its true place in the queue of its price,
// for one symbol or for all of an exchange. The feed matches; the books only follow.
//
// Owns: the records of all live orders (l3_book_orders), the levels they rest at with their queues
// (l3_book_queues), and per symbol the levels of either side in price order (l3_book_levels). A
// queue is rows of slots in the level's own cache line and, where it is long, in more; an order
// knows its row, that its level, and the level its price, side and symbol: a cancel searches no
// book, and touches no other order.
//
// Invariants: a level has at least one order, and its quantity is the sum of theirs; every live
// order is in exactly one queue, and is found by its reference. Input that contradicts the books
// (an unknown or repeated reference, more taken than is there, a quantity that is not positive)
// changes nothing, is counted, and is what the call returns; books may cross, as feeds' books do.
//
// `Records` says what a feed needs: `CompactRecords` for ITCH (32-bit prices and quantities,
// ascending references: 8 bytes an order), `WideRecords` for anything else. Prices and quantities
// are in the feed's own units; quantities up to 2^52, so that sums stay exact.
//
// Complexity: add, reduce, remove, replace, modify O(1) apart from the search of l3_book_levels
// where a level may appear or vanish; two cache lines, and those of that search: on an exchange
// whose books are larger than the caches, the time of an update is that of its lines. A caller who
// knows what comes asks for them ahead (`prepare`). clear(symbol) is O(its orders). Worst case: a
// slab that grows is copied (amortised O(1)). Memory: live orders and (64 bytes) levels at their
// peak, 512 bytes a symbol up to the greatest named, and what l3_book_orders says about references.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "feed/l3_book_levels.hpp"
#include "feed/l3_book_orders.hpp"
#include "feed/l3_book_queues.hpp"
#include "market/order_types.hpp"
#include "units/huge_page_allocator.hpp"
#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

/// What came of an update.
enum class BookResult : std::uint8_t {
  Applied,
  UnknownReference,    ///< no live order has it
  DuplicateReference,  ///< a live order has it
  InvalidQuantity,     ///< not positive, above qty_max, or more than the order has left
  InvalidPrice,        ///< not representable in this kind of records
  InvalidSide,         ///< neither Buy nor Sell
};
constexpr std::size_t book_results = 6;

struct CompactRecords {
  using Price = std::uint32_t;
  using Qty = std::uint32_t;
  template <class Order>
  using Orders = PagedOrders<Order>;
};
struct WideRecords {
  using Price = std::int64_t;
  using Qty = std::int64_t;
  template <class Order>
  using Orders = HashedOrders<Order>;
};

/// An order as callers see it.
struct RestingOrder {
  OrderReference reference = 0;
  std::int64_t price = 0;
  std::int64_t qty = 0;
  SymbolId symbol = 0;
  Side side = Side::None;
};

/// A level as callers see it; no orders: there is no such level.
struct RestingLevel {
  std::int64_t price = 0;
  std::int64_t qty = 0;
  std::uint32_t orders = 0;
};

template <class Records>
class L3Books {
 public:
  using Price = typename Records::Price;
  using Qty = typename Records::Qty;
  using Key = std::make_signed_t<Price>;
  static constexpr std::int64_t qty_max = sizeof(Qty) == 4 ? 0xFFFF'FFFF : std::int64_t{1} << 52;

  L3Books() = default;
  L3Books(L3Books&&) = default;
  L3Books& operator=(L3Books&&) = default;
  L3Books(const L3Books&) = delete;
  L3Books& operator=(const L3Books&) = delete;

  /// Rests a new order behind all others of its price. `near`: what prepare_level returned, if
  /// anything; that there is such a level is looked up again.
  BookResult add(SymbolId symbol, OrderReference reference, Side side, std::int64_t price,
                 std::int64_t qty, std::uint32_t near = no_index) {
    if (side != Side::Buy && side != Side::Sell) return count(BookResult::InvalidSide);
    const BookResult fault = check(price, qty);
    if (fault != BookResult::Applied) return count(fault);
    const std::uint32_t slot = orders_.acquire(reference);
    if (slot == no_index) return count(BookResult::DuplicateReference);
    Order& order = orders_[slot];
    order.qty = static_cast<Qty>(qty);
    if (near != no_index && levels_.is_at(near, symbol, side, static_cast<Price>(price))) [[likely]]
      levels_.append(near, slot, order);
    else
      rest(slot, order, symbol, side, static_cast<Price>(price));
    return count(BookResult::Applied);
  }

  /// Takes a quantity from an order (an execution, a partial cancel); at zero the order is gone.
  BookResult reduce(OrderReference reference, std::int64_t qty) {
    const std::uint32_t slot = orders_.find(reference);
    if (slot == no_index) return count(BookResult::UnknownReference);
    Order& order = orders_[slot];
    if (qty <= 0 || qty > static_cast<std::int64_t>(order.qty))
      return count(BookResult::InvalidQuantity);
    if (qty == static_cast<std::int64_t>(order.qty)) {
      drop(slot, order);
    } else {
      order.qty -= static_cast<Qty>(qty);
      levels_[level_of(order)].qty -= static_cast<std::uint64_t>(qty);
    }
    return count(BookResult::Applied);
  }

  /// Takes an order out.
  BookResult remove(OrderReference reference) {
    const std::uint32_t slot = orders_.find(reference);
    if (slot == no_index) return count(BookResult::UnknownReference);
    drop(slot, orders_[slot]);
    return count(BookResult::Applied);
  }

  /// Puts a new order in the place of an old one: same symbol and side, last in its queue.
  BookResult replace(OrderReference old_reference, OrderReference new_reference, std::int64_t price,
                     std::int64_t qty) {
    const std::uint32_t old_slot = orders_.find(old_reference);
    if (old_slot == no_index) return count(BookResult::UnknownReference);
    const BookResult fault = check(price, qty);
    if (fault != BookResult::Applied) return count(fault);
    const std::uint32_t slot =
        new_reference == old_reference ? old_slot : orders_.acquire(new_reference);
    if (slot == no_index) return count(BookResult::DuplicateReference);
    Order& old_order = orders_[old_slot];
    const Level& level = levels_[level_of(old_order)];
    const SymbolId symbol = level.head.symbol;
    const Side side = level.head.side;
    unlink(old_slot, old_order);
    if (slot != old_slot) orders_.release(old_slot, old_order);
    Order& order = orders_[slot];
    order.qty = static_cast<Qty>(qty);
    rest(slot, order, symbol, side, static_cast<Price>(price));
    return count(BookResult::Applied);
  }

  /// Changes an order under its reference; it keeps its place only at the same price and where its
  /// quantity does not grow.
  BookResult modify(OrderReference reference, std::int64_t price, std::int64_t qty) {
    const std::uint32_t slot = orders_.find(reference);
    if (slot == no_index) return count(BookResult::UnknownReference);
    const BookResult fault = check(price, qty);
    if (fault != BookResult::Applied) return count(fault);
    Order& order = orders_[slot];
    Level& level = levels_[level_of(order)];
    if (static_cast<Price>(price) != level.price || static_cast<Qty>(qty) > order.qty)
      return replace(reference, reference, price, qty);
    level.qty -= static_cast<std::uint64_t>(order.qty - static_cast<Qty>(qty));
    order.qty = static_cast<Qty>(qty);
    return count(BookResult::Applied);
  }

  /// Takes out every order of the symbol.
  void clear(SymbolId symbol) {
    if (symbol >= symbols_) return;
    for (SideLevels<Key>& side : books_[symbol].sides) {
      side.for_each([&](Key, std::uint32_t level) {
        release_queue(level);
        return true;
      });
      side.clear();
    }
  }

  /// The best level of a side; no orders where the side is empty.
  RestingLevel best(SymbolId symbol, Side side) const {
    const SideLevels<Key>* levels = side_of(symbol, side);
    return levels == nullptr || levels->empty() ? RestingLevel{} : view(levels->best());
  }
  /// The level at a price; no orders where there is none.
  RestingLevel level(SymbolId symbol, Side side, std::int64_t price) const {
    const std::uint32_t found = find_level(symbol, side, price);
    return found == no_index ? RestingLevel{} : view(found);
  }
  /// How many prices of a side have orders.
  std::size_t level_count(SymbolId symbol, Side side) const {
    const SideLevels<Key>* levels = side_of(symbol, side);
    return levels == nullptr ? 0 : levels->size();
  }
  /// The best `count` levels of a side, best first.
  std::vector<RestingLevel> depth(SymbolId symbol, Side side, std::size_t count) const {
    std::vector<RestingLevel> found;
    const SideLevels<Key>* levels = side_of(symbol, side);
    if (levels == nullptr || count == 0) return found;
    levels->for_each([&](Key, std::uint32_t level) {
      found.push_back(view(level));
      return found.size() < count;
    });
    return found;
  }
  /// Calls visit(RestingOrder) for the orders at a price, the first in the queue first.
  template <class Visit>
  void for_each_in_queue(SymbolId symbol, Side side, std::int64_t price, Visit visit) const {
    const std::uint32_t found = find_level(symbol, side, price);
    if (found == no_index) return;
    for (const std::uint32_t slot : levels_.queue(found)) visit(view_order(slot));
  }
  /// The live order with this reference.
  std::optional<RestingOrder> find(OrderReference reference) const {
    const std::uint32_t slot = orders_.find(reference);
    if (slot == no_index) return std::nullopt;
    return view_order(slot);
  }
  /// Both sides have orders, and the best bid is at or above the best ask.
  bool crossed(SymbolId symbol) const {
    const RestingLevel bid = best(symbol, Side::Buy);
    const RestingLevel ask = best(symbol, Side::Sell);
    return bid.orders != 0 && ask.orders != 0 && bid.price >= ask.price;
  }

  // Preparing updates that will come soon, in steps with other work between them: they start to
  // load what the updates will touch, and change nothing. For paged orders. What a step returns for
  // the next is valid until an update. First: the order's record, and the side that it will
  // rest on (`adds` 1; 0: it will not, and one line is asked for in vain).
  [[gnu::always_inline]] const void* prepare_order(OrderReference reference) const {
    return orders_.prefetch(reference);
  }
  [[gnu::always_inline]] void prepare_side(SymbolId symbol, Side side, std::size_t adds) const {
    const Book* book = books_.data() + (symbol < symbols_ ? symbol : 0);
    book->sides[side == Side::Sell ? 1 : 0].prefetch(adds);
  }
  // Second: the row that the order stands in.
  [[gnu::always_inline]] void prepare_removal(const void* hint) const {
    levels_.prefetch(static_cast<const Order*>(hint)->row);
  }
  // Second, for a new order: the level that it will join, if there is one; for `add`.
  [[gnu::always_inline]] std::uint32_t prepare_level(SymbolId symbol, Side side,
                                                     std::int64_t price) const {
    if (symbol >= symbols_ || side == Side::None) return no_index;
    const Key key = key_of(side, static_cast<Price>(price));
    const std::uint32_t level = books_[symbol].sides[index_of(side)].find_near(key);
    levels_.prefetch(level);
    return level;
  }

  std::size_t live_orders() const { return orders_.size(); }
  /// One more than the greatest symbol that ever had an order.
  std::size_t symbols() const { return symbols_; }
  /// How many updates came to this result.
  std::uint64_t results(BookResult result) const {
    return results_[static_cast<std::size_t>(result)];
  }
  std::size_t bytes() const {
    return orders_.bytes() + levels_.bytes() + books_.capacity() * sizeof(Book);
  }

 private:
  struct Order {
    Qty qty;
    std::uint32_t row;  ///< where it queues (l3_book_queues.hpp)
  };
  using Orders = typename Records::template Orders<Order>;
  using Level = BookLevel<Price>;
  struct Book {
    std::array<SideLevels<Key>, 2> sides;  ///< bids, asks
  };

  static BookResult check(std::int64_t price, std::int64_t qty) {
    if (qty <= 0 || qty > qty_max) return BookResult::InvalidQuantity;
    return static_cast<std::int64_t>(static_cast<Price>(price)) == price ? BookResult::Applied
                                                                         : BookResult::InvalidPrice;
  }
  std::uint32_t level_of(const Order& order) const { return levels_.level_of(order.row); }
  BookResult count(BookResult result) {
    ++results_[static_cast<std::size_t>(result)];
    return result;
  }
  /// Orders prices so that the best of the side is the greatest.
  static Key key_of(Side side, Price price) {
    constexpr Price offset = std::is_signed_v<Price> ? 0 : ~(static_cast<Price>(-1) >> 1);
    return static_cast<Key>(price ^ offset ^ (Price{0} - static_cast<Price>(index_of(side))));
  }
  static std::size_t index_of(Side side) { return static_cast<std::size_t>(side) - 1; }

  const SideLevels<Key>* side_of(SymbolId symbol, Side side) const {
    return symbol < symbols_ ? &books_[symbol].sides[index_of(side)] : nullptr;
  }
  std::uint32_t find_level(SymbolId symbol, Side side, std::int64_t price) const {
    const SideLevels<Key>* levels = side_of(symbol, side);
    if (levels == nullptr || check(price, 1) != BookResult::Applied) return no_index;
    return levels->find(key_of(side, static_cast<Price>(price)));
  }
  RestingLevel view(std::uint32_t index) const {
    const Level& level = levels_[index];
    return {static_cast<std::int64_t>(level.price), static_cast<std::int64_t>(level.qty),
            level.orders};
  }
  RestingOrder view_order(std::uint32_t slot) const {
    const Order& order = orders_[slot];
    const Level& level = levels_[level_of(order)];
    return {orders_.reference(slot), static_cast<std::int64_t>(level.price),
            static_cast<std::int64_t>(order.qty), level.head.symbol, level.head.side};
  }

  /// Puts the order last in the queue of the price.
  void rest(std::uint32_t slot, Order& order, SymbolId symbol, Side side, Price price) {
    if (symbol >= symbols_) [[unlikely]]
      books_.resize(symbols_ = std::size_t{symbol} + 1);
    std::uint32_t& place = books_[symbol].sides[index_of(side)].occupy(key_of(side, price));
    if (place == no_index) {
      place = levels_.open(symbol, side, price, slot, order);
    } else {
      levels_.append(place, slot, order);
    }
  }

  /// Takes the order out of its queue, and the level away with its last order.
  void unlink(std::uint32_t slot, const Order& order) {
    const std::uint32_t index = level_of(order);
    Level& level = levels_[index];
    if (level.orders != 1) return levels_.take(level, slot, order);
    books_[level.head.symbol].sides[index_of(level.head.side)].vacate(
        key_of(level.head.side, level.price));
    levels_.close(index);
  }

  void drop(std::uint32_t slot, Order& order) {
    unlink(slot, order);
    orders_.release(slot, order);
  }

  void release_queue(std::uint32_t level) {
    for (const std::uint32_t slot : levels_.queue(level)) orders_.release(slot, orders_[slot]);
    levels_.close(level);
  }

  Orders orders_;
  LevelQueues<Price> levels_;
  HugeVector<Book> books_ = HugeVector<Book>(1);
  std::size_t symbols_ = 0;  ///< the size of books_, but for the one it begins with
  std::array<std::uint64_t, book_results> results_{};
};

/// Of an exchange with ascending references and 32-bit prices and quantities.
using CompactBooks = L3Books<CompactRecords>;
/// Of any feed.
using WideBooks = L3Books<WideRecords>;

}  // namespace v1
}  // namespace delever
