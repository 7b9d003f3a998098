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

}  // namespace

std::string Venue::audit() const {
  const std::string complaint = audit_orders();
  if (!complaint.empty()) return complaint;
  Int128 money = ledger_.fees + ledger_.dust;
  std::vector<Int128> reserved(accounts_.size(), 0);
  std::vector<OpenOrders> open(positions_.size());
  std::vector<std::int64_t> net(instruments_.size(), 0);
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
    reserved[order.account] +=
        order_reserve(instruments_[order.instrument].spec, PriceTicks{reserve_price(order)},
                      QtyLots{whole}, positions_[order_position(order)].leverage)
            .value;
  }
  for (std::size_t id = 0; id < accounts_.size(); ++id) {
    const Account& account = accounts_[id];
    money += account.wallet.value;
    if (id != insurance_fund_account && account.wallet.value < 0)
      return "account " + std::to_string(id) + " has a negative wallet";
    if (reserved[id] != account.reserved.value)
      return "account " + std::to_string(id) + " reserves " +
             std::to_string(account.reserved.value) + ", its orders need " + decimal(reserved[id]);
  }
  for (const Position& position : positions_) {
    const OpenOrders& sums = open[static_cast<std::size_t>(&position - positions_.data())];
    if (sums.buy != position.open_buy.value || sums.sell != position.open_sell.value ||
        sums.reduce_only != position.reduce_only_orders)
      return "account " + std::to_string(position.account) + ": open lots are miscounted";
    money += position.margin.value;
    money -= position.cost.value;
    net[position.instrument] += position.qty.value;
    if (position.qty.value == 0 && (position.cost.value != 0 || position.margin.value != 0))
      return "account " + std::to_string(position.account) + " is flat but not empty";
  }
  for (std::size_t id = 0; id < net.size(); ++id) {
    if (net[id] != 0) return instruments_[id].spec.symbol + ": longs and shorts differ";
  }
  if (money != ledger_.net_deposits)
    return "money is not conserved: holdings " + decimal(money) + ", net deposits " +
           decimal(ledger_.net_deposits);
  return {};
}

}  // namespace v1
}  // namespace delever
