// Bitstamp's order events, in both forms in which they are recorded: CSV with a header (id,
// timestamp, price, volume, action, direction; volumes in 1e-8), and the websocket's log (time,
// channel event, JSON).
//
// created is Add, changed is Modify to what remains, deleted is Delete. The log's trades become
// Trade (their side is unknown; their decimals went through binary floating point, so that they are
// taken to the nearest tick and lot), its order_book messages become two Quote events. Times are
// the recorder's, in milliseconds: the venue's own stamp is that of the order's entry. Messages
// overtake each other: what comes about one of the last 1,024 orders deleted is marked feed_late.
#pragma once

#include <cstdint>
#include <memory>

#include "feed/feed_decoder.hpp"

namespace delever {
inline namespace v1 {

std::unique_ptr<FeedDecoder> make_bitstamp(FeedContext& context, std::int64_t);

}  // namespace v1
}  // namespace delever
