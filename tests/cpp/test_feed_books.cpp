// Books of totals against the obvious one, the sequencing of differences, late orders, seeds.
#include <map>
#include <string>

#include "check.hpp"
#include "feed/depth_book.hpp"
#include "feed/recorded_book.hpp"
#include "feed/seed_scan.hpp"
#include "feed_samples.hpp"

namespace delever {
inline namespace v1 {
namespace {

DELEVER_TEST(depth_book_agrees_with_a_map) {
  testing::Random random(3);
  DepthBook book;
  std::map<std::int64_t, std::int64_t> bids;
  std::map<std::int64_t, std::int64_t> asks;
  for (int step = 0; step < 40'000; ++step) {
    const bool buys = random.below(2) == 0;
    const std::int64_t spread = random.below(4) == 0 ? 3'000 : 40;
    const std::int64_t price = buys ? -random.below(spread) : random.below(spread) - 20;
    const std::int64_t qty = random.below(3) == 0 ? 0 : random.between(1, 9);
    book.set(buys ? Side::Buy : Side::Sell, price, qty);
    auto& side = buys ? bids : asks;
    qty == 0 ? static_cast<void>(side.erase(price)) : static_cast<void>(side[price] = qty);
    if (step % 9'999 == 9'998) {
      book.clear();
      bids.clear();
      asks.clear();
    }
    CHECK_EQUAL(book.best(Side::Buy).price, bids.empty() ? 0 : bids.rbegin()->first);
    CHECK_EQUAL(book.best(Side::Sell).qty, asks.empty() ? 0 : asks.begin()->second);
    CHECK_EQUAL(book.levels(Side::Buy), bids.size());
  }
  auto wanted = asks.begin();
  for (const RestingLevel& level : book.depth(Side::Sell, 500)) {
    CHECK_EQUAL(level.price, wanted->first);
    CHECK_EQUAL(level.qty, wanted->second);
    ++wanted;
  }
}

std::string difference(const std::string& numbers) {
  return "{\"e\":\"depthUpdate\",\"E\":1,\"s\":\"S\"," + numbers +
         ",\"b\":[[\"5\",\"1\"]],\"a\":[]}\n";
}

std::string fault_of(const std::string& bytes, bool tolerates_gaps = false) {
  FeedStream::Settings settings;
  settings.sample = bytes;
  settings.tolerates_gaps = tolerates_gaps;
  FeedStream stream(find_decoder("binance"), settings);
  testing::read_all(stream, bytes, 1'000);
  return stream.fault() ? stream.fault()->message : "";
}

DELEVER_TEST(differences_follow_the_venues_numbering) {
  const std::string snapshot = "{\"lastUpdateId\":100,\"bids\":[],\"asks\":[]}\n";
  // USD-M: the first reaches over the snapshot, the others chain by pu.
  CHECK(fault_of(snapshot + difference("\"U\":90,\"u\":99,\"pu\":89") +
                 difference("\"U\":98,\"u\":100,\"pu\":97") +
                 difference("\"U\":105,\"u\":109,\"pu\":100")) == "");
  CHECK(fault_of(snapshot + difference("\"U\":101,\"u\":102,\"pu\":100"))
            .find("'101' does not follow the snapshot's lastUpdateId 100") == 0);
  const std::string gap = snapshot + difference("\"U\":98,\"u\":100,\"pu\":97") +
                          difference("\"U\":105,\"u\":109,\"pu\":104");
  CHECK(fault_of(gap).find("'104' does not follow u 100") == 0);
  CHECK(fault_of(gap, true) == "");
  // Spot: the first reaches over the snapshot's next number, the others chain by U.
  CHECK(fault_of(snapshot + difference("\"U\":101,\"u\":102") +
                 difference("\"U\":103,\"u\":103")) == "");
  CHECK(fault_of(snapshot + difference("\"U\":99,\"u\":101") + difference("\"U\":103,\"u\":104"))
            .find("'103' does not follow u 101") == 0);
  CHECK(fault_of(snapshot + difference("\"U\":102,\"u\":104")) != "");
  CHECK(fault_of(snapshot + difference("\"U\":99,\"u\":100") + difference("\"U\":101,\"u\":104")) ==
        "");
  CHECK(fault_of(difference("\"U\":1,\"u\":2") + snapshot + difference("\"U\":101,\"u\":104")) ==
        "");
}

FeedEvent event(FeedKind kind, std::uint64_t order, std::int64_t price, std::int64_t qty) {
  FeedEvent made;
  made.kind = kind;
  made.order_reference = order;
  made.price_ticks = price;
  made.qty_lots = qty;
  made.side = feed_buy;
  made.flags = feed_last;
  return made;
}

DELEVER_TEST(seeds_are_what_the_feed_takes_away) {
  const FeedBatch feed{
      event(FeedKind::Reduce, 3, 10, 4),  event(FeedKind::Add, 20, 11, 1),
      event(FeedKind::Execute, 3, 10, 5), event(FeedKind::Delete, 3, 10, 1),
      event(FeedKind::Modify, 4, 9, 6),   event(FeedKind::Delete, 4, 9, 6),
      event(FeedKind::Delete, 21, 8, 2),  event(FeedKind::Delete, 20, 11, 1),
  };
  SeedScan scan;
  scan.apply(feed);
  CHECK_EQUAL(scan.orders(true).size(), std::size_t{3});
  const FeedBatch seeds = scan.orders();
  CHECK_EQUAL(seeds.size(), std::size_t{2});
  CHECK_EQUAL(seeds[0].qty_lots, 10);
  CHECK_EQUAL(seeds[1].qty_lots, 6);
  RecordedBook book;
  for (const FeedEvent& seed : seeds) book.apply(seed);
  for (const FeedEvent& one : feed) book.apply(one);
  CHECK_EQUAL(book.contradictions(), 1);  // order 21 was never seen
  CHECK_EQUAL(book.at(0).live_orders(), std::size_t{0});
}

DELEVER_TEST(a_book_keeps_queues_and_counts_contradictions) {
  RecordedBook book;
  book.apply(event(FeedKind::Add, 1, 10, 5));
  book.apply(event(FeedKind::Add, 2, 10, 6));
  book.apply(event(FeedKind::Modify, 1, 10, 7));  // grows: goes to the back
  book.apply(event(FeedKind::Modify, 3, 10, 1));  // unknown: rests
  book.apply(event(FeedKind::Add, 2, 10, 6));     // twice
  book.apply(event(FeedKind::Delete, 9, 10, 0));  // unknown
  FeedEvent late = event(FeedKind::Modify, 8, 10, 1);
  late.flags |= feed_late;
  book.apply(late);
  const auto queue = book.at(0).queue(Side::Buy, 10);
  CHECK_EQUAL(queue.size(), std::size_t{3});
  CHECK_EQUAL(queue[0].reference, 2U);
  CHECK_EQUAL(queue[1].qty, 7);
  CHECK_EQUAL(book.contradictions(), 3);
  book.apply(event(FeedKind::Execute, 2, 10, 99));  // takes what is left
  CHECK_EQUAL(book.at(0).top().bid_lots, 8);
  FeedEvent far = event(FeedKind::Add, 1, 1, 1);
  far.instrument = 0xFFFFFFFF;
  book.apply(far);
  CHECK_EQUAL(book.instruments(), std::size_t{1});
}

}  // namespace
}  // namespace v1
}  // namespace delever
