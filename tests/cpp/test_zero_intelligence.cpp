// Markets without intelligence, traded through the real matching engine, against the laws they
// obey.
//
// A1: the chance that the middle moves up given the queues, in the model of R. Cont, S. Stoikov and
// R. Talreja (Operations Research 58, 2010): the engine against an exact solution of the race, and
// that against the published entry. A6: the spread law of E. Smith, J. D. Farmer, L. Gillemot and
// S. Krishnamurthy (Quantitative Finance 3, 2003) over spreads of 20 to 600 ticks: its shape, for
// its level hangs on whether rates are counted by side.
#include <algorithm>
#include <cmath>
#include <vector>

#include "check.hpp"
#include "sim/distributions.hpp"
#include "venue/basic_matching_engine.hpp"

namespace delever {
namespace {

/// Counts events and keeps none.
struct CountingSink {
  Sequence count = 0;
  DELEVER_INLINE Sequence emit(EventKind, const EventFields&, TimeNs, std::int64_t,
                               const OrderPool&) {
    return count++;
  }
};

/// The engine, and the live orders of each side by age.
class Floor {
 public:
  explicit Floor(std::int64_t price_ticks_max, std::uint64_t seed)
      : engine_({contract(price_ticks_max)}, Rulebook{}), random_(seed) {}

  double unit() { return unit_interval(random_.next()); }
  std::vector<OrderId>& live(Side side) { return live_[side == Side::Buy ? 0 : 1]; }
  std::int64_t best(Side side) const { return engine_.book(0).best_displayed(side); }

  void limit(Side side, std::int64_t price_ticks) {
    Command command = order(side);
    command.order_type = static_cast<std::uint8_t>(OrderType::Limit);
    command.time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtc);
    command.price_ticks = price_ticks;
    engine_.apply(command);
    live(side).push_back(engine_.last_order());
  }
  /// One lot against the best price.
  void market(Side side) {
    Command command = order(side);
    command.order_type = static_cast<std::uint8_t>(OrderType::Market);
    command.time_in_force = static_cast<std::uint8_t>(TimeInForce::Ioc);
    engine_.apply(command);
  }
  void cancel(OrderId id) {
    Command command = order(Side::Buy);
    command.kind = static_cast<std::uint16_t>(CommandKind::CancelOrder);
    command.order_id = id;
    engine_.apply(command);
  }
  /// Draws an order of a side that was ever placed and not yet drawn; cancels it where it still
  /// rests. The filled ones are so many draws without effect: thinning, which keeps rates exact.
  bool cancel_any(Side side) {
    std::vector<OrderId>& ids = live(side);
    const auto at = static_cast<std::size_t>(unit() * static_cast<double>(ids.size()));
    const OrderId id = ids[at];
    ids[at] = ids.back();
    ids.pop_back();
    if (engine_.orders().find(id) == nullptr) return false;
    cancel(id);
    return true;
  }
  bool sound() const { return engine_.poisoned().empty(); }

 private:
  static InstrumentSpec contract(std::int64_t price_ticks_max) {
    InstrumentSpec spec;
    spec.symbol = "X";
    spec.atoms_per_tick_lot = 1;
    spec.price_ticks_max = price_ticks_max;
    spec.order_lots_max = 1'000;
    spec.position_lots_max = 1'000'000'000;
    spec.leverage_default = 1;
    spec.tiers = {{Money{0}, 1, Money{0}, 1}};
    return spec;
  }
  static Command order(Side side) {
    Command command;
    command.kind = static_cast<std::uint16_t>(CommandKind::PlaceOrder);
    command.side = static_cast<std::uint8_t>(side);
    command.qty_lots = 1;
    return command;
  }

  BasicMatchingEngine<CountingSink> engine_;
  testing::Random random_;
  std::vector<OrderId> live_[2];
};

constexpr std::int64_t bid_ticks = 100;

/// Rates of the model at a spread of one tick (its calibration to Sky Perfect Communications).
struct QueueRates {
  double market = 0.94, limit = 1.85, cancel = 0.71;
};

/// P(the ask queue is gone before the bid queue), by relaxation on queues up to `most` orders.
class ExactRace {
 public:
  ExactRace() : up_((most + 2) * (most + 2), 0.5) {
    for (std::size_t bids = 0; bids <= most + 1; ++bids) at(bids, 0) = 1.0;
    for (std::size_t asks = 1; asks <= most + 1; ++asks) at(0, asks) = 0.0;
    for (int round = 0; round < 3'000; ++round) sweep();
  }
  double up(std::size_t bids, std::size_t asks) const { return up_[bids * (most + 2) + asks]; }

 private:
  static constexpr std::size_t most = 40;
  double& at(std::size_t bids, std::size_t asks) { return up_[bids * (most + 2) + asks]; }
  void sweep() {
    const QueueRates rates;
    for (std::size_t bids = 1; bids <= most; ++bids) {
      for (std::size_t asks = 1; asks <= most; ++asks) {
        const double bid_falls = rates.market + rates.cancel * static_cast<double>(bids);
        const double ask_falls = rates.market + rates.cancel * static_cast<double>(asks);
        const double more_bids = at(std::min(bids + 1, most), asks);
        const double more_asks = at(bids, std::min(asks + 1, most));
        at(bids, asks) = (rates.limit * (more_bids + more_asks) + bid_falls * at(bids - 1, asks) +
                          ask_falls * at(bids, asks - 1)) /
                         (2 * rates.limit + bid_falls + ask_falls);
      }
    }
  }
  std::vector<double> up_;
};

/// Whether the ask queue went first; both queues are left empty.
bool race(Floor& floor, int bids, int asks) {
  const QueueRates rates;
  for (int i = 0; i < bids; ++i) floor.limit(Side::Buy, bid_ticks);
  for (int i = 0; i < asks; ++i) floor.limit(Side::Sell, bid_ticks + 1);
  while (floor.best(Side::Buy) == bid_ticks && floor.best(Side::Sell) == bid_ticks + 1) {
    const double cancels_bid = rates.cancel * static_cast<double>(floor.live(Side::Buy).size());
    const double cancels_ask = rates.cancel * static_cast<double>(floor.live(Side::Sell).size());
    double draw = floor.unit() * (2 * (rates.market + rates.limit) + cancels_bid + cancels_ask);
    const auto next = [&draw](double rate) { return (draw -= rate) < 0; };
    if (next(rates.limit)) {
      floor.limit(Side::Buy, bid_ticks);
    } else if (next(rates.limit)) {
      floor.limit(Side::Sell, bid_ticks + 1);
    } else if (next(rates.market)) {
      floor.market(Side::Sell);
    } else if (next(rates.market)) {
      floor.market(Side::Buy);
    } else {
      floor.cancel_any(next(cancels_bid) ? Side::Buy : Side::Sell);
    }
  }
  const bool up = floor.best(Side::Buy) == bid_ticks;
  for (const Side side : {Side::Buy, Side::Sell}) {
    while (!floor.live(side).empty()) floor.cancel_any(side);
  }
  return up;
}

DELEVER_TEST(queues_race_as_cont_stoikov_and_talreja_say) {
  const ExactRace exact;
  CHECK(std::abs(exact.up(1, 2) - 0.336) < 0.002);  // the paper's entry
  CHECK(std::abs(exact.up(1, 5) - 0.188) < 0.0006);
  CHECK(std::abs(exact.up(5, 3) - 0.609) < 0.0006);
  Floor floor(1'000, 10);
  constexpr int races = 30'000;
  for (int bids = 1; bids <= 5; ++bids) {
    for (int asks = 1; asks <= 5; ++asks) {
      int ups = 0;
      for (int i = 0; i < races; ++i) ups += race(floor, bids, asks);
      const double share = static_cast<double>(ups) / races;
      const double due = exact.up(static_cast<std::size_t>(bids), static_cast<std::size_t>(asks));
      if (std::abs(share - due) > 0.01) {
        testing::fail(__FILE__, __LINE__,
                      std::to_string(bids) + " bids, " + std::to_string(asks) +
                          " asks: " + std::to_string(share) + ", due " + std::to_string(due));
      }
    }
  }
  CHECK(floor.sound());
}

/// Rates per unit of time: market orders of both sides together, limit orders per tick and side,
/// cancellations per order.
struct CrowdRates {
  double market, limit_per_tick, cancel;
  /// The law's: (mu / alpha)(0.28 + 1.86 (delta / mu)^(3/4)) for orders of one lot.
  double law_spread_ticks() const {
    return market / limit_per_tick * (0.28 + 1.86 * power(cancel / market, 0.75));
  }
};

/// The mean spread over time, in ticks, of a market of such rates.
double mean_spread_ticks(const CrowdRates& rates, std::uint64_t seed) {
  constexpr std::int64_t middle = 50'000;
  const auto reach = static_cast<std::int64_t>(10 * rates.market / rates.limit_per_tick);
  Floor floor(2 * middle, seed);
  floor.limit(Side::Buy, middle - 1);
  floor.limit(Side::Sell, middle + 1);
  std::int64_t bid = middle - 1, ask = middle + 1;  // the last ones, where a side is empty
  const double limits = rates.limit_per_tick * static_cast<double>(reach);
  double time = 0, weight = 0, sum = 0;
  while (time < 60 / rates.cancel) {
    const double cancels_bid = rates.cancel * static_cast<double>(floor.live(Side::Buy).size());
    const double cancels_ask = rates.cancel * static_cast<double>(floor.live(Side::Sell).size());
    const double total = 2 * limits + rates.market + cancels_bid + cancels_ask;
    const double wait = exponential_quantile(floor.unit(), 1 / total);
    const bool both = floor.best(Side::Buy) > 0 && floor.best(Side::Sell) > 0;
    if (floor.best(Side::Buy) > 0) bid = floor.best(Side::Buy);
    if (floor.best(Side::Sell) > 0) ask = floor.best(Side::Sell);
    if (time > 10 / rates.cancel && both) {
      sum += wait * static_cast<double>(ask - bid);
      weight += wait;
    }
    time += wait;
    double draw = floor.unit() * total;
    const auto next = [&draw](double rate) { return (draw -= rate) < 0; };
    const auto depth = 1 + static_cast<std::int64_t>(floor.unit() * static_cast<double>(reach));
    if (next(limits)) {
      floor.limit(Side::Buy, std::max<std::int64_t>(ask - depth, 1));
    } else if (next(limits)) {
      floor.limit(Side::Sell, std::min(bid + depth, 2 * middle - 1));
    } else if (next(rates.market / 2)) {
      floor.market(Side::Buy);
    } else if (next(rates.market / 2)) {
      floor.market(Side::Sell);
    } else {
      floor.cancel_any(next(cancels_bid) ? Side::Buy : Side::Sell);
    }
  }
  CHECK(floor.sound());
  return sum / weight;
}

DELEVER_TEST(spreads_of_zero_intelligence_follow_the_law) {
  std::vector<double> law, measured;
  for (const double ticks : {60.0, 200.0, 600.0}) {  // mu / alpha
    for (const double cancel : {0.01, 0.03, 0.1, 0.3}) {
      const CrowdRates rates{1.0, 1.0 / ticks, cancel};
      law.push_back(natural_log(rates.law_spread_ticks()));
      measured.push_back(natural_log(mean_spread_ticks(rates, 3)));
    }
  }
  const auto count = static_cast<double>(law.size());
  double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < law.size(); ++i) {
    x += law[i] / count;
    y += measured[i] / count;
  }
  for (std::size_t i = 0; i < law.size(); ++i) {
    xx += (law[i] - x) * (law[i] - x);
    xy += (law[i] - x) * (measured[i] - y);
    yy += (measured[i] - y) * (measured[i] - y);
  }
  const double slope = xy / xx, explained = xy * xy / (xx * yy);
  CHECK(explained >= 0.9);
  CHECK(std::abs(slope - 1.0) < 0.15);
}

}  // namespace
}  // namespace delever
