#include "risk/collateral_exchange.hpp"

#include <algorithm>

namespace delever {
inline namespace v1 {
namespace {

constexpr Int128 price_precision = 1'000'000;
constexpr Int128 fee_precision = 1'000'000;
constexpr Int128 quote_precision = 1'000'000;
constexpr std::int64_t quote_decimals = 6;
constexpr Int128 weight_precision = 10'000;
constexpr Int128 finer = 10;  // weights are compared with one digit more
constexpr Int128 fees_per_weight = fee_precision / weight_precision;

Int128 quotient(Int128 a, Int128 b, Int128 c) { return wide_mul_div(a, b, c, Rounding::Trunc); }

// amount x 10^places x above / below.
Int128 converted(Int128 amount, std::int64_t places, Int128 above, Int128 below,
                 Rounding rounding = Rounding::Trunc) {
  if (places >= 0)
    return wide_mul_div(checked_multiply(amount, power_of_ten(places)), above, below, rounding);
  return wide_mul_div(amount, above, checked_multiply(below, power_of_ten(-places)), rounding);
}

Int128 value_of(Int128 amount, const ExchangeSide& side) {
  return quotient(amount, side.price, power_of_ten(side.decimals));
}

}  // namespace

Int128 asset_for_debt(const ExchangeSide& asset, const ExchangeSide& liability, Int128 held,
                      Int128 debt) {
  const Int128 taken = converted(debt, asset.decimals - liability.decimals,
                                 checked_multiply(liability.price, asset.multiplier),
                                 checked_multiply(asset.price, liability.multiplier));
  const Int128 off = taken > held ? taken - held : held - taken;
  return value_of(off, asset) < quote_precision ? held : taken;
}

Int128 debt_for_asset(const ExchangeSide& asset, const ExchangeSide& liability, Int128 amount) {
  return converted(amount, liability.decimals - asset.decimals,
                   checked_multiply(asset.price, liability.multiplier),
                   checked_multiply(liability.price, asset.multiplier), Rounding::Ceil);
}

std::optional<Int128> debt_to_cover_shortage(const ExchangeSide& asset,
                                             const ExchangeSide& liability, Int128 shortage,
                                             Int128 insurance_fee) {
  const Int128 owed = liability.weight * finer;
  const Int128 given = quotient(asset.weight * finer, asset.multiplier, liability.multiplier);
  if (asset.weight >= liability.weight || given >= owed) return std::nullopt;
  const Int128 fee = quotient(liability.price, insurance_fee, fee_precision);
  const Int128 freed = checked_subtract(checked_multiply(liability.price, owed - given),
                                        checked_multiply(fee, owed));
  return converted(shortage, liability.decimals - quote_decimals,
                   price_precision * weight_precision * finer, freed);
}

Int128 debt_insurance_fee(const ExchangeSide& asset, const ExchangeSide& liability, Int128 shortage,
                          Int128 debt, Int128 fee_max) {
  const bool nothing = liability.price == 0 || debt == 0 || liability.multiplier == 0;
  if (nothing || asset.weight >= liability.weight) return 0;
  const Int128 owed = liability.weight * fees_per_weight;
  const Int128 given =
      quotient(asset.weight * fees_per_weight, asset.multiplier, liability.multiplier);
  const Int128 per_token = quotient(shortage, power_of_ten(liability.decimals), debt);
  const Int128 lacking = quotient(per_token, price_precision, liability.price);
  const Int128 left = std::max<Int128>(0, owed - given - lacking);
  return std::min(fee_max, quotient(left, fee_precision, owed));
}

}  // namespace v1
}  // namespace delever
