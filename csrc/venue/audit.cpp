// The audit: the identities a venue must never break, checked by visiting everything.
#include <string>

#include "venue/venue.hpp"

namespace delever {
inline namespace v1 {

namespace {

std::string decimal(Int128 value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  std::string digits;
  for (; value != 0; value /= 10)
    digits.insert(digits.begin(),
                  static_cast<char>('0' + static_cast<int>(negative ? -(value % 10) : value % 10)));
  return negative ? "-" + digits : digits;
}

/// What a position's orders keep open.
struct OpenOrders {
  std::int64_t buy = 0;
  std::int64_t sell = 0;
  std::int64_t reduce_only = 0;
};

/// What an account's orders set aside, by currency.
using Reserves = std::vector<Int128>;

}  // namespace

std::string Venue::audit() const {
  std::string complaint = audit_orders();
  if (complaint.empty()) complaint = audit_reserves();
  if (complaint.empty()) complaint = audit_positions();
  if (complaint.empty()) complaint = audit_pools();
  if (complaint.empty()) complaint = audit_money();
  return complaint;
}

std::string Venue::audit_reserves() const {
  const std::size_t currencies = currency_count();
  Reserves reserved(accounts_.size() * currencies, 0);
  std::vector<OpenOrders> open(positions_.size());
  for (std::uint32_t slot = 0; slot < orders_.slots(); ++slot) {
    const Order& order = orders_[slot];
    const bool is_parked = has_terms(order) && stage_of(order) == OrderStage::Parked;
    if (orders_.find(orders_.id_of(slot)) == nullptr || (!order.rests() && !is_parked)) continue;
    OpenOrders& sums = open[order_position(order)];
    const std::int64_t whole = whole_open(order);
    if ((order.flags & reduce_only) != 0) {
      ++sums.reduce_only;
      continue;
    }
    (order.side == Side::Buy ? sums.buy : sums.sell) += whole;
    const InstrumentSpec& spec = instruments_[order.instrument].spec;
    reserved[order.account * currencies + spec.settle_currency] +=
        order_reserve(spec, PriceTicks{reserve_price(order)}, QtyLots{whole},
                      positions_[order_position(order)].leverage)
            .value;
  }
  for (std::size_t id = 0; id < accounts_.size(); ++id)
    for (std::size_t one = 0; one < currencies; ++one) {
      const Balance held = balance(static_cast<AccountId>(id), one);
      if (reserved[id * currencies + one] != held.reserved.value)
        return "account " + std::to_string(id) + " reserves " +
               std::to_string(held.reserved.value) + ", its orders need " +
               decimal(reserved[id * currencies + one]);
    }
  for (const Position& position : positions_) {
    const OpenOrders& sums = open[index_of(position)];
    if (sums.buy != position.open_buy.value || sums.sell != position.open_sell.value ||
        sums.reduce_only != position.reduce_only_orders)
      return "account " + std::to_string(position.account) + ": open lots are miscounted";
  }
  return {};
}

std::string Venue::audit_positions() const {
  std::vector<std::int64_t> net(instruments_.size(), 0);
  std::vector<std::int64_t> longs(instruments_.size(), 0);
  for (const Position& position : positions_) {
    const std::string who = "account " + std::to_string(position.account);
    net[position.instrument] += position.qty.value;
    longs[position.instrument] += std::max<std::int64_t>(0, position.qty.value);
    if (position.qty.value == 0 && (position.cost.value != 0 || position.margin.value != 0))
      return who + " is flat but not empty";
    if (position.cross && position.margin.value != 0) return who + ": a cross position has margin";
    if ((position.leg == long_leg && position.qty.value < 0) ||
        (position.leg == short_leg && position.qty.value > 0))
      return who + ": a leg has the wrong sign";
    const bool is_hedged = accounts_[position.account].is_hedged != 0;
    if (position.qty.value != 0 && (position.leg != net_leg) != is_hedged)
      return who + ": a position of the other mode is open";
  }
  for (std::size_t id = 0; id < net.size(); ++id) {
    if (net[id] != 0) return instruments_[id].spec.symbol + ": longs and shorts differ";
    if (longs[id] != instruments_[id].open_long.value)
      return instruments_[id].spec.symbol + ": the open interest is miscounted";
  }
  return {};
}

// Debts are legal in an account with a pool; a pool that nothing has touched since it was last
// asked stands.
std::string Venue::audit_pools() const {
  for (std::size_t id = 1; id < accounts_.size(); ++id)
    for (std::size_t one = 0; one < currency_count(); ++one)
      if (accounts_[id].pools == 0 && balance(static_cast<AccountId>(id), one).wallet < Money{0})
        return "account " + std::to_string(id) + " has a negative wallet";
  if (point_open_) return {};
  for (const Pool& pool : pools_) {
    if (pool.dirty != 0 || pool.staged != 0) continue;
    const PoolStanding standing = standing_of(pool);
    if (!standing.waits && standing.is_breached(rulebook_.breach_at_equality))
      return "account " + std::to_string(pool.account) + ": its pool is breached, and nobody asks";
  }
  return {};
}

std::string Venue::audit_money() const {
  std::array<Int128, currencies_max> money{};
  for (std::size_t one = 0; one < currency_count(); ++one) {
    money[one] = ledgers_[one].fees + ledgers_[one].dust;
    for (std::size_t id = 0; id < accounts_.size(); ++id)
      money[one] += balance(static_cast<AccountId>(id), one).wallet.value;
  }
  for (const Position& position : positions_)
    money[currency_of(position)] += (position.margin - position.cost).value;
  for (std::size_t one = 0; one < currency_count(); ++one)
    if (money[one] != ledgers_[one].net_deposits)
      return "money is not conserved in currency " + std::to_string(one) + ": holdings " +
             decimal(money[one]) + ", net deposits " + decimal(ledgers_[one].net_deposits);
  return {};
}

}  // namespace v1
}  // namespace delever
