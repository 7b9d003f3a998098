#include "sim/hedgers.hpp"

#include <algorithm>
#include <cmath>

#include "sim/distributions.hpp"

namespace delever {
inline namespace v1 {

namespace {
constexpr double clip_usd_min = 10'000.0;
constexpr int rest_pairs_max = 256;
}  // namespace

Hedgers::Hedgers(Desk& desk, const MarketConfig& market, const InstrumentConfig& instrument,
                 InstrumentId id)
    : desk_(desk),
      market_(market),
      id_(id),
      lot_coin_(instrument.lot_coin),
      contract_usd_(instrument.contract_usd),
      tick_usd_(instrument.tick_usd) {
  for (AccountId& member : members_) member = open_hedger();
}

AccountId Hedgers::open_hedger() {
  accounts_.push_back(desk_.open_account(static_cast<double>(amount_atoms_max) / atoms_per_usd));
  desk_.set_leverage(accounts_.back(), id_, 1);
  return accounts_.back();
}

bool Hedgers::seed(AccountId account, Side side, std::int64_t price_ticks, std::int64_t lots) {
  AccountId& member = member_for(side);
  const InstrumentSpec& spec = desk_.venue().instrument(id_);
  const std::int64_t held = std::abs(desk_.lots_of(member, id_));
  const Money value = spec.value_of(PriceTicks{price_ticks}, QtyLots{lots});
  const bool room = held + lots <= spec.position_lots_max / 2 &&
                    desk_.venue().account(member).available().value > 2 * value.value;
  if (!room) member = open_hedger();
  return desk_.seed(account, member, id_, side, price_ticks, lots);
}

void Hedgers::seed_rest(std::int64_t price_ticks, std::int64_t lots) {
  const InstrumentSpec& spec = desk_.venue().instrument(id_);
  const std::int64_t affordable = amount_atoms_max / 2 / (price_ticks * spec.atoms_per_tick_lot);
  const std::int64_t piece_max = std::min(affordable, spec.position_lots_max);
  for (int pair = 0; pair < rest_pairs_max && lots > 0; ++pair) {
    const std::int64_t piece = std::min(lots, piece_max);
    const AccountId holder = open_hedger();
    desk_.seed(holder, open_hedger(), id_, Side::Buy, price_ticks, piece);
    lots -= piece;
  }
}

void Hedgers::act(double inventory_usd, double index_usd, double seconds) {
  const double clip = inventory_usd * (1.0 - power(0.5, seconds / market_.hedge_half_life_s));
  if (std::fabs(clip) < clip_usd_min) return;
  const double lot_usd = contract_usd_ != 0 ? contract_usd_ : lot_coin_ * index_usd;
  const auto lots = static_cast<std::int64_t>(std::fabs(clip) / lot_usd);
  // the makers' longs leave with the shorts of those who hedge the population's longs
  const Side side = clip > 0 ? Side::Buy : Side::Sell;
  if (lots > 0) desk_.trade(member_for(Side::Buy), id_, side, lots);
}

}  // namespace v1
}  // namespace delever
