// The one price at which a crossed book trades, and how much of it.
//
// Candidates are the limit prices that rest between the best ask and the best bid. Each has a
// volume, the smaller of the lots bid at it or higher and of those asked at it or lower, hidden
// orders and icebergs' rests included; orders without a price take no part. Of the candidates of
// greatest volume the rule takes one, or their middle. Nothing is changed and nothing is decided
// about who trades: pairing is the venue's. Cost: O(levels within the cross); a book that is not
// crossed costs O(1).
#pragma once

#include <cstdint>

#include "market/order_book.hpp"

namespace delever {
inline namespace v1 {

/// Which of the prices of greatest volume an auction takes.
enum class AuctionPrice : std::uint8_t {
  Mid = 0,        ///< floor of the mean of the lowest and the highest
  Reference = 1,  ///< least imbalance, then nearest to a reference price, then the higher
  MaxPrice = 2,   ///< least imbalance, then the highest
};

struct AuctionResult {
  std::int64_t price_ticks = 0;  ///< 0: nothing would trade
  std::int64_t volume_lots = 0;
};

/// `reference_ticks`: for AuctionPrice::Reference; 0: the middle of the candidates stands for it.
AuctionResult auction_price(const OrderBook& book, AuctionPrice rule, std::int64_t reference_ticks);

}  // namespace v1
}  // namespace delever
