#include "sim/makers.hpp"

#include <algorithm>
#include <cmath>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

Makers::Makers(Desk& desk, const MarketConfig& market, const InstrumentConfig& instrument,
               InstrumentId id)
    : desk_(desk),
      market_(market),
      id_(id),
      tick_usd_(instrument.tick_usd),
      lot_coin_(instrument.lot_coin),
      contract_usd_(instrument.contract_usd),
      depth_usd_(instrument.depth_usd_per_percent),
      depth_({market.withdrawal, market.calm_per_sqrt_minute, market.depth_half_life_s}) {
  const double deposit = static_cast<double>(amount_atoms_max) / atoms_per_usd;
  for (std::uint32_t i = 0; i < market.maker_accounts; ++i) {
    accounts_.push_back(desk_.open_account(deposit));
    desk_.set_leverage(accounts_.back(), id_, 1);
  }
  build_levels(depth_usd_);
}

void Makers::build_levels(double depth_usd) {
  const std::uint32_t count = market_.maker_levels;
  const double ratio =
      count > 1 ? power(market_.ladder_reach / market_.half_spread, 1.0 / (count - 1)) : 1.0;
  double distance = market_.half_spread;
  double edge = 0, within = 0;
  for (std::uint32_t k = 0; k < count; ++k, distance *= ratio) {
    const double next_edge = distance * (1.0 + ratio) * 0.5;
    levels_.push_back({distance, next_edge - edge, accounts_[k % accounts_.size()], {}});
    if (distance <= 0.01) within += next_edge - edge;
    edge = next_edge;
  }
  for (Level& level : levels_) level.usd *= depth_usd / within;
}

void Makers::act(std::int64_t time_ns, double index_usd, double seconds) {
  observe(time_ns, index_usd, seconds);
  const double shift = market_.inventory_skew * 0.01 * inventory_usd_ / depth_usd_;
  const double middle = index_usd * (1.0 - std::clamp(shift, -0.02, 0.02));
  const bool rising = middle > last_middle_usd_;
  requote(rising ? Side::Sell : Side::Buy, middle);
  requote(rising ? Side::Buy : Side::Sell, middle);
  last_middle_usd_ = middle;
}

void Makers::observe(std::int64_t time_ns, double index_usd, double seconds) {
  std::int64_t lots = 0;
  for (const AccountId account : accounts_) lots += desk_.lots_of(account, id_);
  const double held = static_cast<double>(lots);
  inventory_usd_ = contract_usd_ != 0 ? held * contract_usd_ : held * lot_coin_ * index_usd;
  refill_ = 1.0 - power(0.5, seconds / market_.recovery_half_life_s);
  depth_.observe(time_ns, index_usd, seconds);
}

void Makers::requote(Side side, double middle_usd) {
  const double sign = side == Side::Buy ? -1.0 : 1.0;
  const double lot_usd = contract_usd_ != 0 ? contract_usd_ : lot_coin_ * middle_usd;
  const double lots_per_usd = state_factor() / lot_usd;
  const double middle_ticks = middle_usd / tick_usd_;
  const std::int64_t price_max = desk_.venue().instrument(id_).price_ticks_max;
  std::int64_t last = side == Side::Buy ? price_max + 1 : 0;
  for (Level& level : levels_) {
    // rounded outwards, and strictly outside the level before
    const double price = middle_ticks * (1.0 + sign * level.distance);
    std::int64_t ticks =
        side == Side::Buy ? static_cast<std::int64_t>(price) : static_cast<std::int64_t>(price) + 1;
    ticks = side == Side::Buy ? std::min(ticks, last - 1) : std::max(ticks, last + 1);
    if (ticks < 1 || ticks > price_max) return;
    last = ticks;
    requote_level(level, side, ticks, level.usd * lots_per_usd);
  }
}

void Makers::requote_level(Level& level, Side side, std::int64_t price_ticks, double target_lots) {
  OrderId& id = level.orders[side == Side::Buy ? 0 : 1];
  const Order* order = desk_.venue().orders().find(id);
  const double open = order == nullptr ? 0.0 : static_cast<double>(order->open_lots);
  const double missing = target_lots - open;
  // too much is taken back at once, too little refills; the very first quote is whole
  const bool whole = missing < 0 || id == no_order;
  const double wanted = whole ? target_lots : open + missing * refill_;
  const std::int64_t lots_max = desk_.venue().instrument(id_).order_lots_max;
  const std::int64_t lots =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(wanted + 0.5), 1, lots_max);
  if (order == nullptr) {
    const OrderId placed = desk_.quote(level.account, id_, side, price_ticks, lots);
    if (placed != no_order) id = placed;
    return;
  }
  const double slack = market_.refresh_fraction * level.distance * static_cast<double>(price_ticks);
  const double moved = std::fabs(static_cast<double>(price_ticks - desk_.venue().price_of(*order)));
  const bool resize = lots != order->open_lots && std::fabs(missing) > 0.02 * target_lots;
  if (moved > slack || resize) desk_.amend(level.account, id_, id, price_ticks, lots);
}

}  // namespace v1
}  // namespace delever
