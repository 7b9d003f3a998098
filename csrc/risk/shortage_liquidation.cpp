#include "risk/shortage_liquidation.hpp"

#include <algorithm>
#include <stdexcept>

namespace delever {
inline namespace v1 {
namespace {

constexpr Int128 base_precision = 1'000'000'000;
constexpr Int128 price_precision = 1'000'000;
constexpr Int128 fee_precision = 1'000'000;
constexpr Int128 fees_per_ratio = 100;  // a ratio of 1e-4 in fees of 1e-6
constexpr Int128 fee_max = ~std::uint32_t{0};
constexpr std::int64_t grace_slots = 1'500;

Int128 quotient(Int128 a, Int128 b, Int128 c) { return wide_mul_div(a, b, c, Rounding::Trunc); }

Int128 size_of(Int128 value) { return value < 0 ? -value : value; }

// The oracle price in quote tokens.
Int128 price_of(const ShortageTerms& terms) {
  return quotient(terms.oracle_price, terms.quote_oracle_price, price_precision);
}

}  // namespace

Int128 base_to_cover_shortage(Int128 shortage, const ShortageTerms& terms) {
  const Int128 ratio = terms.margin_ratio * fees_per_ratio;
  if (terms.oracle_price == 0 || ratio <= terms.liquidator_fee) return every_base_unit;
  const Int128 freed = quotient(price_of(terms), ratio - terms.liquidator_fee, fee_precision);
  const Int128 fee = quotient(terms.oracle_price, terms.insurance_fee, fee_precision);
  if (freed <= fee) throw std::domain_error("closing frees no margin: the fees take all of it");
  return quotient(shortage, base_precision, freed - fee);
}

Int128 insurance_fee_rate(Int128 shortage, Int128 base, const ShortageTerms& terms) {
  const Int128 ratio = terms.margin_ratio * fees_per_ratio;
  const Int128 price = price_of(terms);
  if (price == 0 || base == 0 || ratio <= terms.liquidator_fee) return 0;
  const Int128 per_base = quotient(shortage, base_precision, base);
  const Int128 lacking = std::min(quotient(per_base, price_precision, price), fee_max);
  const Int128 left = std::max<Int128>(0, ratio - terms.liquidator_fee - lacking);
  return std::min(terms.insurance_fee, left * 19 / 20);
}

Int128 liquidator_fee_rate(Int128 base_fee, Int128 most, std::int64_t last_active_slot,
                           std::int64_t slot) {
  if (slot < last_active_slot) throw std::domain_error("the slot is before the last active one");
  const std::int64_t idle = slot - last_active_slot;
  if (idle < grace_slots) return base_fee;
  return std::min({checked_add(base_fee, idle), most, fee_max});
}

PerpTransfer transfer_perp(const PerpPosition& user, Int128 base, const ShortageTerms& terms) {
  if (base < 0 || base > size_of(user.base))
    throw std::domain_error("the base to transfer exceeds the position");
  const bool is_long = user.base > 0;
  const Int128 value = quotient(base, terms.oracle_price, base_precision);
  const Int128 share = fee_precision + (is_long ? -terms.liquidator_fee : terms.liquidator_fee);
  const Int128 paid = quotient(value, share, fee_precision);
  const Int128 insurance = quotient(value, terms.insurance_fee, fee_precision);
  const Int128 moved = is_long ? base : -base;
  const Int128 quote = is_long ? paid : -paid;
  return {{user.base - moved, user.quote + quote - insurance}, {moved, -quote}, insurance};
}

PerpTransfer liquidate_shortage(const PerpPosition& user, Int128 deposit,
                                const ShortageTerms& terms) {
  const Int128 size = size_of(user.base);
  const Int128 value = quotient(size, terms.oracle_price, base_precision);
  const Int128 equity = deposit + user.quote + (user.base > 0 ? value : -value);
  const Int128 required = quotient(value, terms.margin_ratio * fees_per_ratio, fee_precision);
  if (equity >= required) return {user, {}, 0};
  ShortageTerms charged = terms;
  charged.insurance_fee = insurance_fee_rate(required - equity, size, terms);
  const Int128 base = std::min(base_to_cover_shortage(required - equity, charged), size);
  return transfer_perp(user, base, charged);
}

}  // namespace v1
}  // namespace delever
