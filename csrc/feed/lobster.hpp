// LOBSTER: `message` files, one row per event of an order (time, type, order id, size, price,
// direction), and the `orderbook` files beside them, one row per state of the first levels.
//
// Times count from midnight in New York; `origin_ns` is that midnight in UTC, which the file's name
// has. Prices are ten-thousandths of a dollar. A message file begins in the middle of a book: the
// orders that rest already are never submitted (`SeedScan` finds them). An orderbook file has no
// times; its rows become snapshots with time_ns 0. Types: 1 Add, 2 Reduce, 3 Delete, 4 Execute,
// 5 (hidden) and 6 (auction) Trade, 7 Status, with the code -1, 0 or 1 as the quantity.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "feed/feed_decoder.hpp"

namespace delever {
inline namespace v1 {

/// Midnight in New York, in ns UTC, of the day in a file's name (AAPL_2012-06-21_...), by the rule
/// of daylight saving time since 2007, the year LOBSTER's data begin with; none: no such day.
std::optional<std::int64_t> lobster_midnight_ns(std::string_view file_name);

std::unique_ptr<FeedDecoder> make_lobster(FeedContext& context, std::int64_t origin_ns);
std::unique_ptr<FeedDecoder> make_lobster_orderbook(FeedContext& context, std::int64_t);

}  // namespace v1
}  // namespace delever
