// Binance depth: a snapshot and numbered differences, with the venue's sequencing rules, and the
// trades and book tickers recorded beside them; spot and USD-M, one JSON message per line.
//
// A line may start with the recorder's time (nanoseconds) and may wrap the message in the combined
// stream's {"stream", "data"}. Differences that come before the snapshot are kept (16 MiB of them
// at most) and follow it. Rules: a difference that the snapshot contains is dropped; the first one
// after must reach over it (spot: U <= lastUpdateId+1 <= u, USD-M: U <= lastUpdateId <= u); then
// spot continues with U = u before + 1, USD-M with pu = u before. A gap throws, naming both
// numbers, or is marked feed_gap. Events: Clear and Level, Trade, Quote; every other message is
// passed over.
#pragma once

#include <cstdint>
#include <memory>

#include "feed/feed_decoder.hpp"

namespace delever {
inline namespace v1 {

std::unique_ptr<FeedDecoder> make_binance(FeedContext& context, std::int64_t);

}  // namespace v1
}  // namespace delever
