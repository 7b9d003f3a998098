// LiquidationMap against a std::multimap of (tick, item) per side.
#include <algorithm>
#include <map>

#include "check.hpp"
#include "risk/liquidation_map.hpp"

namespace delever {
namespace {

using testing::Random;
using Handle = LiquidationMap::Handle;

constexpr std::int64_t tick_max = 100'000;
constexpr std::uint32_t item_count = 3'000;

struct Entry {
  Handle handle;
  std::int64_t tick = 0;
  ThresholdSide side = ThresholdSide::Long;
};

struct Fixture {
  LiquidationMap map{tick_max};
  std::vector<Entry> entries = std::vector<Entry>(item_count);
  Random random{11};
};

void insert(Fixture& f, std::uint32_t item, std::int64_t centre) {
  Entry& entry = f.entries[item];
  entry.side = f.random.below(2) == 0 ? ThresholdSide::Long : ThresholdSide::Short;
  const std::int64_t distance =
      f.random.below(3) == 0 ? f.random.below(20'000) : f.random.below(40);
  if (entry.side == ThresholdSide::Long) {
    entry.tick = centre - 1 - distance;
    entry.handle = f.map.insert_long(entry.tick, item);
  } else {
    entry.tick = centre + 1 + distance;
    entry.handle = f.map.insert_short(entry.tick, item);
  }
  CHECK(static_cast<bool>(entry.handle));
  CHECK_EQUAL(f.map.tick_of(entry.handle), entry.tick);
}

void remove(Fixture& f, std::uint32_t item) {
  f.map.remove(f.entries[item].handle, [&](std::uint32_t moved, Handle handle) {
    CHECK(moved != item);
    CHECK(static_cast<bool>(f.entries[moved].handle));
    f.entries[moved].handle = handle;
  });
  f.entries[item].handle = Handle{};
}

using Model = std::multimap<std::int64_t, std::uint32_t>;

Model model_of(const Fixture& f, ThresholdSide side) {
  Model model;
  for (std::uint32_t item = 0; item < item_count; ++item) {
    const Entry& entry = f.entries[item];
    if (entry.handle && entry.side == side) model.emplace(entry.tick, item);
  }
  return model;
}

void check_side(Fixture& f, ThresholdSide side) {
  const Model model = model_of(f, side);
  Model stored;
  f.map.for_each_item(side, [&](std::int64_t tick, std::uint32_t item) {
    stored.emplace(tick, item);
    CHECK_EQUAL(tick, f.entries[item].tick);
  });
  CHECK_EQUAL(stored.size(), model.size());
  std::size_t total = 0;
  f.map.for_each_level(side, [&](std::int64_t tick, std::uint32_t count) {
    CHECK_EQUAL(model.count(tick), count);
    total += count;
  });
  CHECK_EQUAL(total, model.size());
  const bool is_long = side == ThresholdSide::Long;
  const std::int64_t touch = model.empty() ? -1
                             : is_long     ? model.rbegin()->first
                                           : model.begin()->first;
  CHECK_EQUAL(f.map.touch(side), touch);
}

std::vector<std::uint32_t> crossed_by_scan(const Fixture& f, std::int64_t mark) {
  std::vector<std::uint32_t> items;
  for (std::uint32_t item = 0; item < item_count; ++item) {
    const Entry& entry = f.entries[item];
    const bool is_long = entry.side == ThresholdSide::Long;
    if (entry.handle && (is_long ? entry.tick >= mark : entry.tick <= mark)) items.push_back(item);
  }
  return items;
}

void drain(Fixture& f, std::int64_t mark) {
  const std::vector<std::uint32_t> expected = crossed_by_scan(f, mark);
  CHECK_EQUAL(f.map.crossed(mark), !expected.empty());
  std::vector<std::uint32_t> drained;
  std::size_t prefetched = 0;
  f.map.drain_crossed(
      mark,
      [&](std::uint32_t item) {
        drained.push_back(item);
        f.entries[item].handle = Handle{};
        if (item % 3 == 0) insert(f, item, mark);  // a guard is set anew during the drain
      },
      [&](std::uint32_t) { ++prefetched; });
  std::sort(drained.begin(), drained.end());
  CHECK(drained == expected);
  CHECK_EQUAL(prefetched, expected.size());
  CHECK(!f.map.crossed(mark));
}

DELEVER_TEST(map_agrees_with_a_multimap) {
  Fixture f;
  std::int64_t mark = 50'000;
  for (int i = 0; i < 60'000; ++i) {
    const auto item = static_cast<std::uint32_t>(f.random.below(item_count));
    if (f.entries[item].handle)
      remove(f, item);
    else
      insert(f, item, mark);
    if (i % 400 == 0) {
      mark = std::clamp<std::int64_t>(mark + f.random.between(-300, 300), 25'000, 75'000);
      drain(f, mark);
      check_side(f, ThresholdSide::Long);
      check_side(f, ThresholdSide::Short);
    }
  }
  for (std::uint32_t item = 0; item < item_count; ++item) remove(f, item);
  CHECK(f.map.empty());
  check_side(f, ThresholdSide::Long);
  check_side(f, ThresholdSide::Short);
}

DELEVER_TEST(map_crosses_at_equality) {
  LiquidationMap map(1'000);
  CHECK(!map.crossed(500));
  map.insert_long(400, 1);
  map.insert_short(600, 2);
  CHECK(!map.crossed(401));
  CHECK(!map.crossed(599));
  CHECK(map.crossed(400));
  CHECK(map.crossed(600));
  std::vector<std::uint32_t> drained;
  map.drain_crossed(600, [&](std::uint32_t item) { drained.push_back(item); });
  CHECK(drained == std::vector<std::uint32_t>{2});
  CHECK_EQUAL(map.size(), 1u);
  CHECK_EQUAL(map.touch(ThresholdSide::Short), -1);
}

DELEVER_TEST(map_keeps_no_threshold_that_can_never_be_crossed) {
  LiquidationMap map(1'000);
  CHECK(!map.insert_long(-1, 1));
  CHECK(!map.insert_short(-1, 1));
  CHECK(!map.insert_short(1'001, 1));
  CHECK(map.empty());
  map.remove(Handle{}, [](std::uint32_t, Handle) { CHECK(false); });
  const Handle above = map.insert_long(5'000, 1);  // crossed at every mark
  CHECK_EQUAL(map.tick_of(above), 1'000);
  CHECK(map.crossed(1'000));
  map.clear();
  CHECK(!map.crossed(1'000));
}

DELEVER_TEST(map_notices_a_handle_that_is_void) {
  LiquidationMap map(1'000);
  const Handle handle = map.insert_long(400, 1);
  map.drain_crossed(300, [](std::uint32_t) {});
  const auto ignore = [](std::uint32_t, Handle) {};
  CHECK_THROWS(map.remove(handle, ignore), InvariantViolation);
}

DELEVER_TEST(map_reuses_its_memory) {
  LiquidationMap map(1'000'000);
  Random random(3);
  std::size_t bytes = 0;
  for (int round = 0; round < 20; ++round) {
    for (std::uint32_t item = 0; item < 5'000; ++item) map.insert_long(random.below(2'000), item);
    map.drain_crossed(0, [](std::uint32_t) {});
    CHECK(map.empty());
    if (round == 3) bytes = map.bytes();
    if (round > 3) CHECK_EQUAL(map.bytes(), bytes);
  }
}

}  // namespace
}  // namespace delever
