// The venue's own side of the double entry: fees, dust and what came in from outside.
//
// Together with the accounts these make the identity that `Venue::audit` checks, exact to the atom,
// in atoms:
//   sum(wallet) + sum(margin) - sum(cost) + fees + dust = net_deposits
// where the insurance fund is account 0. Totals are 128 bits wide.
#pragma once

#include "units/arithmetic.hpp"

namespace delever {
inline namespace v1 {

struct Ledger {
  Int128 fees = 0;          ///< trading fees received, rebates deducted
  Int128 dust = 0;          ///< what rounding left over in funding
  Int128 net_deposits = 0;  ///< deposits minus withdrawals, the insurance fund's included
};

}  // namespace v1
}  // namespace delever
