// The rules by which a venue makes its index, its mark and its funding rate: plain dated data, as a
// rulebook names them.
//
// The index is given, or made of sources; the mark is one of six formulas over the index, the book,
// the funding rate and, where a venue looks abroad, other venues' perpetuals; the funding rate is
// given, or computed from samples of the premium. The defaults are Binance's mark with a given
// index and a given rate, and sample nothing else. Values of the words are part of snapshots and
// are only added to. `validate` says once what bounds the arithmetic: prices below 2^48 ticks,
// times below 2^44 ns. Read at evaluation points and settlements; fixed for the life of a venue.
#pragma once

#include <cstdint>
#include <string>

#include "market/instrument.hpp"
#include "units/quantity.hpp"

namespace delever {
inline namespace v1 {

enum class MarkMethod : std::uint8_t {
  MedianOfThree = 0,     ///< index with funding, index with the mean basis, last (Binance, Bybit)
  IndexPlusBasis = 1,    ///< index with the mean basis (OKX)
  IndexWithFunding = 2,  ///< index x (1 + rate x time to funding / interval) (BitMEX)
  EmaInBand = 3,         ///< index with an exponential average of the basis, in a band (Deribit)
  OracleBookVenues = 4,  ///< median of oracle with basis, book, and other venues (Hyperliquid)
  Oracle = 5,            ///< the index itself (dYdX)
};
/// What of the book the basis compares with the index.
enum class BookPrice : std::uint8_t { Touch = 0, Impact = 1 };
enum class ImpactOf : std::uint8_t {
  Notional = 0,
  Margin = 1,  ///< times the largest leverage there is
};
enum class IndexRule : std::uint8_t {
  WeightedMean = 0,
  WeightedMedian = 1,
  MeanOfMiddle = 2,  ///< without the highest and the lowest, where there are three or more
  EqualWeights = 3,
};
enum class IndexOutlier : std::uint8_t { None = 0, Cap = 1, Drop = 2 };
enum class FundingFormula : std::uint8_t {
  PremiumAndInterest = 0,      ///< premium + clamp(interest - premium, +-clamp), per interval
  PremiumAndInterestOver = 1,  ///< the same x interval / period
  PremiumAlone = 2,            ///< premium x interval / period
  DampedPremium = 3,           ///< each sample damped; capped, then x interval / period
  PremiumAndDefault = 4,       ///< premium + interest; capped, then x interval / period
};
/// What the premium compares, as a share of the index.
enum class PremiumOf : std::uint8_t {
  Impact = 0,          ///< max(0, impact bid - index) - max(0, index - impact ask)
  ImpactMid = 1,       ///< mean of impact bid and ask - index
  TouchMid = 2,        ///< mean of best bid and ask - index
  Mark = 3,            ///< mark - index
  ImpactOverMark = 4,  ///< impact against the mark, plus rate x time to funding / interval (BitMEX)
};
enum class PremiumAverage : std::uint8_t {
  Linear = 0,    ///< weights 1 .. n
  Equal = 1,     ///< all samples alike
  Previous = 2,  ///< all samples of the interval before the last settlement alike
};
enum class FundingCap : std::uint8_t {
  None = 0,
  Share = 1,
  Maintenance = 2,             ///< times the first tier's maintenance rate
  InitialLessMaintenance = 3,  ///< times the difference of the first tier's rates
};
enum class PaidOn : std::uint8_t { Mark = 0, Index = 1 };

constexpr std::int64_t price_ticks_span = std::int64_t{1} << 48;
constexpr std::int64_t time_span_ns = std::int64_t{1} << 44;

struct PriceRules {
  MarkMethod mark_method = MarkMethod::MedianOfThree;
  BookPrice mark_basis = BookPrice::Touch;
  TimeNs mark_ema{150'000'000'000};      ///< OracleBookVenues: of the basis
  TimeNs mark_book_ema{30'000'000'000};  ///< and of the book's price, where two are left
  std::int64_t mark_band_ppm = 0;        ///< EmaInBand: how far from the index; 0: anywhere
  TimeNs mark_update;                    ///< a mark made by its formula stands so long; 0: a point
  std::int64_t impact_atoms = 0;         ///< of the settlement currency; 0: the touch
  ImpactOf impact_of = ImpactOf::Notional;
  std::int64_t impact_bound_ppm = 0;  ///< no impact price lies further from the touch; 0: no bound
  IndexRule index_rule = IndexRule::WeightedMean;
  IndexOutlier index_outlier = IndexOutlier::None;
  std::int64_t index_outlier_ppm = 0;
  TimeNs index_stale;  ///< a source not heard of for longer does not count; 0: never stale
  FundingFormula funding_formula = FundingFormula::PremiumAndInterest;
  PremiumOf premium_of = PremiumOf::Impact;
  PremiumAverage premium_average = PremiumAverage::Linear;
  TimeNs premium_sample;  ///< time between samples; 0: none are taken
  TimeNs funding_period{std::int64_t{8} * 3600 * 1'000'000'000};  ///< of which rates are
  std::int64_t funding_interest_e8 = 0;
  std::int64_t funding_clamp_e8 = 0;
  std::int64_t funding_damper_e8 = 0;
  std::int64_t funding_cap_ppm = 0;  ///< a factor
  FundingCap funding_cap_of = FundingCap::None;
  PaidOn funding_paid_on = PaidOn::Mark;
  TimeNs funding_interval_at_cap;  ///< the interval from when a rate is at its cap; 0: the same
  TimeNs funding_interval_calm;    ///< and again after enough calm settlements; 0: never
  std::int64_t calm_settlements = 0;
  std::int64_t calm_rate_e8 = 0;  ///< calm: a rate no larger

  /// An empty string where the rules are sound; else what is wrong, with the fix.
  std::string validate() const;
  /// The same, for an instrument: what the formulas need of its price range.
  std::string validate_for(const InstrumentSpec& spec) const;

  /// Whether only what existed before these rules is computed.
  bool is_default_mark() const {
    return mark_method == MarkMethod::MedianOfThree && mark_basis == BookPrice::Touch &&
           mark_update.value == 0;
  }
};

template <class Archive>
void serialize_price_rules(Archive& archive, PriceRules& rules) {
  archive(rules.mark_method);
  archive(rules.mark_basis);
  archive(rules.mark_ema);
  archive(rules.mark_book_ema);
  archive(rules.mark_band_ppm);
  archive(rules.mark_update);
  archive(rules.impact_atoms);
  archive(rules.impact_of);
  archive(rules.impact_bound_ppm);
  archive(rules.index_rule);
  archive(rules.index_outlier);
  archive(rules.index_outlier_ppm);
  archive(rules.index_stale);
  archive(rules.funding_formula);
  archive(rules.premium_of);
  archive(rules.premium_average);
  archive(rules.premium_sample);
  archive(rules.funding_period);
  archive(rules.funding_interest_e8);
  archive(rules.funding_clamp_e8);
  archive(rules.funding_damper_e8);
  archive(rules.funding_cap_ppm);
  archive(rules.funding_cap_of);
  archive(rules.funding_paid_on);
  archive(rules.funding_interval_at_cap);
  archive(rules.funding_interval_calm);
  archive(rules.calm_settlements);
  archive(rules.calm_rate_e8);
}

}  // namespace v1
}  // namespace delever
