// HeapForest against sets: pushes, removals anywhere and melds; and the expiry agenda on top of it.
#include <set>
#include <tuple>

#include "archive_bytes.hpp"
#include "check.hpp"
#include "market/expiry_agenda.hpp"

namespace delever {
namespace {

using testing::Random;
using Item = std::tuple<std::int64_t, std::int64_t, std::uint32_t>;  // key, tie, node

constexpr std::size_t heaps = 6;

struct Fixture {
  HeapForest forest;
  std::uint32_t roots[heaps];
  std::set<Item> models[heaps];
  std::int64_t tie = 0;
};

void check_top(const Fixture& f, std::size_t at) {
  if (f.models[at].empty()) return CHECK_EQUAL(f.roots[at], no_index);
  CHECK_EQUAL(f.roots[at], std::get<2>(*f.models[at].begin()));
}

void step(Fixture& f, Random& random) {
  const auto at = static_cast<std::size_t>(random.below(heaps));
  const std::int64_t choice = random.below(100);
  std::set<Item>& model = f.models[at];
  if (choice < 55) {
    const std::int64_t key = random.below(500);
    const std::uint32_t node = f.forest.push(f.roots[at], key, ++f.tie, 7);
    model.insert({key, f.tie, node});
  } else if (choice < 97 && !model.empty()) {
    auto found =
        random.below(3) == 0 ? model.begin() : model.lower_bound({random.below(500), 0, 0});
    if (found == model.end()) found = model.begin();
    f.forest.take_out(f.roots[at], std::get<2>(*found));
    model.erase(found);
  } else {
    const std::size_t other = (at + 1) % heaps;
    f.forest.meld(f.roots[at], f.roots[other]);
    model.merge(f.models[other]);
    check_top(f, other);
  }
  check_top(f, at);
}

DELEVER_TEST(heaps_agree_with_sets) {
  Fixture f;
  for (std::uint32_t& root : f.roots) root = no_index;
  Random random(11);
  for (int i = 0; i < 40'000; ++i) step(f, random);
  for (std::size_t at = 0; at < heaps; ++at) {
    while (!f.models[at].empty()) {
      check_top(f, at);
      f.forest.take_out(f.roots[at], f.roots[at]);
      f.models[at].erase(f.models[at].begin());
    }
    check_top(f, at);
  }
  std::uint32_t empty = no_index;
  CHECK_THROWS(f.forest.take_out(empty, 0), InvariantViolation);
}

DELEVER_TEST(agenda_gives_the_due_by_time_then_age) {
  ExpiryAgenda agenda;
  CHECK_EQUAL(agenda.next_ns(), ExpiryAgenda::never_ns);
  agenda.insert(50, 4, 40);
  agenda.insert(20, 9, 90);
  const std::uint32_t early = agenda.insert(10, 1, 10);
  agenda.insert(20, 3, 30);
  CHECK_EQUAL(agenda.next_ns(), 10);
  agenda.remove(early);
  CHECK_EQUAL(agenda.pop_due(19), no_index);
  const std::vector<std::byte> bytes = testing::bytes_of(agenda);
  ExpiryAgenda restored;
  testing::Reader reader{bytes.data()};
  restored.serialize(reader);
  for (ExpiryAgenda* each : {&agenda, &restored}) {
    CHECK_EQUAL(each->pop_due(20), 30u);
    CHECK_EQUAL(each->pop_due(20), 90u);
    CHECK_EQUAL(each->pop_due(20), no_index);
    CHECK_EQUAL(each->next_ns(), 50);
    CHECK_EQUAL(each->pop_due(1'000), 40u);
    CHECK_EQUAL(each->next_ns(), ExpiryAgenda::never_ns);
  }
}

}  // namespace
}  // namespace delever
