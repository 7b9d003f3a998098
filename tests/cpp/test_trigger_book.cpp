// TriggerBook against a list of orders that all look at every reference.
#include <algorithm>
#include <map>

#include "archive_bytes.hpp"
#include "check.hpp"
#include "market/trigger_book.hpp"

namespace delever {
namespace {

using testing::Random;

constexpr std::int64_t price_max = 2'000;

struct Waiting {
  Trigger trigger;
  std::int64_t extreme = 0;  ///< 0: none yet

  std::int64_t price() const { return trigger_price(trigger, extreme); }
  bool rises() const { return trigger.direction == TriggerDirection::Up; }
  /// Sees a reference: the extreme first, then the test.
  bool sees(std::int64_t reference) {
    if (extreme == 0) extreme = reference;
    extreme = rises() ? std::min(extreme, reference) : std::max(extreme, reference);
    return price() != 0 && triggers_at(trigger.direction, price(), reference);
  }
};

struct Fixture {
  OrderPool pool;
  TriggerBook book{price_max};
  std::map<std::uint32_t, Waiting> model;
  std::int64_t references[trigger_feed_count] = {0, 0, 0, 0, 0};
  std::int64_t sequence = 0;
  Random random{3};
};

Trigger draw_trigger(Fixture& f) {
  Trigger trigger;
  trigger.feed = static_cast<TriggerFeed>(f.random.below(trigger_feed_count));
  trigger.direction = f.random.below(2) == 0 ? TriggerDirection::Up : TriggerDirection::Down;
  trigger.kind = static_cast<TriggerKind>(f.random.between(1, 4));
  trigger.trigger_ticks = f.random.between(1, price_max);
  if (is_trailing(trigger.kind) && f.random.below(2) == 0) trigger.trigger_ticks = 0;
  if (trigger.kind == TriggerKind::TrailingTicks) trigger.distance = f.random.between(1, 60);
  if (trigger.kind == TriggerKind::TrailingPpm) trigger.distance = f.random.between(1, 90'000);
  trigger.sequence = ++f.sequence;
  return trigger;
}

/// The orders whose condition holds already are run by their owner and never wait.
bool may_wait(const Waiting& order, std::int64_t reference) {
  Waiting seen = order;
  return reference == 0 || !seen.sees(reference);
}

void insert(Fixture& f) {
  Waiting order{draw_trigger(f)};
  const std::int64_t reference = f.references[static_cast<std::size_t>(order.trigger.feed)];
  order.extreme = reference;
  if (!may_wait(order, reference)) return;
  const std::uint32_t slot = order_slot(f.pool.acquire());
  f.book.insert(f.pool, slot, order.trigger, reference);
  f.model[slot] = order;
}

std::uint32_t any(Fixture& f) {
  auto found = f.model.lower_bound(static_cast<std::uint32_t>(f.random.below(f.pool.slots())));
  return found == f.model.end() ? f.model.begin()->first : found->first;
}

void remove(Fixture& f) {
  const std::uint32_t slot = any(f);
  f.book.remove(f.pool, slot);
  f.pool.release(f.pool.id_of(slot));
  f.model.erase(slot);
}

void move(Fixture& f) {
  const std::uint32_t slot = any(f);
  Waiting moved = f.model[slot];
  const std::int64_t reference = f.references[static_cast<std::size_t>(moved.trigger.feed)];
  moved.trigger.trigger_ticks = f.random.between(1, price_max);
  moved.trigger.sequence = ++f.sequence;
  moved.extreme = reference;
  if (!may_wait(moved, reference)) return;
  f.book.move(f.pool, slot, moved.trigger.trigger_ticks, moved.trigger.sequence, reference);
  f.model[slot] = moved;
}

/// What the model's orders of these feeds say to the references, in the order of the book.
std::vector<TriggeredOrder> expected_hits(Fixture& f, std::vector<TriggerFeed> feeds) {
  std::vector<std::pair<Waiting, std::uint32_t>> hits;
  for (auto& [slot, order] : f.model) {
    if (std::find(feeds.begin(), feeds.end(), order.trigger.feed) == feeds.end()) continue;
    const std::int64_t reference = f.references[static_cast<std::size_t>(order.trigger.feed)];
    if (reference != 0 && order.sees(reference)) hits.push_back({order, slot});
  }
  std::sort(hits.begin(), hits.end(), [](const auto& a, const auto& b) {
    if (a.first.rises() != b.first.rises()) return a.first.rises();
    const std::int64_t ahead = a.first.price() - b.first.price();
    if (ahead != 0) return a.first.rises() ? ahead < 0 : ahead > 0;
    return a.first.trigger.sequence < b.first.trigger.sequence;
  });
  std::vector<TriggeredOrder> out;
  for (const auto& [order, slot] : hits) out.push_back({slot, order.price()});
  return out;
}

void collect(Fixture& f, std::int64_t step) {
  const auto feed = static_cast<TriggerFeed>(f.random.below(trigger_feed_count));
  const auto at = static_cast<std::size_t>(feed);
  const std::int64_t before = f.references[at] == 0 ? price_max / 2 : f.references[at];
  f.references[at] = std::clamp<std::int64_t>(before + f.random.between(-step, step), 1, price_max);
  std::vector<TriggeredOrder> hits, expected;
  if (feed == TriggerFeed::Ask || feed == TriggerFeed::Bid) {
    expected = expected_hits(f, {TriggerFeed::Ask, TriggerFeed::Bid});
    f.book.collect_quotes(f.references[3], f.references[4], f.pool, hits);
  } else {
    expected = expected_hits(f, {feed});
    f.book.collect(feed, f.references[at], f.pool, hits);
  }
  CHECK_EQUAL(hits.size(), expected.size());
  for (std::size_t i = 0; i < std::min(hits.size(), expected.size()); ++i) {
    CHECK_EQUAL(hits[i].slot, expected[i].slot);
    CHECK_EQUAL(hits[i].trigger_ticks, expected[i].trigger_ticks);
  }
  for (const TriggeredOrder& hit : expected) {
    f.model.erase(hit.slot);
    f.pool.release(f.pool.id_of(hit.slot));
  }
}

void check_all(Fixture& f) {
  CHECK_EQUAL(f.book.count(), f.model.size());
  for (const auto& [slot, order] : f.model)
    CHECK_EQUAL(f.book.trigger_of(f.pool, slot), order.price());
  std::size_t visited = 0;
  f.book.for_each([&](std::uint32_t slot) { visited += f.model.count(slot); });
  CHECK_EQUAL(visited, f.model.size());
}

void step(Fixture& f, int i) {
  const bool growing = i / 500 % 2 == 0;
  const std::int64_t choice = f.random.below(20);
  if (choice < (growing ? 11 : 4) || f.model.empty()) return insert(f);
  if (choice < (growing ? 13 : 8)) return remove(f);
  if (choice == 19) return move(f);
  collect(f, choice == 18 ? 120 : 8);
}

DELEVER_TEST(triggers_agree_with_orders_that_look_at_every_price) {
  Fixture f;
  for (int i = 0; i < 30'000; ++i) {
    step(f, i);
    if (i % 20 == 0) check_all(f);
  }
  while (!f.model.empty()) remove(f);
  check_all(f);
}

DELEVER_TEST(triggers_continue_alike_after_a_snapshot) {
  Fixture f;
  for (int i = 0; i < 2'000; ++i) step(f, i);
  testing::Writer writer;
  f.pool.serialize(writer);
  f.book.serialize(writer);
  Fixture restored = f;
  restored.pool = OrderPool();
  restored.book = TriggerBook(1);
  testing::Reader reader{writer.bytes.data()};
  restored.pool.serialize(reader);
  restored.book.serialize(reader);
  for (int i = 0; i < 2'000; ++i) {
    step(f, i);
    step(restored, i);
  }
  check_all(restored);
  CHECK(testing::bytes_of(restored.book) == testing::bytes_of(f.book));
}

void add_trail(OrderPool& pool, TriggerBook& book, std::int64_t distance, std::int64_t reference) {
  const std::uint32_t slot = order_slot(pool.acquire());
  book.insert(pool, slot,
              {.direction = TriggerDirection::Down,
               .kind = TriggerKind::TrailingTicks,
               .distance = distance,
               .sequence = slot},
              reference);
}

DELEVER_TEST(trails_of_many_entries_share_one_move) {
  OrderPool pool;
  TriggerBook book(price_max);
  std::vector<TriggeredOrder> hits;
  std::int64_t reference = 900;
  for (int i = 0; i < 1'000; ++i) {
    add_trail(pool, book, 10 + i % 400, reference);
    reference += i % 3 == 0 ? -1 : 1;
    book.collect(TriggerFeed::Last, reference, pool, hits);
  }
  CHECK(hits.empty());
  book.collect(TriggerFeed::Last, 1'500, pool, hits);
  CHECK(hits.empty());
  CHECK_EQUAL(book.trigger_of(pool, 5), 1'500 - 15);
  book.collect(TriggerFeed::Last, 1'490, pool, hits);
  CHECK_EQUAL(hits.size(), 3u);  // distance 10, by age
  CHECK_EQUAL(hits[0].slot, 0u);
  CHECK_EQUAL(hits[1].slot, 400u);
  CHECK_EQUAL(hits[2].trigger_ticks, 1'490);
  book.collect(TriggerFeed::Last, 1, pool, hits);
  CHECK_EQUAL(book.count(), 0u);
  CHECK_EQUAL(hits.size(), 1'000u);
}

DELEVER_TEST(triggers_hand_out_no_order_twice) {
  OrderPool pool;
  TriggerBook book(price_max);
  const std::uint32_t slot = order_slot(pool.acquire());
  book.insert(pool, slot, {.trigger_ticks = 100, .sequence = 1}, 50);
  std::vector<TriggeredOrder> hits;
  book.collect(TriggerFeed::Last, 99, pool, hits);
  book.collect(TriggerFeed::Mark, 100, pool, hits);
  CHECK(hits.empty());
  book.collect(TriggerFeed::Last, 100, pool, hits);
  book.collect(TriggerFeed::Last, 100, pool, hits);
  CHECK_EQUAL(hits.size(), 1u);
  CHECK_THROWS(book.remove(pool, slot), InvariantViolation);
}

}  // namespace
}  // namespace delever
