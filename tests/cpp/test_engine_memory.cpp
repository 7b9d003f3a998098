// What a matching engine's orders weigh: dense and sparse, with and without client ids, and after
// the last of them is gone.
#include <memory>
#include <vector>

#include "check.hpp"
#include "random_commands.hpp"
#include "venue/matching_engine.hpp"

namespace delever {
namespace {

using testing::Random;

constexpr std::int64_t middle = 131'072;

std::vector<InstrumentSpec> instruments() {
  InstrumentSpec spec = testing::small_instrument("AAA");
  spec.price_ticks_max = 2 * middle;
  return {spec};
}

Command place(Side side, std::int64_t price, std::int64_t client_id) {
  return {.kind = static_cast<std::uint16_t>(CommandKind::PlaceOrder),
          .side = static_cast<std::uint8_t>(side),
          .order_type = static_cast<std::uint8_t>(OrderType::Limit),
          .time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtc),
          .client_id = client_id,
          .price_ticks = price,
          .qty_lots = 5};
}

Command cancel(OrderId order) {
  return {.kind = static_cast<std::uint16_t>(CommandKind::CancelOrder), .order_id = order};
}

/// Orders that come and go at random within some distance of the middle.
class Crowd {
 public:
  Crowd(MatchingEngine& engine, std::int64_t reach, bool names)
      : engine_(engine), reach_(reach), names_(names) {}

  void add() {
    const Side side = random_.below(2) == 0 ? Side::Buy : Side::Sell;
    const std::int64_t price = middle - direction(side) * random_.between(1, reach_);
    engine_.apply(place(side, price, names_ ? ++named_ : 0));
    live_.push_back(engine_.last_order());
  }
  void drop() {
    const auto at =
        static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(live_.size())));
    engine_.apply(cancel(live_[at]));
    CHECK(engine_.last_rejection() == RejectReason::None);
    live_[at] = live_.back();
    live_.pop_back();
  }
  const std::vector<OrderId>& live() const { return live_; }

 private:
  MatchingEngine& engine_;
  std::int64_t reach_;
  bool names_;
  std::int64_t named_ = 0;
  std::vector<OrderId> live_;
  Random random_{11};
};

double bytes_per_order(const MatchingEngine& engine) {
  return static_cast<double>(engine.bytes()) / static_cast<double>(engine.orders().live());
}

void check_dense(bool names) {
  MatchingEngine engine(instruments(), Rulebook{}, retain_none);
  Crowd crowd(engine, 1'128, names);
  while (crowd.live().size() < 20'000) crowd.add();
  CHECK(bytes_per_order(engine) <= 64);
  for (int i = 0; i < 100'000; ++i) {
    crowd.add();
    crowd.drop();
  }
  CHECK_EQUAL(engine.orders().live(), std::size_t{20'000});
  CHECK(bytes_per_order(engine) <= 64);
}

DELEVER_TEST(a_dense_book_weighs_64_bytes_an_order) {
  check_dense(false);
  check_dense(true);
}

DELEVER_TEST(a_sparse_book_weighs_a_leaf_an_order) {
  MatchingEngine engine(instruments(), Rulebook{}, retain_none);
  for (std::int64_t price = 64; price < middle; price += 64) {
    engine.apply(place(Side::Buy, price, 0));
    engine.apply(place(Side::Sell, middle + price, 0));
  }
  CHECK(bytes_per_order(engine) <= 400);
}

DELEVER_TEST(memory_returns_when_the_book_empties) {
  MatchingEngine engine(instruments(), Rulebook{}, retain_none);
  const std::size_t before = engine.bytes();
  std::vector<OrderId> old;
  for (int round = 0; round < 2; ++round) {
    Crowd crowd(engine, 30'000, true);
    while (crowd.live().size() < 30'000) crowd.add();
    CHECK(engine.bytes() > 30 * before);
    old = crowd.live();
    while (!crowd.live().empty()) crowd.drop();
    CHECK_EQUAL(engine.bytes(), before);
    CHECK_EQUAL(engine.orders().slots(), 0u);
  }
  // Ids go on: none of the old ones is given again.
  const std::unique_ptr<MatchingEngine> restored = MatchingEngine::restore(engine.snapshot());
  Crowd crowd(engine, 100, true);
  Crowd again(*restored, 100, true);
  for (int i = 0; i < 2'000; ++i) {
    crowd.add();
    again.add();
  }
  CHECK_EQUAL(engine.digest(), restored->digest());
  CHECK(engine.snapshot() == restored->snapshot());
  CHECK(crowd.live() == again.live());
  for (const OrderId id : old) CHECK(engine.orders().find(id) == nullptr);
}

}  // namespace
}  // namespace delever
