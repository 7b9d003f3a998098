// The auction price against tables worked out by hand, and against a count at every price.
#include <algorithm>
#include <vector>

#include "check.hpp"
#include "market/auction.hpp"

namespace delever {
namespace {

using testing::Random;

struct Rest {
  Side side;
  std::int64_t price;
  std::int64_t lots;
};

constexpr std::int64_t price_max = 20'000;

struct Fixture {
  OrderPool pool;
  OrderBook book{price_max};

  void rest(const Rest& rest, bool hidden = false, std::int64_t unshown = 0) {
    const std::uint32_t slot = order_slot(pool.acquire());
    Order& order = pool[slot];
    order.side = rest.side;
    order.open_lots = rest.lots;
    if (hidden) order.flags = hidden_order;
    book.append(pool, slot, rest.price, unshown);
  }
};

void check_uncross(const std::vector<Rest>& rests, AuctionPrice rule, std::int64_t reference,
                   std::int64_t price, std::int64_t volume) {
  Fixture f;
  for (const Rest& rest : rests) f.rest(rest);
  const AuctionResult uncross = auction_price(f.book, rule, reference);
  CHECK_EQUAL(uncross.price_ticks, price);
  CHECK_EQUAL(uncross.volume_lots, volume);
}

std::vector<Rest> rests_of(const std::vector<std::pair<std::int64_t, std::int64_t>>& bids,
                           const std::vector<std::pair<std::int64_t, std::int64_t>>& asks) {
  std::vector<Rest> rests;
  for (const auto& [price, lots] : bids) rests.push_back({Side::Buy, price, lots});
  for (const auto& [price, lots] : asks) rests.push_back({Side::Sell, price, lots});
  return rests;
}

DELEVER_TEST(auction_needs_a_cross) {
  check_uncross({}, AuctionPrice::Mid, 0, 0, 0);
  check_uncross(rests_of({{100, 10}, {99, 10}}, {}), AuctionPrice::Mid, 0, 0, 0);
  check_uncross(rests_of({{100, 10}}, {{101, 5}}), AuctionPrice::MaxPrice, 0, 0, 0);
  check_uncross(rests_of({{100, 10}}, {{100, 4}}), AuctionPrice::Reference, 7, 100, 4);
}

DELEVER_TEST(auction_takes_the_greatest_volume) {
  const auto bids = {std::pair<std::int64_t, std::int64_t>{101, 20}, {100, 10}, {99, 20}};
  check_uncross(rests_of(bids, {{100, 10}, {101, 15}, {102, 5}}), AuctionPrice::Mid, 0, 101, 20);
  check_uncross(rests_of({{101, 30}, {100, 10}, {99, 20}}, {{100, 30}, {101, 15}}),
                AuctionPrice::Mid, 0, 100, 30);
  check_uncross(rests_of({{99, 2}, {90, 3}}, {{1, 2}, {7, 3}}), AuctionPrice::Mid, 0, 48, 5);
}

// 100 lots trade at 98, 99 and 104; 40 more are bid at 98 and 99, none at 104.
DELEVER_TEST(auction_rules_choose_within_the_greatest_volume) {
  const auto rests = rests_of({{104, 100}, {99, 40}}, {{98, 100}, {105, 9}});
  check_uncross(rests, AuctionPrice::Mid, 0, 101, 100);
  check_uncross(rests, AuctionPrice::MaxPrice, 0, 104, 100);  // no imbalance there
  const auto even = rests_of({{104, 100}}, {{98, 60}, {100, 40}});
  check_uncross(even, AuctionPrice::Mid, 0, 102, 100);
  check_uncross(even, AuctionPrice::Reference, 101, 100, 100);
  check_uncross(even, AuctionPrice::Reference, 102, 104, 100);  // as near: the higher
  check_uncross(even, AuctionPrice::Reference, 0, 104, 100);    // the middle stands for it
  check_uncross(even, AuctionPrice::Reference, 1, 100, 100);
  check_uncross(even, AuctionPrice::MaxPrice, 1, 104, 100);
}

DELEVER_TEST(auction_counts_what_is_not_shown_and_leaves_out_what_has_no_price) {
  Fixture f;
  f.rest({Side::Buy, 100, 5}, true);
  f.rest({Side::Buy, 100, 2}, false, 13);
  f.rest({Side::Sell, 90, 30});
  f.rest({Side::Buy, f.book.unpriced_ticks(Side::Buy), 50});
  f.rest({Side::Sell, f.book.unpriced_ticks(Side::Sell), 50});
  const AuctionResult uncross = auction_price(f.book, AuctionPrice::Mid, 0);
  CHECK_EQUAL(uncross.price_ticks, 95);
  CHECK_EQUAL(uncross.volume_lots, 20);
}

std::int64_t volume_at(const std::vector<Rest>& rests, std::int64_t price) {
  std::int64_t bid = 0;
  std::int64_t ask = 0;
  for (const Rest& rest : rests) {
    if (rest.side == Side::Buy && rest.price >= price) bid += rest.lots;
    if (rest.side == Side::Sell && rest.price <= price) ask += rest.lots;
  }
  return std::min(bid, ask);
}

DELEVER_TEST(auction_volume_is_the_greatest_of_any_price) {
  Random random(21);
  for (int round = 0; round < 300; ++round) {
    std::vector<Rest> rests;
    for (std::int64_t count = random.below(25); count > 0; --count) {
      const Side side = random.below(2) == 0 ? Side::Buy : Side::Sell;
      rests.push_back({side, 50 + random.below(20), random.between(1, 9)});
    }
    std::int64_t most = 0;
    for (std::int64_t price = 50; price < 70; ++price)
      most = std::max(most, volume_at(rests, price));
    Fixture f;
    for (const Rest& rest : rests) f.rest(rest);
    for (const AuctionPrice rule :
         {AuctionPrice::Mid, AuctionPrice::Reference, AuctionPrice::MaxPrice}) {
      const AuctionResult uncross = auction_price(f.book, rule, 60);
      CHECK_EQUAL(uncross.volume_lots, most);
      CHECK_EQUAL(most == 0, uncross.price_ticks == 0);
      if (most != 0) CHECK_EQUAL(volume_at(rests, uncross.price_ticks), most);
    }
  }
}

}  // namespace
}  // namespace delever
