#include "sim/entry_history.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {

namespace {
double price_at(const InstrumentConfig& instrument, std::int64_t time_ns) {
  double price = instrument.path.front().open;
  if (time_ns < instrument.path.front().time_ns) {
    for (const PriceBar& bar : instrument.history) {  // of which only the extremes may be known
      if (bar.time_ns + bar.bar_ns <= time_ns) price = 0.5 * (bar.low + bar.high);
    }
  }
  for (const PriceBar& bar : instrument.path) {
    if (bar.time_ns > time_ns) break;
    price = bar.time_ns == time_ns ? bar.open : bar.close;
  }
  return price;
}
}  // namespace

EntryHistory::EntryHistory(const InstrumentConfig& instrument, std::int64_t start_ns)
    : start_ns_(start_ns), start_price_(price_at(instrument, start_ns)) {
  const auto keep = [&](const PriceBar& bar) {
    if (bar.time_ns + bar.bar_ns <= start_ns) bars_.push_back(bar);
  };
  std::for_each(instrument.history.begin(), instrument.history.end(), keep);
  std::for_each(instrument.path.begin(), instrument.path.end(), keep);
  std::stable_sort(bars_.begin(), bars_.end(),
                   [](const PriceBar& a, const PriceBar& b) { return a.time_ns < b.time_ns; });
  low_after_.resize(bars_.size());
  high_after_.resize(bars_.size());
  double low = start_price_, high = start_price_;
  for (std::size_t k = bars_.size(); k-- > 0;) {
    low_after_[k] = low;
    high_after_[k] = high;
    low = std::min(low, bars_[k].low);
    high = std::max(high, bars_[k].high);
  }
}

PastEntry EntryHistory::entry(double age_hours, double unit) const {
  if (bars_.empty()) return {start_price_, start_price_, start_price_};
  const std::int64_t time =
      start_ns_ - static_cast<std::int64_t>(std::min(age_hours, 1e5) * hour_ns);
  const auto after =
      std::upper_bound(bars_.begin(), bars_.end(), time,
                       [](std::int64_t value, const PriceBar& bar) { return value < bar.time_ns; });
  const std::size_t k =
      after == bars_.begin() ? 0 : static_cast<std::size_t>(after - bars_.begin()) - 1;
  const PriceBar& bar = bars_[k];
  return {bar.low + (bar.high - bar.low) * unit, low_after_[k], high_after_[k]};
}

}  // namespace v1
}  // namespace delever
