// Markets without intelligence, traded through the real matching engine, against the laws they obey.
//
// A1: the chance that the middle moves up given the queues, in the model of R. Cont, S. Stoikov and
// R. Talreja (Operations Research 58, 2010): the engine against an exact solution of the race, and
// that against the published entry. A6: the spread law of E. Smith, J. D. Farmer, L. Gillemot and
// S. Krishnamurthy (Quantitative Finance 3, 2003) over five hundred-fold rates.
#include <algorithm>
#include <cmath>
#include <deque>
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
  std::deque<OrderId>& live(Side side) { return live_[side == Side::Buy ? 0 : 1]; }
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
  /// A uniformly drawn order of a side; the order of the list is lost.
  void cancel_any(Side side) {
    std::deque<OrderId>& ids = live(side);
    const auto at = static_cast<std::size_t>(unit() * static_cast<double>(ids.size()));
    cancel(ids[at]);
    ids[at] = ids.back();
    ids.pop_back();
  }
  std::int64_t resting_at_best(Side side) const {
    return engine_.book(0).level_displayed_lots(side, best(side));
  }
  bool is_live(OrderId id) const { return engine_.orders().is_live(id); }
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
  std::deque<OrderId> live_[2];
};
