// L3Books against a slow model (a map of orders, and per price a list): the same random updates,
// valid and not, every result, level and queue compared. Then garbage, windows and worst cases.
#include <list>
#include <map>
#include <vector>

#include "check.hpp"
#include "feed/l3_book.hpp"

namespace delever {
namespace {

using testing::Random;

struct ModelOrder {
  SymbolId symbol;
  Side side;
  std::int64_t price;
  std::int64_t qty;
};

// The books by their definition.
struct Model {
  std::map<OrderReference, ModelOrder> orders;
  std::map<std::int64_t, std::list<OrderReference>> queues[4][3];

  std::list<OrderReference>& queue(const ModelOrder& order) {
    return queues[order.symbol][static_cast<int>(order.side)][order.price];
  }
  BookResult add(OrderReference reference, const ModelOrder& order) {
    if (order.qty <= 0) return BookResult::InvalidQuantity;
    if (orders.count(reference) != 0) return BookResult::DuplicateReference;
    orders[reference] = order;
    queue(order).push_back(reference);
    return BookResult::Applied;
  }
  void drop(OrderReference reference) {
    const ModelOrder order = orders[reference];
    queue(order).remove(reference);
    if (queue(order).empty()) queues[order.symbol][static_cast<int>(order.side)].erase(order.price);
    orders.erase(reference);
  }
  BookResult reduce(OrderReference reference, std::int64_t qty) {
    if (orders.count(reference) == 0) return BookResult::UnknownReference;
    if (qty <= 0 || qty > orders[reference].qty) return BookResult::InvalidQuantity;
    if ((orders[reference].qty -= qty) == 0) drop(reference);
    return BookResult::Applied;
  }
  BookResult remove(OrderReference reference) {
    if (orders.count(reference) == 0) return BookResult::UnknownReference;
    drop(reference);
    return BookResult::Applied;
  }
  BookResult replace(OrderReference old_reference, OrderReference reference, std::int64_t price,
                     std::int64_t qty) {
    if (orders.count(old_reference) == 0) return BookResult::UnknownReference;
    if (qty <= 0) return BookResult::InvalidQuantity;
    if (reference != old_reference && orders.count(reference) != 0)
      return BookResult::DuplicateReference;
    ModelOrder order = orders[old_reference];
    drop(old_reference);
    order.price = price;
    order.qty = qty;
    return add(reference, order);
  }
  BookResult modify(OrderReference reference, std::int64_t price, std::int64_t qty) {
    if (orders.count(reference) == 0) return BookResult::UnknownReference;
    ModelOrder& order = orders[reference];
    if (qty <= 0) return BookResult::InvalidQuantity;
    if (price != order.price || qty > order.qty) return replace(reference, reference, price, qty);
    order.qty = qty;
    return BookResult::Applied;
  }
  void clear(SymbolId symbol) {
    std::vector<OrderReference> gone;
    for (const auto& [reference, order] : orders)
      if (order.symbol == symbol) gone.push_back(reference);
    for (const OrderReference reference : gone) drop(reference);
  }
};

template <class Books>
void check_queue(const Books& books, const Model& model, SymbolId symbol, Side side,
                 std::int64_t price, const std::list<OrderReference>& queue) {
  std::int64_t total = 0;
  auto expected = queue.begin();
  books.for_each_in_queue(symbol, side, price, [&](const RestingOrder& order) {
    CHECK(expected != queue.end());
    if (expected == queue.end()) return;
    CHECK_EQUAL(order.reference, *expected);
    CHECK_EQUAL(order.qty, model.orders.at(*expected).qty);
    CHECK(order.price == price && order.side == side && order.symbol == symbol);
    total += order.qty;
    ++expected;
  });
  CHECK(expected == queue.end());
  CHECK_EQUAL(books.level(symbol, side, price).qty, total);
  CHECK_EQUAL(books.level(symbol, side, price).orders, queue.size());
}

template <class Books>
void check_same(const Books& books, const Model& model) {
  CHECK_EQUAL(books.live_orders(), model.orders.size());
  for (SymbolId symbol = 0; symbol < 4; ++symbol) {
    for (const Side side : {Side::Buy, Side::Sell}) {
      const auto& queues = model.queues[symbol][static_cast<int>(side)];
      CHECK_EQUAL(books.level_count(symbol, side), queues.size());
      const std::vector<RestingLevel> depth = books.depth(symbol, side, 1'000'000);
      CHECK_EQUAL(depth.size(), queues.size());
      if (depth.size() != queues.size()) return;
      auto ascending = queues.begin();
      for (std::size_t i = 0; i < depth.size(); ++i, ++ascending) {
        const std::size_t at = side == Side::Sell ? i : depth.size() - 1 - i;
        CHECK_EQUAL(depth[at].price, ascending->first);
        check_queue(books, model, symbol, side, ascending->first, ascending->second);
      }
      const RestingLevel best = books.best(symbol, side);
      CHECK_EQUAL(best.orders, depth.empty() ? 0 : depth.front().orders);
      CHECK_EQUAL(best.price, depth.empty() ? 0 : depth.front().price);
    }
  }
}

struct Draws {
  std::int64_t price_low;
  std::int64_t price_high;
  std::int64_t references;  ///< how many different ones are drawn
  std::uint64_t spread;     ///< between neighbouring ones
};

template <class Books>
void step(Books& books, Model& model, Random& random, const Draws& draws, bool growing) {
  const auto draw_reference = [&] {
    return static_cast<OrderReference>(random.below(draws.references)) * draws.spread;
  };
  const OrderReference reference = draw_reference();
  const OrderReference other = draw_reference();
  const std::int64_t price = random.between(draws.price_low, draws.price_high);
  const std::int64_t qty = random.between(-1, 20);
  const std::int64_t kind = random.below(100);
  if (kind < (growing ? 55 : 25)) {
    const ModelOrder order{static_cast<SymbolId>(random.below(4)),
                           random.below(2) == 0 ? Side::Buy : Side::Sell, price, qty};
    const BookResult result = books.add(order.symbol, reference, order.side, price, qty);
    CHECK(result == model.add(reference, order));
  } else if (kind < 65) {
    CHECK(books.reduce(reference, qty) == model.reduce(reference, qty));
  } else if (kind < 80) {
    CHECK(books.remove(reference) == model.remove(reference));
  } else if (kind < 90) {
    CHECK(books.replace(reference, other, price, qty) ==
          model.replace(reference, other, price, qty));
  } else {
    const std::int64_t near = random.below(2) == 0 && model.orders.count(reference) != 0
                                  ? model.orders[reference].price
                                  : price;
    CHECK(books.modify(reference, near, qty) == model.modify(reference, near, qty));
  }
  const auto found = books.find(reference);
  CHECK_EQUAL(found.has_value(), model.orders.count(reference) == 1);
}

template <class Books>
void run_against_model(const Draws& draws, std::uint64_t seed) {
  Random random(seed);
  Books books;
  Model model;
  for (int i = 0; i < 12'000; ++i) {
    step(books, model, random, draws, i / 3'000 % 2 == 0);
    if (i % 500 == 0) check_same(books, model);
    if (i % 4'000 == 3'999) {
      books.clear(static_cast<SymbolId>(i / 4'000));
      model.clear(static_cast<SymbolId>(i / 4'000));
      check_same(books, model);
    }
  }
  check_same(books, model);
  while (!model.orders.empty()) {
    const OrderReference reference = model.orders.begin()->first;
    CHECK(books.remove(reference) == model.remove(reference));
  }
  check_same(books, model);
}

DELEVER_TEST(l3_books_agree_with_their_definition) {
  run_against_model<WideBooks>({-40, 40, 3'000, 1}, 1);
  run_against_model<WideBooks>({-40, 40, 3'000, 0x9E37'79B9'7F4A'7C15}, 2);
  run_against_model<WideBooks>({-1'000'000'000'000, 1'000'000'000'000, 20'000, 7}, 3);
  run_against_model<CompactBooks>({0, 60, 3'000, 1}, 4);
  run_against_model<CompactBooks>({0xFFFF'FF00, 0xFFFF'FFFF, 3'000, 0x0123'4567'89AB'CDEF}, 5);
  run_against_model<CompactBooks>({0, 0xFFFF'FFFF, 20'000, 1'000}, 6);
}

// Queues much longer than a level's own row.
DELEVER_TEST(l3_books_agree_where_queues_are_long) {
  run_against_model<WideBooks>({0, 1, 3'000, 1}, 11);
  run_against_model<WideBooks>({5, 5, 500, 3}, 12);
  run_against_model<CompactBooks>({1, 2, 3'000, 1}, 13);
  run_against_model<CompactBooks>({7, 7, 20'000, 1}, 14);
}

// What was prepared for an add is only a hint: a level that has gone, or is another by now.
DELEVER_TEST(l3_books_do_not_trust_what_was_prepared) {
  CompactBooks books;
  CHECK(books.add(1, 1, Side::Buy, 10, 5) == BookResult::Applied);
  const std::uint32_t near = books.prepare_level(1, Side::Buy, 10);
  CHECK(near != no_index);
  CHECK(books.remove(1) == BookResult::Applied);
  CHECK(books.add(1, 2, Side::Buy, 10, 6, near) == BookResult::Applied);  // the level has gone
  CHECK_EQUAL(books.level(1, Side::Buy, 10).orders, 1u);
  CHECK(books.remove(2) == BookResult::Applied);
  CHECK(books.add(1, 3, Side::Sell, 10, 7) == BookResult::Applied);  // its record is another's
  CHECK(books.add(1, 4, Side::Buy, 10, 8, near) == BookResult::Applied);
  CHECK(books.add(2, 5, Side::Sell, 10, 9, near) == BookResult::Applied);
  CHECK(books.add(1, 6, Side::Sell, 11, 9, near) == BookResult::Applied);
  CHECK(books.add(1, 7, Side::Sell, 10, 1, near) == BookResult::Applied);
  CHECK_EQUAL(books.level(1, Side::Buy, 10).qty, 8);
  CHECK_EQUAL(books.level(2, Side::Sell, 10).qty, 9);
  CHECK_EQUAL(books.level(1, Side::Sell, 11).qty, 9);
  CHECK_EQUAL(books.level(1, Side::Sell, 10).qty, 8);
}

// More levels than the sorted vector keeps, added and taken away in every order.
DELEVER_TEST(l3_books_agree_where_a_side_is_deep) {
  Random random(7);
  WideBooks books;
  Model model;
  OrderReference next = 1;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 6'000; ++i) {
      const ModelOrder order{0, Side::Sell, random.below(8'000), 1};
      CHECK(books.add(0, next, order.side, order.price, 1) == model.add(next, order));
      ++next;
    }
    check_same(books, model);
    while (model.orders.size() > 100) {  // takes from the best, the worst and between
      auto& queues = model.queues[0][2];
      auto at = random.below(3) == 0 ? std::prev(queues.end()) : queues.begin();
      if (random.below(3) == 0) at = queues.lower_bound(random.below(8'000));
      if (at == queues.end()) at = queues.begin();
      const OrderReference reference = at->second.front();
      CHECK(books.remove(reference) == model.remove(reference));
      const RestingLevel best = books.best(0, Side::Sell);
      CHECK_EQUAL(best.price, queues.begin()->first);
      if (model.orders.size() % 1'000 == 0) check_same(books, model);
    }
    check_same(books, model);
  }
}

DELEVER_TEST(l3_books_refuse_what_they_cannot_represent) {
  CompactBooks books;
  CHECK(books.add(1, 1, Side::None, 10, 5) == BookResult::InvalidSide);
  CHECK(books.add(1, 1, Side::Buy, -1, 5) == BookResult::InvalidPrice);
  CHECK(books.add(1, 1, Side::Buy, std::int64_t{1} << 32, 5) == BookResult::InvalidPrice);
  CHECK(books.add(1, 1, Side::Buy, 10, std::int64_t{1} << 32) == BookResult::InvalidQuantity);
  CHECK(books.add(65'535, 1, Side::Buy, 10, 5) == BookResult::Applied);
  CHECK(books.modify(1, -1, 5) == BookResult::InvalidPrice);
  CHECK(books.replace(1, 2, 10, 0) == BookResult::InvalidQuantity);
  CHECK(books.reduce(2, 1) == BookResult::UnknownReference);
  CHECK_EQUAL(books.results(BookResult::InvalidPrice), 3u);
  CHECK_EQUAL(books.results(BookResult::Applied), 1u);
  CHECK_EQUAL(books.live_orders(), 1u);
  CHECK_EQUAL(books.symbols(), 65'536u);
  CHECK(!books.crossed(65'535) && !books.crossed(7));
  books.clear(7);
  CHECK(books.add(65'535, 3, Side::Sell, 10, 5) == BookResult::Applied);
  CHECK(books.crossed(65'535));
}

DELEVER_TEST(l3_books_stay_small_on_garbage_references) {
  CompactBooks books;
  CHECK(books.add(1, std::uint64_t{1} << 63, Side::Buy, 10, 5) == BookResult::Applied);
  CHECK(books.add(1, ~std::uint64_t{0}, Side::Buy, 10, 5) == BookResult::Applied);
  CHECK(books.add(1, 0xFFFF'FFFF, Side::Buy, 10, 5) == BookResult::Applied);
  CHECK(books.find(std::uint64_t{1} << 63).has_value());
  CHECK(books.bytes() < (32u << 20));
  Random random(8);
  std::vector<OrderReference> added;
  while (added.size() < 20'000) {
    added.push_back(random.next() >> (random.below(2) == 0 ? 32 : 0));
    if (books.add(1, added.back(), Side::Buy, 10, 5) != BookResult::Applied) added.pop_back();
  }
  CHECK(books.bytes() < (96u << 20));
  for (const OrderReference reference : added)
    CHECK(books.remove(reference) == BookResult::Applied);
  CHECK_EQUAL(books.live_orders(), 3u);
}

// References that ascend for ever, each living a while: the index keeps its window.
DELEVER_TEST(l3_books_reuse_the_pages_of_gone_references) {
  CompactBooks books;
  constexpr OrderReference first = 1'000'000'000;
  std::size_t bytes = 0;
  for (OrderReference i = 0; i < 3'000'000; ++i) {
    CHECK(books.add(1, first + i, Side::Buy, static_cast<std::int64_t>(i % 50), 5) ==
          BookResult::Applied);
    if (i >= 50'000) CHECK(books.remove(first + i - 50'000) == BookResult::Applied);
    if (i == 100'000) bytes = books.bytes();
  }
  CHECK_EQUAL(books.live_orders(), 50'000u);
  CHECK(books.bytes() <= bytes + (1u << 20));
}

}  // namespace
}  // namespace delever
