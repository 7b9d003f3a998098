#include "market/auction.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <vector>

namespace delever {
inline namespace v1 {

namespace {

struct Candidate {
  std::int64_t price_ticks = 0;
  std::int64_t bid_lots = 0;  ///< at this price or higher
  std::int64_t ask_lots = 0;  ///< at this price or lower

  std::int64_t volume() const { return std::min(bid_lots, ask_lots); }
  std::int64_t imbalance() const { return std::abs(bid_lots - ask_lots); }
};

std::int64_t best_priced(const OrderBook& book, Side side) {
  const std::int64_t best = book.best(side);
  return best >= 0 && book.is_unpriced(best) ? book.next_price(side, best) : best;
}

// The side's levels up to and including the opposite best, from the touch, with running sums.
std::vector<Candidate> crossed_levels(const OrderBook& book, Side side, std::int64_t from,
                                      std::int64_t to) {
  std::vector<Candidate> levels;
  std::int64_t sum = 0;
  const int way = direction(side);
  for (std::int64_t price = from; price >= 0 && way * price >= way * to;
       price = book.next_price(side, price)) {
    const PriceLevel& level = *book.level(side, price);
    sum += level.open_lots + book.hidden_lots(level);
    const bool buys = side == Side::Buy;
    levels.push_back({price, buys ? sum : 0, buys ? 0 : sum});
  }
  return levels;
}

// All candidates by rising price. An ask's sum stands from its price upward, a bid's downward.
std::vector<Candidate> candidates(std::vector<Candidate> bids, const std::vector<Candidate>& asks) {
  std::vector<Candidate> all(asks);
  all.insert(all.end(), bids.rbegin(), bids.rend());
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return a.price_ticks < b.price_ticks;
  });
  std::int64_t ask_lots = 0;
  for (Candidate& each : all) each.ask_lots = ask_lots = std::max(ask_lots, each.ask_lots);
  std::int64_t bid_lots = 0;
  for (auto each = all.rbegin(); each != all.rend(); ++each)
    each->bid_lots = bid_lots = std::max(bid_lots, each->bid_lots);
  return all;
}

}  // namespace

AuctionResult auction_price(const OrderBook& book, AuctionPrice rule,
                            std::int64_t reference_ticks) {
  const std::int64_t bid = best_priced(book, Side::Buy);
  const std::int64_t ask = best_priced(book, Side::Sell);
  if (bid < 0 || ask < 0 || bid < ask) return {};
  const std::vector<Candidate> all = candidates(crossed_levels(book, Side::Buy, bid, ask),
                                                crossed_levels(book, Side::Sell, ask, bid));
  std::int64_t volume = 0;
  for (const Candidate& each : all) volume = std::max(volume, each.volume());
  std::vector<Candidate> most;
  for (const Candidate& each : all)
    if (each.volume() == volume) most.push_back(each);
  const std::int64_t middle = (most.front().price_ticks + most.back().price_ticks) / 2;
  if (rule == AuctionPrice::Mid) return {middle, volume};
  const std::int64_t near = reference_ticks != 0 ? reference_ticks : middle;
  const auto rank = [&](const Candidate& each) {
    const bool by_reference = rule == AuctionPrice::Reference;
    const std::int64_t away = by_reference ? std::abs(each.price_ticks - near) : 0;
    return std::tuple(each.imbalance(), away, -each.price_ticks);
  };
  const auto best =
      std::min_element(most.begin(), most.end(),
                       [&](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
  return {best->price_ticks, volume};
}

}  // namespace v1
}  // namespace delever
