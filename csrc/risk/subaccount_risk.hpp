// Risk of a cross-margined subaccount in quote quantums, to the integer (dYdX v4).
//
// Net collateral is the quote balance plus the net notional of every position, each truncated.
// Initial margin is ceil(notional x rate), where the rate rises from the market's base to 100% with
// open interest between two caps; maintenance is ceil(base initial margin x fraction). A subaccount
// may be liquidated when its collateral is below a maintenance margin that is not zero. After an
// update it must be initially collateralised or at least no riskier than before
// (`is_valid_transition`): maintenance not risen and collateral / maintenance not fallen.
#pragma once

#include <cstdint>
#include <vector>

#include "market/quantums.hpp"

namespace delever {
inline namespace v1 {

/// A market as the margin rules see it.
struct PerpetualTerms {
  std::int64_t id = 0;
  OraclePrice oracle;
  Int128 initial_ppm = 0;
  Int128 maintenance_fraction_ppm = 0;
  Int128 open_interest_lower = 0;  ///< quote quantums; upper 0: no scaling
  Int128 open_interest_upper = 0;
  Int128 open_interest = 0;
};

struct QuantumPosition {
  std::int64_t perpetual = 0;
  Int128 quantums = 0;  ///< signed
};

struct Subaccount {
  Int128 quote_balance = 0;
  std::vector<QuantumPosition> positions;

  Int128 quantums_of(std::int64_t perpetual) const;
  /// Adds to a position and to the balance; a position of zero is dropped.
  void add(std::int64_t perpetual, Int128 base_delta, Int128 quote_delta);
};

struct SubaccountRisk {
  Int128 collateral = 0;
  Int128 initial = 0;
  Int128 maintenance = 0;

  bool is_liquidatable() const { return maintenance > 0 && collateral < maintenance; }
};

/// Initial margin rate at an open interest, in ppm.
Int128 scaled_initial_ppm(Int128 initial_ppm, Int128 open_interest_lower,
                          Int128 open_interest_upper, Int128 open_interest);

/// ceil(notional x rate).
Int128 initial_margin_quantums(Int128 notional, Int128 rate_ppm);

/// The perpetual of that id; std::domain_error where there is none.
const PerpetualTerms& terms_of(const std::vector<PerpetualTerms>& perpetuals, std::int64_t id);

/// Net notional and margins of one position.
SubaccountRisk position_risk(const PerpetualTerms& terms, Int128 quantums);

/// Of the whole subaccount.
SubaccountRisk subaccount_risk(const Subaccount& subaccount,
                               const std::vector<PerpetualTerms>& perpetuals);

bool is_valid_transition(const SubaccountRisk& before, const SubaccountRisk& after);

}  // namespace v1
}  // namespace delever
