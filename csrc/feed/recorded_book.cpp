#include "feed/recorded_book.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {
namespace {

Side side_of(const FeedEvent& event) {
  if (event.side == feed_buy) return Side::Buy;
  return event.side == feed_sell ? Side::Sell : Side::None;
}

}  // namespace

bool InstrumentBook::add(const FeedEvent& event) {
  return orders_.add(0, event.order_reference, side_of(event), event.price_ticks, event.qty_lots) ==
         BookResult::Applied;
}

bool InstrumentBook::reduce(const FeedEvent& event) {
  const auto order = orders_.find(event.order_reference);
  if (!order || event.qty_lots < 0) return false;
  orders_.reduce(event.order_reference, std::min(event.qty_lots, order->qty));
  return event.qty_lots <= order->qty;
}

bool InstrumentBook::apply(const FeedEvent& event) {
  if ((event.flags & feed_late) != 0) return false;
  switch (event.kind) {
    case FeedKind::Clear:
      orders_.clear(0);
      totals_.clear();
      return true;
    case FeedKind::Add: return add(event);
    case FeedKind::Modify: {
      const auto order = orders_.find(event.order_reference);
      if (!order) return add(event);
      if (event.qty_lots == 0) return orders_.remove(event.order_reference) == BookResult::Applied;
      if (order->side == side_of(event))
        return orders_.modify(event.order_reference, event.price_ticks, event.qty_lots) ==
               BookResult::Applied;
      orders_.remove(event.order_reference);
      return add(event);
    }
    case FeedKind::Reduce: [[fallthrough]];
    case FeedKind::Execute: return reduce(event);
    case FeedKind::Delete: return orders_.remove(event.order_reference) == BookResult::Applied;
    case FeedKind::Level:
      has_totals_ = true;
      if (side_of(event) == Side::None || event.qty_lots < 0) return false;
      totals_.set(side_of(event), event.price_ticks, event.qty_lots);
      return true;
    default: return true;
  }
}

TopOfBook InstrumentBook::top() const {
  const RestingLevel bid = best(Side::Buy);
  const RestingLevel ask = best(Side::Sell);
  return {0, 0, bid.price, bid.qty, ask.price, ask.qty};
}

std::vector<RestingOrder> InstrumentBook::queue(Side side, std::int64_t price) const {
  std::vector<RestingOrder> orders;
  orders_.for_each_in_queue(0, side, price,
                            [&](const RestingOrder& order) { orders.push_back(order); });
  return orders;
}

void RecordedBook::apply(const FeedEvent& event) {
  if (event.instrument >= feed_symbols_max) {
    ++contradictions_;
    return;
  }
  if (event.instrument >= books_.size()) books_.resize(std::size_t{event.instrument} + 1);
  std::unique_ptr<InstrumentBook>& book = books_[event.instrument];
  if (!book) book = std::make_unique<InstrumentBook>();
  if (!book->apply(event)) ++contradictions_;
  time_ns_ = event.time_ns;
}

std::size_t RecordedBook::apply(std::span<const FeedEvent> events, std::int64_t until_ns) {
  for (std::size_t at = 0; at < events.size(); ++at) {
    if (events[at].time_ns > until_ns) return at;
    apply(events[at]);
  }
  return events.size();
}

void RecordedBook::apply(std::span<const FeedEvent> events, std::vector<TopOfBook>& tops) {
  for (const FeedEvent& event : events) {
    apply(event);
    if ((event.flags & feed_last) == 0) continue;
    TopOfBook top = at(event.instrument).top();
    top.time_ns = event.time_ns;
    top.sequence = event.sequence;
    tops.push_back(top);
  }
}

const InstrumentBook& RecordedBook::at(std::uint32_t instrument) const {
  if (instrument >= books_.size() || !books_[instrument]) return empty_;
  return *books_[instrument];
}

}  // namespace v1
}  // namespace delever
