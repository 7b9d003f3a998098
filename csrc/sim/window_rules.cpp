#include "sim/window_rules.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {
namespace {

double percent(double now, double before) { return 100.0 * (now / before - 1.0); }

double mean(const Values& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The value at x of the line through points at rising positions; beyond them their ends.
double interpolated(std::span<const double> x, std::span<const double> y, double at) {
  if (at <= x.front()) return y.front();
  if (at >= x.back()) return y.back();
  const auto above = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), at) - x.begin());
  const std::size_t below = above - 1;
  const double slope = (y[above] - y[below]) / (x[above] - x[below]);
  return slope * (at - x[below]) + y[below];
}

std::size_t first_bin_at(std::span<const std::int64_t> time_ns, std::int64_t at) {
  return static_cast<std::size_t>(std::lower_bound(time_ns.begin(), time_ns.end(), at) -
                                  time_ns.begin());
}

double extreme(const WindowRule& rule, const ReplaySource& source, TimeSpan span, bool lowest,
               const std::string& market) {
  return extreme_within(source, market + (lowest ? "_low" : "_high"), rule.coin, span, lowest);
}

Values sums(const WindowRule& rule, const ReplaySource& source, const Values& values) {
  return trailing_sum(source.time_ns(), values, rule.hours, window_ends(rule.ends));
}

// ---- one function per kind
// -----------------------------------------------------------------------

double liquidations(const WindowRule& rule, const ReplaySource& source) {
  return mean(sums(rule, source, source.liquidated(rule.coin, rule.side)));
}

double long_share(const WindowRule& rule, const ReplaySource& source) {
  Values longs = sums(rule, source, source.liquidated(rule.coin, "long"));
  const Values all = sums(rule, source, source.liquidated(rule.coin, "total"));
  for (std::size_t at = 0; at < longs.size(); ++at)
    longs[at] = all[at] > 0 ? longs[at] / all[at] : 0;
  return mean(longs);
}

double accounts(const WindowRule& rule, const ReplaySource& source) {
  return mean(sums(rule, source, source.column("liquidated_count", rule.coin)));
}

double price(const WindowRule& rule, const ReplaySource& source) {
  return mean(spot_at(source, rule.coin, window_ends(rule.ends)));
}

double price_return(const WindowRule& rule, const ReplaySource& source) {
  const Times ends = window_ends(rule.ends);
  Times before = ends;
  for (std::int64_t& at : before) at -= static_cast<std::int64_t>(rule.hours * hour_ns);
  Values change = spot_at(source, rule.coin, ends);
  const Values old = spot_at(source, rule.coin, before);
  for (std::size_t at = 0; at < change.size(); ++at) change[at] = change[at] / old[at] - 1.0;
  return 100.0 * mean(change);
}

double extreme_price(const WindowRule& rule, const ReplaySource& source) {
  return extreme(rule, source, rule.span, rule.kind != "high", rule.series);
}

double from_level(const WindowRule& rule, const ReplaySource& source) {
  return percent(extreme_price(rule, source), rule.level);
}

double leg(const WindowRule& rule, const ReplaySource& source) {
  return percent(extreme(rule, source, rule.low, true, "spot"),
                 extreme(rule, source, rule.high, false, "spot"));
}

double rebound(const WindowRule& rule, const ReplaySource& source) {
  const double low = extreme(rule, source, rule.low, true, "spot");
  const double top = extreme(rule, source, {rule.low.last, rule.by}, false, "spot");
  const double fallen = rule.has_high ? extreme(rule, source, rule.high, false, "spot") - low : low;
  return 100.0 * (top - low) / fallen;
}

double hours_to(const WindowRule& rule, const ReplaySource& source) {
  const Times& times = source.time_ns();
  const Values highs = source.column("spot_high", rule.coin);
  std::int64_t end = times.back();
  for (std::size_t bin = times.size(); bin-- > 0;)
    if (times[bin] > rule.after && highs[bin] >= rule.level) end = times[bin];
  return static_cast<double>(end - rule.after) / static_cast<double>(hour_ns);
}

double strength(const WindowRule& rule, const ReplaySource& source) {
  const auto bar = static_cast<std::int64_t>(rule.hours * hour_ns);
  Times ends;
  for (std::int64_t at = (source.time_ns().front() + bar - 1) / bar * bar; at < rule.at; at += bar)
    ends.push_back(at);
  ends.push_back(rule.at);
  return relative_strength(spot_at(source, rule.coin, ends), rule.periods);
}

double basis_low(const WindowRule& rule, const ReplaySource& source) {
  return percent(extreme(rule, source, rule.span, true, "perp"),
                 extreme(rule, source, rule.span, true, "spot"));
}

double premium_sign(const WindowRule& rule, const ReplaySource& source) {
  const Values perp = source.column("perp", rule.coin), spot = source.column("spot", rule.coin);
  const std::vector<bool> inside = bins_within(source.time_ns(), rule.span);
  double premium = 0;
  for (std::size_t bin = 0; bin < perp.size(); ++bin)
    if (inside[bin]) premium += perp[bin] / spot[bin] - 1.0;
  return premium > 0 ? 1.0 : premium < 0 ? -1.0 : 0.0;
}

double oi_change(const WindowRule& rule, const ReplaySource& source) {
  const Values lots = source.column("open_interest_lots", rule.coin);
  const Values spot = source.column("spot", rule.coin);
  const auto worth = [&](std::int64_t at) {
    const std::size_t bin = std::min(first_bin_at(source.time_ns(), at), lots.size() - 1);
    return lots[bin] * (rule.unit == "usd" ? spot[bin] : 1.0);
  };
  const double before = worth(rule.base);
  return before != 0 ? percent(worth(rule.at), before) : 0.0;
}

double open_interest(const WindowRule& rule, const ReplaySource& source) {
  return source.open_interest(rule.coin) * (1.0 + oi_change(rule, source) / 100.0);
}

constexpr std::string_view venue_kind = "venue_liquidations";
using Measure = double (*)(const WindowRule&, const ReplaySource&);
constexpr std::array<std::string_view, 18> kinds = {
    "liquidations", "long_share", "accounts",     "price",         "return",          "low",
    "high",         "from_level", "leg",          "rebound_share", "rebound_percent", "hours_to",
    "rsi",          "basis_low",  "premium_sign", "oi_change",     "open_interest",   venue_kind};
constexpr std::array<Measure, kinds.size()> measures = {
    &liquidations,  &long_share, &accounts,     &price,     &price_return,  &extreme_price,
    &extreme_price, &from_level, &leg,          &rebound,   &rebound,       &hours_to,
    &strength,      &basis_low,  &premium_sign, &oi_change, &open_interest, &liquidations};

}  // namespace

std::span<const std::string_view> measured_kinds() { return kinds; }

std::optional<double> measure(const WindowRule& rule, const ReplaySource& source) {
  const auto found = std::find(kinds.begin(), kinds.end(), rule.kind);
  if (found == kinds.end()) return std::nullopt;
  if (rule.kind == venue_kind && rule.venue != source.venue()) return std::nullopt;
  return measures[static_cast<std::size_t>(found - kinds.begin())](rule, source);
}

Times window_ends(TimeSpan ends) {
  Times minutes;
  for (std::int64_t at = ends.first; at <= ends.last; at += minute_ns) minutes.push_back(at);
  return minutes;
}

Values trailing_sum(std::span<const std::int64_t> time_ns, std::span<const double> values,
                    double hours, std::span<const std::int64_t> ends) {
  Values edges{static_cast<double>(2 * time_ns[0] - time_ns[1])}, total{0.0};
  for (std::size_t bin = 0; bin < values.size(); ++bin) {
    edges.push_back(static_cast<double>(time_ns[bin]));
    total.push_back(total.back() + values[bin]);
  }
  Values found;
  for (const std::int64_t end : ends) {
    const auto last = static_cast<double>(end);
    found.push_back(interpolated(edges, total, last) -
                    interpolated(edges, total, last - hours * static_cast<double>(hour_ns)));
  }
  return found;
}

double relative_strength(std::span<const double> closes, int periods) {
  if (closes.size() <= static_cast<std::size_t>(periods))
    throw std::invalid_argument(std::to_string(closes.size()) + " closes; RSI(" +
                                std::to_string(periods) + ") needs " + std::to_string(periods + 1));
  const double count = periods;
  double gain = 0, loss = 0;
  for (std::size_t at = 1; at < closes.size(); ++at) {
    const double up = std::max(closes[at] - closes[at - 1], 0.0);
    const double down = std::max(closes[at - 1] - closes[at], 0.0);
    const bool begins = at <= static_cast<std::size_t>(periods);
    gain += (begins ? up : up - gain) / count;
    loss += (begins ? down : down - loss) / count;
  }
  return loss == 0 ? 100.0 : 100.0 - 100.0 / (1.0 + gain / loss);
}

Values new_low_percent(std::span<const double> lows, double before) {
  Values moved;
  for (const double low : lows) {
    const double floor = std::min(low, before);
    moved.push_back(100.0 * (natural_log(before) - natural_log(floor)));
    before = floor;
  }
  return moved;
}

Values spot_at(const ReplaySource& source, const std::string& coin,
               std::span<const std::int64_t> at_ns) {
  const Times& times = source.time_ns();
  const Values spot = source.column("spot", coin);
  const std::span<const PublishedBar> path = source.path(coin);
  Values prices;
  for (const std::int64_t at : at_ns) {
    if (at >= times.front() && at <= times.back()) {
      prices.push_back(spot[first_bin_at(times, at)]);
      continue;
    }
    const auto later =
        std::upper_bound(path.begin(), path.end(), at,
                         [](std::int64_t t, const PublishedBar& bar) { return t < bar.time_ns; });
    const PublishedBar& bar = later == path.begin() ? path.front() : *(later - 1);
    const double share = static_cast<double>(at - bar.time_ns) / static_cast<double>(bar.bar_ns);
    prices.push_back(bar.open + std::clamp(share, 0.0, 1.0) * (bar.close - bar.open));
  }
  return prices;
}

std::vector<bool> bins_within(std::span<const std::int64_t> time_ns, TimeSpan span) {
  const std::int64_t step = time_ns[1] - time_ns[0];
  std::vector<bool> inside;
  for (const std::int64_t end : time_ns)
    inside.push_back(end - step >= span.first && end <= span.last);
  return inside;
}

double extreme_within(const ReplaySource& source, const std::string& column,
                      const std::string& coin, TimeSpan span, bool lowest) {
  const Values values = source.column(column, coin);
  const std::vector<bool> inside = bins_within(source.time_ns(), span);
  double found = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t bin = 0; bin < values.size(); ++bin)
    if (inside[bin] && !(lowest ? found <= values[bin] : found >= values[bin])) found = values[bin];
  return found;
}

}  // namespace v1
}  // namespace delever
