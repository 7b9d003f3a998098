// What a tick, a lot and a contract of an instrument are worth to a stress test, in USD.
// Linear lots are worth their coins at a price, inverse ones always the same.
#pragma once

namespace delever {
inline namespace v1 {

/// Sizes of one instrument, in USD and units of quantity.
struct StressUnits {
  double tick_usd = 0;
  double lot = 0;           ///< coins; contracts of an inverse instrument
  double contract_usd = 0;  ///< what a lot of an inverse contract is worth; 0: linear

  double usd(double lots, double price_usd) const {
    return contract_usd != 0 ? lots * contract_usd : lots * lot * price_usd;
  }
};

}  // namespace v1
}  // namespace delever
