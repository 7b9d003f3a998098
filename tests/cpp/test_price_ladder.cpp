// PriceLadder against std::map: the same random operations, every answer compared.
#include <map>

#include "check.hpp"
#include "market/price_ladder.hpp"

namespace delever {
namespace {

using testing::Random;
using Model = std::map<std::int64_t, std::uint32_t>;

std::int64_t model_above(const Model& model, std::int64_t tick) {
  const auto found = model.upper_bound(tick);
  return found == model.end() ? -1 : found->first;
}
std::int64_t model_below(const Model& model, std::int64_t tick) {
  const auto found = model.lower_bound(tick);
  return found == model.begin() ? -1 : std::prev(found)->first;
}

void check_same(const PriceLadder& ladder, const Model& model, std::int64_t tick) {
  CHECK_EQUAL(ladder.size(), model.size());
  CHECK_EQUAL(ladder.empty(), model.empty());
  CHECK_EQUAL(ladder.lowest(), model.empty() ? -1 : model.begin()->first);
  CHECK_EQUAL(ladder.highest(), model.empty() ? -1 : model.rbegin()->first);
  CHECK_EQUAL(ladder.next_above(tick), model_above(model, tick));
  CHECK_EQUAL(ladder.next_below(tick), model_below(model, tick));
  const auto found = model.find(tick);
  CHECK_EQUAL(ladder.find(tick), found == model.end() ? no_index : found->second);
}

/// A tick from one of: the whole range, a cluster of 200 ticks, the neighbourhood of a power of 64.
std::int64_t draw_tick(Random& random, std::int64_t tick_max) {
  const std::int64_t kind = random.below(4);
  std::int64_t tick = random.below(tick_max + 1);
  if (kind == 1) tick = tick_max / 3 + random.below(200);
  if (kind == 2) tick = (std::int64_t{1} << 6 * random.below(10)) + random.between(-2, 2);
  if (kind == 3) tick = tick_max - random.below(3);
  return tick < 0 ? 0 : tick > tick_max ? tick_max : tick;
}

void step(PriceLadder& ladder, Model& model, Random& random, bool growing) {
  const std::int64_t tick_max = ladder.tick_max();
  std::int64_t tick = draw_tick(random, tick_max);
  if (random.below(10) < (growing ? 7 : 3)) {
    const auto value = static_cast<std::uint32_t>(random.below(1'000'000));
    std::uint32_t& slot = ladder.occupy(tick);
    CHECK_EQUAL(slot, model.count(tick) == 0 ? no_index : model[tick]);
    slot = value;
    model[tick] = value;
  } else if (!model.empty()) {
    auto found = model.lower_bound(tick);
    if (found == model.end()) found = model.begin();
    tick = found->first;
    CHECK_EQUAL(ladder.vacate(tick), found->second);
    model.erase(found);
  }
  check_same(ladder, model, tick);
  check_same(ladder, model, random.between(-2, tick_max + 2));
}

void run_against_model(std::int64_t tick_max, std::uint64_t seed) {
  Random random(seed);
  PriceLadder ladder(tick_max);
  Model model;
  for (int i = 0; i < 7'000; ++i) step(ladder, model, random, i / 1'000 % 2 == 0);
  const PriceLadder copy = ladder;
  const std::size_t copied = model.size();
  CHECK(copied > 0);
  while (!model.empty()) {
    CHECK_EQUAL(ladder.vacate(model.begin()->first), model.begin()->second);
    model.erase(model.begin());
    check_same(ladder, model, random.below(tick_max + 1));
  }
  CHECK_EQUAL(copy.size(), copied);  // a copy is on its own
}

DELEVER_TEST(ladder_agrees_with_a_map) {
  const std::int64_t ranges[] = {0, 1, 63, 64, 4'095, 4'096, 10'000'000, std::int64_t{1} << 40};
  std::uint64_t seed = 1;
  for (const std::int64_t tick_max : ranges) run_against_model(tick_max, seed++);
}

DELEVER_TEST(ladder_spans_the_widest_range) {
  const std::int64_t tick_max = (std::int64_t{1} << 62) - 1;
  run_against_model(tick_max, 99);
  PriceLadder ladder(tick_max);
  ladder.occupy(tick_max) = 7;
  ladder.occupy(0) = 8;
  CHECK_EQUAL(ladder.next_above(0), tick_max);
  CHECK_EQUAL(ladder.next_below(tick_max), 0);
}

DELEVER_TEST(ladder_keeps_nothing_out_of_range) {
  PriceLadder ladder(100);
  CHECK_THROWS(ladder.occupy(-1), InvariantViolation);
  CHECK_THROWS(ladder.occupy(101), InvariantViolation);
  CHECK_THROWS(ladder.vacate(5), InvariantViolation);
  CHECK_EQUAL(ladder.find(-1), no_index);
  CHECK_EQUAL(ladder.find(101), no_index);
  ladder.occupy(50) = 1;
  CHECK_EQUAL(ladder.next_above(-1'000), 50);
  CHECK_EQUAL(ladder.next_below(1'000), 50);
  CHECK_EQUAL(ladder.next_above(1'000), -1);
  CHECK_EQUAL(ladder.next_below(-1'000), -1);
}

DELEVER_TEST(ladder_reuses_the_nodes_of_emptied_ticks) {
  PriceLadder ladder(10'000'000);
  Random random(5);
  std::size_t bytes = 0;
  for (int round = 0; round < 50; ++round) {
    std::map<std::int64_t, int> occupied;
    while (occupied.size() < 100) occupied[random.below(10'000'000)] = 1;
    for (const auto& [tick, ignored] : occupied) ladder.occupy(tick) = 1;
    for (const auto& [tick, ignored] : occupied) ladder.vacate(tick);
    if (round == 0) bytes = ladder.bytes();
    CHECK(ladder.bytes() <= 2 * bytes);
  }
  CHECK(ladder.empty());
}

}  // namespace
}  // namespace delever
