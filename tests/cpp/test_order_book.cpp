// OrderPool and OrderBook against a std::map of lists of orders.
#include <algorithm>
#include <list>
#include <map>
#include <set>

#include "archive_bytes.hpp"
#include "check.hpp"
#include "market/order_book.hpp"

namespace delever {
namespace {

using testing::Random;
using testing::Reader;
using testing::Writer;

constexpr std::int64_t price_max = 5'000;

/// A level: the displayed orders by time, then the hidden ones by time.
struct ModelLevel {
  std::list<std::uint32_t> displayed, hidden;
  bool empty() const { return displayed.empty() && hidden.empty(); }
  std::uint32_t front() const { return displayed.empty() ? hidden.front() : displayed.front(); }
};

/// Prices run from the touch outward, so that both sides read alike.
struct Model {
  std::map<std::int64_t, ModelLevel> sides[2];
  std::map<std::int64_t, ModelLevel>& of(Side side) { return sides[side == Side::Sell ? 1 : 0]; }
  static std::int64_t key(Side side, std::int64_t price) {
    return side == Side::Buy ? -price : price;
  }
};

struct Fixture {
  OrderPool pool;
  OrderBook book{price_max};
  Model model;
  std::map<std::uint32_t, OrderId> resting;
  std::map<std::uint32_t, std::int64_t> rests;  ///< what icebergs do not show
  Random random{42};

  bool hidden(std::uint32_t slot) const { return (pool[slot].flags & hidden_order) != 0; }
  ModelLevel& level_of(std::uint32_t slot) {
    return model.of(pool[slot].side)[Model::key(pool[slot].side, book.price_of(pool[slot]))];
  }
};

std::int64_t draw_price(Fixture& f, Side side) {
  if (f.random.below(50) == 0) return f.book.unpriced_ticks(side);
  const std::int64_t spread = f.random.below(20) == 0 ? 2'000 : 40;
  return 2'500 - direction(side) * f.random.below(spread);
}

void place(Fixture& f) {
  const OrderId id = f.pool.acquire();
  const std::uint32_t slot = order_slot(id);
  Order& order = f.pool[slot];
  order.side = f.random.below(2) == 0 ? Side::Buy : Side::Sell;
  const std::int64_t price = draw_price(f, order.side);
  order.open_lots = f.random.between(1, 50);
  const std::int64_t kind = f.random.below(4);
  if (kind == 0) order.flags = hidden_order;
  const std::int64_t rest = kind == 1 ? f.random.between(1, 100) : 0;
  if (rest != 0) f.rests[slot] = rest;
  f.book.append(f.pool, slot, price, rest);
  CHECK_EQUAL(f.book.price_of(order), price);
  (kind == 0 ? f.level_of(slot).hidden : f.level_of(slot).displayed).push_back(slot);
  f.resting[slot] = id;
}

std::int64_t rest_of(Fixture& f, std::uint32_t slot) {
  const auto found = f.rests.find(slot);
  return found == f.rests.end() ? 0 : found->second;
}

void take_out(Fixture& f, std::uint32_t slot) {
  const Order& order = f.pool[slot];
  auto& side = f.model.of(order.side);
  const auto level = side.find(Model::key(order.side, f.book.price_of(order)));
  (f.hidden(slot) ? level->second.hidden : level->second.displayed).remove(slot);
  if (level->second.empty()) side.erase(level);
  f.book.remove(f.pool, slot, rest_of(f, slot));
  f.rests.erase(slot);
  CHECK(!f.pool[slot].rests());
  const OrderId id = f.resting[slot];
  f.resting.erase(slot);
  CHECK_EQUAL(f.pool.id_of(slot), id);
  f.pool.release(id);
  CHECK(f.pool.find(id) == nullptr);
}

std::uint32_t any_resting(Fixture& f) {
  const auto from = static_cast<std::uint32_t>(f.random.below(f.pool.slots()));
  const auto found = f.resting.lower_bound(from);
  return found == f.resting.end() ? f.resting.begin()->first : found->first;
}

/// An iceberg shows more of its rest, in place or at the back; or its rest changes.
void work_iceberg(Fixture& f) {
  if (f.rests.empty()) return;
  auto found = f.rests.lower_bound(static_cast<std::uint32_t>(f.random.below(f.pool.slots())));
  if (found == f.rests.end()) found = f.rests.begin();
  const std::uint32_t slot = found->first;
  const std::int64_t way = f.random.below(3);
  const std::int64_t lots = f.random.below(found->second + 1);
  if (way == 0) {
    f.book.change_rest(f.pool, slot, 5 - lots);
    found->second += 5 - lots;
    return;
  }
  found->second -= lots;
  if (way == 1) return f.book.replenish_in_place(f.pool, slot, lots);
  f.book.replenish(f.pool, slot, lots);
  f.level_of(slot).displayed.remove(slot);
  f.level_of(slot).displayed.push_back(slot);
}

void check_level(Fixture& f, const PriceLevel& level, const ModelLevel& expected) {
  std::int64_t open_lots = 0;
  std::int64_t hidden_lots = 0;
  std::uint32_t slot = level.head;
  std::uint32_t last = no_index;
  for (const std::uint32_t wanted : expected.displayed) {
    CHECK_EQUAL(slot, wanted);
    open_lots += f.pool[slot].open_lots;
    hidden_lots += rest_of(f, slot);
    last = slot;
    slot = f.pool[slot].fifo_next;
  }
  CHECK_EQUAL(slot, level.hidden_head);
  for (const std::uint32_t wanted : expected.hidden) {
    CHECK_EQUAL(slot, wanted);
    hidden_lots += f.pool[slot].open_lots;
    last = slot;
    slot = f.pool[slot].fifo_next;
  }
  CHECK_EQUAL(slot, no_index);
  CHECK_EQUAL(level.tail, last);
  CHECK_EQUAL(level.count, expected.displayed.size());
  CHECK_EQUAL(level.open_lots, open_lots);
  CHECK_EQUAL(f.book.hidden_lots(level), hidden_lots);
}

bool shown(Fixture& f, Side side, std::int64_t key, const ModelLevel& level) {
  return !f.book.is_unpriced(Model::key(side, key)) && !level.displayed.empty();
}

void check_touch(Fixture& f, Side side) {
  auto& model = f.model.of(side);
  CHECK_EQUAL(f.book.empty(side), model.empty());
  std::int64_t displayed = -1;
  for (const auto& [key, level] : model) {
    if (!shown(f, side, key, level)) continue;
    displayed = Model::key(side, key);
    break;
  }
  CHECK_EQUAL(f.book.best_displayed(side), displayed);
  if (model.empty()) {
    CHECK_EQUAL(f.book.best(side), -1);
    CHECK_EQUAL(f.book.front(side), no_index);
    CHECK(f.book.best_level(side) == nullptr);
    return;
  }
  CHECK_EQUAL(Model::key(side, f.book.best(side)), model.begin()->first);
  CHECK_EQUAL(f.book.front(side), model.begin()->second.front());
  CHECK_EQUAL(f.book.best_level(side)->count, model.begin()->second.displayed.size());
}

/// Every level, shown or not, and the walk over all orders by priority.
void check_priority(Fixture& f, Side side) {
  std::uint32_t slot = f.book.front(side);
  for (const auto& [key, expected] : f.model.of(side)) {
    check_level(f, *f.book.level(side, Model::key(side, key)), expected);
    for (const auto* queue : {&expected.displayed, &expected.hidden}) {
      for (const std::uint32_t wanted : *queue) {
        CHECK_EQUAL(slot, wanted);
        slot = f.book.next_slot(f.pool, slot);
      }
    }
  }
  CHECK_EQUAL(slot, no_index);
}

void check_all(Fixture& f, Side side) {
  check_touch(f, side);
  check_priority(f, side);
  auto& model = f.model.of(side);
  CHECK_EQUAL(f.book.level_count(side), model.size());
  std::vector<PriceLevel> levels;
  f.book.depth(side, 1'000'000, levels);
  std::size_t at = 0;
  for (const auto& [key, expected] : model) {
    if (!shown(f, side, key, expected)) continue;
    CHECK_EQUAL(Model::key(side, levels[at].price_ticks), key);
    CHECK_EQUAL(f.book.level(side, levels[at].price_ticks)->head, levels[at].head);
    ++at;
  }
  CHECK_EQUAL(levels.size(), at);
}

void step(Fixture& f, bool growing) {
  const std::int64_t choice = f.random.below(10);
  if (choice < (growing ? 6 : 3) || f.resting.empty()) return place(f);
  if (choice == 8) return work_iceberg(f);
  if (choice == 9) {
    const std::uint32_t slot = any_resting(f);
    const std::int64_t by = f.random.below(f.pool[slot].open_lots);
    return f.book.reduce(f.pool, slot, QtyLots{by});
  }
  const Side side = f.random.below(2) == 0 ? Side::Buy : Side::Sell;
  if (choice >= 6 && !f.book.empty(side)) return take_out(f, f.book.front(side));
  take_out(f, any_resting(f));
}

DELEVER_TEST(book_agrees_with_a_map_of_lists) {
  Fixture f;
  for (int i = 0; i < 20'000; ++i) {
    step(f, i / 4'000 % 2 == 0);
    check_touch(f, Side::Buy);
    check_touch(f, Side::Sell);
    if (i % 500 == 0) check_all(f, Side::Buy);
    if (i % 500 == 0) check_all(f, Side::Sell);
    CHECK_EQUAL(f.pool.live(), f.resting.size());
  }
  while (!f.resting.empty()) take_out(f, any_resting(f));
  check_all(f, Side::Buy);
  check_all(f, Side::Sell);
}

DELEVER_TEST(book_depth_stops_at_the_count) {
  OrderPool pool;
  OrderBook book(100);
  for (std::int64_t price = 10; price < 20; ++price) {
    const std::uint32_t slot = order_slot(pool.acquire());
    pool[slot].side = Side::Sell;
    pool[slot].open_lots = price;
    book.append(pool, slot, price);
  }
  std::vector<PriceLevel> levels;
  book.depth(Side::Sell, 3, levels);
  CHECK_EQUAL(levels.size(), 3u);
  CHECK_EQUAL(levels[0].price_ticks, 10);
  CHECK_EQUAL(levels[2].open_lots, 12);
  CHECK_EQUAL(book.next_price(Side::Sell, 12), 13);
  CHECK_EQUAL(book.next_price(Side::Sell, 19), -1);
  CHECK(book.level(Side::Sell, 30) == nullptr);
  CHECK(book.level(Side::Buy, 10) == nullptr);
  CHECK_THROWS(book.append(pool, 0, 10), InvariantViolation);  // it rests already
}

DELEVER_TEST(pool_gives_slots_last_freed_first_and_ids_once) {
  OrderPool pool;
  std::vector<OrderId> live, freed;
  std::set<OrderId> seen;
  Random random(7);
  std::uint32_t fresh = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (live.empty() || random.below(5) < 3) {
      const OrderId id = pool.acquire();
      CHECK(seen.insert(id).second);
      const bool reused = !freed.empty();
      CHECK_EQUAL(order_slot(id), reused ? order_slot(freed.back()) : fresh);
      CHECK_EQUAL(order_generation(id), reused ? order_generation(freed.back()) + 1 : 1u);
      if (reused)
        freed.pop_back();
      else
        ++fresh;
      CHECK(pool.find(id) == &pool[order_slot(id)]);
      live.push_back(id);
    } else {
      const auto place =
          static_cast<std::size_t>(random.below(static_cast<std::int64_t>(live.size())));
      std::swap(live[place], live.back());
      freed.push_back(live.back());
      live.pop_back();
      pool.release(freed.back());
      CHECK(pool.find(freed.back()) == nullptr);
      CHECK_THROWS(pool.release(freed.back()), InvariantViolation);
    }
    CHECK_EQUAL(pool.live(), live.size());
  }
}

DELEVER_TEST(pool_finds_no_order_that_never_was) {
  OrderPool pool;
  CHECK(pool.find(no_order) == nullptr);
  const OrderId id = pool.acquire();
  CHECK_EQUAL(id, make_order_id(1, 0));
  CHECK(pool.find(no_order) == nullptr);
  CHECK(pool.find(make_order_id(1, 1)) == nullptr);
  pool.release(id);
  CHECK(pool.find(make_order_id(2, 0)) == nullptr);  // the id the slot will give next
  CHECK_EQUAL(pool.acquire(), make_order_id(2, 0));
}

DELEVER_TEST(book_and_pool_continue_alike_after_a_snapshot) {
  Fixture f;
  for (int i = 0; i < 3'000; ++i) step(f, i < 2'000);
  Writer writer;
  f.pool.serialize(writer);
  f.book.serialize(writer);
  Fixture restored;
  Reader reader{writer.bytes.data()};
  restored.pool.serialize(reader);
  restored.book.serialize(reader);
  restored.model = f.model;
  restored.resting = f.resting;
  restored.rests = f.rests;
  restored.random = f.random;
  for (int i = 0; i < 1'000; ++i) step(f, false);
  for (int i = 0; i < 1'000; ++i) step(restored, false);
  check_all(restored, Side::Buy);
  check_all(restored, Side::Sell);
  Writer again, original;
  restored.pool.serialize(again);
  restored.book.serialize(again);
  f.pool.serialize(original);
  f.book.serialize(original);
  CHECK(again.bytes == original.bytes);
}

}  // namespace
}  // namespace delever
