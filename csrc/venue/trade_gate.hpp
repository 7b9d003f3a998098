// The venue's answers to matching: what each side may trade, and how a trade is booked. Matching is
// a template over this gate, so that market/ needs to know nothing of accounts and the calls are
// inlined. Holds a reference only; it lives for one order. Friend of the venue: it forwards and
// decides nothing.
#pragma once

#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

struct TradeGate {
  Venue& venue;

  std::int64_t reducible_lots(const Order& maker) const { return venue.reducible_lots(maker); }
  TakerClip clip_taker(const Taker& taker, std::int64_t price, std::int64_t lots) const {
    return venue.clip_taker(taker, price, lots);
  }
  void trade(Taker& taker, std::uint32_t slot, std::int64_t price, std::int64_t lots) {
    venue.trade(taker, slot, price, lots);
  }
  void cancel_self_trade(const Taker& taker, std::uint32_t slot) {
    venue.cancel_live(slot, CancelReason::SelfTrade, taker.cause);
  }
  void cancel_reduce_only(const Taker& taker, std::uint32_t slot) {
    venue.cancel_live(slot, CancelReason::ReduceOnly, taker.cause);
  }
};

}  // namespace v1
}  // namespace delever
