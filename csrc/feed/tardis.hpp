// Tardis CSV: `incremental_book_L2`, `book_snapshot_*`, `trades` and `quotes`, told apart by the
// header row, whose names alone say where a field is.
//
// Times are microseconds (19 digits are taken for nanoseconds). An incremental file's rows of one
// message share symbol and local_timestamp: the last of them is marked feed_last, so one event is
// held back until the next row is seen. Where is_snapshot turns true the symbol's book is cleared
// first. A snapshot row is Clear and its levels; empty levels are passed over. A trade's number is
// kept where it is one; ids of other kinds become 0.
#pragma once

#include <cstdint>
#include <memory>

#include "feed/feed_decoder.hpp"

namespace delever {
inline namespace v1 {

std::unique_ptr<FeedDecoder> make_tardis(FeedContext& context, std::int64_t);

}  // namespace v1
}  // namespace delever
