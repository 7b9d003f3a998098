#include "sim/spot_market.hpp"

#include <algorithm>
#include <cmath>

namespace delever {
inline namespace v1 {

namespace {
constexpr double deposit_usd = 1e10;

std::vector<InstrumentSpec> specs_of(const SimulationConfig& config) {
  std::vector<InstrumentSpec> specs;
  for (const InstrumentConfig& instrument : config.instruments) specs.push_back(instrument.spec);
  return specs;
}
}  // namespace

SpotMarket::SpotMarket(const WorldConfig& world, std::span<const double> first_usd)
    : config_(spot_slice(world)),
      venue_(specs_of(config_), config_.rulebook, family_bit(EventFamily::Fills)),
      desk_(venue_),
      meter_(venue_),
      middle_usd_(first_usd.begin(), first_usd.end()) {
  desk_.set_time(config_.start_ns);
  update_indices(first_usd);
  for (std::size_t coin = 0; coin < config_.instruments.size(); ++coin) {
    const auto id = static_cast<InstrumentId>(coin);
    makers_.emplace_back(desk_, config_.market, config_.instruments[coin], id);
    takers_.emplace_back(desk_, config_, id);
    holders_.emplace_back(desk_, config_.market, config_.instruments[coin], id);
    meter_.exclude(holders_.back().accounts());
    arbitrageurs_.push_back(desk_.open_account(deposit_usd));
    desk_.set_leverage(arbitrageurs_.back(), id, 1);
  }
  meter_.exclude(arbitrageurs_);
  for (const ScheduledSale& sale : world.sales) {
    if (sale.usd == 0) continue;  // a kick of nothing is nothing
    sales_.push_back(sale);
    sellers_.push_back(desk_.open_account(deposit_usd));
    desk_.set_leverage(sellers_.back(), static_cast<InstrumentId>(sale.coin), 1);
  }
}

void SpotMarket::run_step(const MarketView& view) {
  desk_.set_time(view.time_ns);
  for (std::size_t coin = 0; coin < makers_.size(); ++coin) {
    makers_[coin].follow_depth(view.depth_factor[coin]);
    makers_[coin].act(view.time_ns, view.reference_usd[coin], view.seconds);
  }
  for (const RemoteOrder& order : view.orders) {
    if (view.halted[order.coin] != 0) continue;  // the other leg is refused
    const InstrumentConfig& coin = config_.instruments[order.coin];
    const auto lots = static_cast<std::int64_t>(std::fabs(order.usd) /
                                                (coin.lot_coin * view.reference_usd[order.coin]));
    if (lots == 0) continue;
    desk_.trade_within(arbitrageurs_[order.coin], static_cast<InstrumentId>(order.coin),
                       order.usd > 0 ? Side::Buy : Side::Sell, order.limit_usd / coin.tick_usd,
                       lots);
  }
  sell_on_schedule(view);
  for (std::size_t coin = 0; coin < makers_.size(); ++coin) {
    takers_[coin].act(view.step, view.reference_usd[coin], view.activity, view.seconds);
    holders_[coin].act(makers_[coin].inventory_usd(), view.reference_usd[coin], view.seconds);
  }
  read_middles();
  update_indices(middle_usd_);
  meter_.read();
  venue_.log().clear();
}

void SpotMarket::sell_on_schedule(const MarketView& view) {
  for (std::size_t i = 0; i < sales_.size(); ++i) {
    const ScheduledSale& sale = sales_[i];
    const std::int64_t from = std::max(sale.from_ns, view.time_ns);
    const std::int64_t until =
        std::min(std::max(sale.until_ns, sale.from_ns + 1), view.next_time_ns);
    if (from >= until) continue;
    const double part =
        static_cast<double>(until - from) /
        static_cast<double>(std::max<std::int64_t>(sale.until_ns - sale.from_ns, 1));
    trade(sellers_[i], sale.coin, -sale.usd * part, view.reference_usd[sale.coin]);
  }
}

void SpotMarket::trade(AccountId account, std::uint32_t coin, double usd, double price_usd) {
  const auto lots =
      static_cast<std::int64_t>(std::fabs(usd) / (config_.instruments[coin].lot_coin * price_usd));
  if (lots == 0) return;
  desk_.trade(account, static_cast<InstrumentId>(coin), usd > 0 ? Side::Buy : Side::Sell, lots);
}

double SpotMarket::arbitrage_usd(std::size_t coin) const {
  const std::int64_t lots = desk_.lots_of(arbitrageurs_[coin], static_cast<InstrumentId>(coin));
  return static_cast<double>(lots) * config_.instruments[coin].lot_coin * middle_usd_[coin];
}

/// A side that is empty leaves the middle where it was.
void SpotMarket::read_middles() {
  for (std::size_t coin = 0; coin < middle_usd_.size(); ++coin) {
    const OrderBook& book = venue_.book(static_cast<InstrumentId>(coin));
    const std::int64_t bid = book.best_displayed(Side::Buy);
    const std::int64_t ask = book.best_displayed(Side::Sell);
    if (bid <= 0 || ask <= 0) continue;
    middle_usd_[coin] = 0.5 * static_cast<double>(bid + ask) * config_.instruments[coin].tick_usd;
  }
}

void SpotMarket::update_indices(std::span<const double> price_usd) {
  const std::size_t last = config_.instruments.size() - 1;
  for (std::size_t coin = 0; coin <= last; ++coin) {
    const auto ticks =
        static_cast<std::int64_t>(price_usd[coin] / config_.instruments[coin].tick_usd + 0.5);
    desk_.update_index(static_cast<InstrumentId>(coin), ticks, coin != last);
  }
}

}  // namespace v1
}  // namespace delever
