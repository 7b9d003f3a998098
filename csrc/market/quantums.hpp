// Prices and sizes in quantums: the integer units of dYdX v4, whose source is the exact truth of
// its rules (v4-chain 84d4664bae).
//
// A base quantum is 10^atomic_resolution coins, a quote quantum 1e-6 USDC, a market price counts
// 10^exponent USD, and an order's price counts subticks: 10^quantum_conversion_exponent quote
// quantums per base quantum. Conversions hold the product in 256 bits and round once, as the source
// does: values towards zero. Whatever exceeds 128 bits throws std::overflow_error.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "units/ratio.hpp"

namespace delever {
inline namespace v1 {

constexpr std::int64_t quote_atomic_resolution = -6;

/// How a market counts and what its oracle says.
struct OraclePrice {
  std::int64_t atomic_resolution = 0;  ///< of the base
  Int128 price = 0;
  std::int64_t exponent = 0;
};

/// trunc(quantums x price), in quote quantums.
Int128 to_quote_quantums(const OraclePrice& oracle, Int128 base_quantums);

/// trunc(quantums x subticks x 10^conversion exponent): what a fill is worth.
Int128 fill_quote_quantums(Int128 base_quantums, Int128 subticks,
                           std::int64_t quantum_conversion_exponent);

/// amount x ppm / 1e6.
Int128 share_of_quantums(Int128 amount, Int128 ppm, Rounding rounding);

/// Change of the funding index: trunc(rate x seconds x quote per base / 8 h), in ppm of a quote
/// quantum per base quantum.
Int128 funding_index_delta(const OraclePrice& oracle, Int128 rate_8h_ppm, std::int64_t seconds);

/// Largest funding rate: clamp factor x (initial - maintenance margin), all in ppm.
Int128 funding_clamp_ppm(Int128 clamp_factor_ppm, Int128 initial_ppm,
                         Int128 maintenance_fraction_ppm);

struct SubtickOrder {
  bool is_buy = false;
  Int128 quantums = 0;
  Int128 subticks = 0;
};

struct PremiumTerms {
  OraclePrice index;
  std::int64_t quote_resolution = quote_atomic_resolution;
  std::int64_t quantum_conversion_exponent = 0;
  Int128 impact_notional = 0;  ///< quote quantums; 0: the best price is the impact price
  Int128 premium_max_ppm = 0;
};

/// Average price, in subticks, of trading `impact_notional` against one side of a book; nullopt
/// where the side is too thin.
std::optional<Ratio> impact_subticks(std::vector<SubtickOrder> orders, bool bids,
                                     Int128 impact_notional,
                                     std::int64_t quantum_conversion_exponent);

/// Impact price / index - 1 in ppm, towards zero, where the index lies outside the best prices and
/// inside the impact price; else 0. nullopt where the index is zero; std::domain_error on a crossed
/// book.
std::optional<Int128> premium_ppm(const std::vector<SubtickOrder>& orders,
                                  const PremiumTerms& terms);

}  // namespace v1
}  // namespace delever
