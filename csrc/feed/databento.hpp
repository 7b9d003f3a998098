// Databento's market-by-order records (DBN, versions 1 to 3, decompressed and without metadata), as
// the package databento-dbn hands them over: 56 bytes little-endian each.
//
// Actions: A Add, C Reduce, M Modify, R Clear, T Trade (the side is the taker's), F Fill, N Status.
// Databento's rule is followed: a fill changes no book, the C or M after it does. F_LAST,
// F_SNAPSHOT become feed_last, feed_snapshot; F_MAYBE_BAD_BOOK is a gap. Instruments are named by
// their id; prices are 1e-9. Records of the trades schema (48 bytes) become Trade; others are
// passed over. Cost: no text is read; the instrument's number and two divisions per record.
#pragma once

#include <cstdint>
#include <memory>

#include "feed/feed_decoder.hpp"

namespace delever {
inline namespace v1 {

std::unique_ptr<FeedDecoder> make_databento(FeedContext& context, std::int64_t);

}  // namespace v1
}  // namespace delever
