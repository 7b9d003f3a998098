#include "risk/loss_sharing.hpp"

#include <stdexcept>

namespace delever {
inline namespace v1 {
namespace {

constexpr Int128 base_precision = 1'000'000'000;
constexpr Int128 quote_per_funding = 1'000;

Int128 size_of(Int128 value) { return value < 0 ? -value : value; }

void check_same(std::size_t one, std::size_t other) {
  if (one != other) throw std::domain_error("the lists are not of one length");
}

Fixed risk_weight(Fixed leverage, RiskWeight weight, Fixed threshold) {
  switch (weight) {
    case RiskWeight::One: return 1;
    case RiskWeight::Linear: return leverage;
    case RiskWeight::Square: return leverage * leverage;
    case RiskWeight::Shortfall: break;
  }
  return leverage > threshold ? leverage - threshold : Fixed(0);
}

// The winner whose cap is reached at the lowest level, of those still open.
std::size_t first_to_fill(const std::vector<Fixed>& shares, const std::vector<Fixed>& caps,
                          const std::vector<bool>& full) {
  std::size_t first = shares.size();
  for (std::size_t at = 0; at < shares.size(); ++at) {
    if (full[at] || shares[at] <= 0) continue;
    if (first == shares.size() || caps[at] / shares[at] < caps[first] / shares[first]) first = at;
  }
  return first;
}

}  // namespace

std::vector<Int128> socialise(const std::vector<Int128>& wins, Int128 collected, std::size_t last) {
  if (last >= wins.size()) throw std::domain_error("there is no such last winner");
  Int128 expected = 0;
  for (const Int128 win : wins) expected = checked_add(expected, win);
  if (collected >= expected) return wins;
  std::vector<Int128> paid;
  Int128 handed = 0;
  for (const Int128 win : wins) {
    paid.push_back(wide_mul_div(win, collected, expected, Rounding::Floor));
    handed += paid.back();
  }
  paid[last] += collected - handed;
  return paid;
}

std::optional<Int128> bankruptcy_funding_delta(Int128 loss, Int128 base_long, Int128 base_short) {
  const Int128 open = checked_add(size_of(base_long), size_of(base_short));
  if (open == 0) return std::nullopt;
  const Int128 step = wide_mul_div(size_of(loss), base_precision, open, Rounding::Ceil);
  return checked_multiply(step, quote_per_funding);
}

Int128 bankruptcy_funding_payment(Int128 base, Int128 delta) {
  return wide_mul_div(size_of(base), delta, base_precision * quote_per_funding, Rounding::Trunc);
}

Fixed pro_rata_haircut(Fixed deficit, Fixed equity) {
  if (deficit <= 0) return 0;
  return deficit >= equity ? Fixed(1) : deficit / equity;
}

Fixed deleveraged_percent(Fixed deleveraged, Fixed liquidated) {
  return mul_div(deleveraged, 100, liquidated);
}

std::vector<Fixed> risk_aware_shares(const std::vector<Fixed>& pro_rata,
                                     const std::vector<Fixed>& leverage, RiskWeight weight,
                                     Fixed threshold) {
  check_same(pro_rata.size(), leverage.size());
  std::vector<Fixed> shares;
  Fixed total = 0;
  for (std::size_t at = 0; at < pro_rata.size(); ++at) {
    const Fixed risk = leverage[at] * risk_weight(leverage[at], weight, threshold);
    shares.push_back(weight == RiskWeight::One ? pro_rata[at] : pro_rata[at] * risk);
    total += shares.back();
  }
  if (total <= 0) throw std::domain_error("every weight is zero: nobody bears the loss");
  for (Fixed& share : shares) share = share / total;
  return shares;
}

std::vector<Fixed> fill_water(Fixed deficit, const std::vector<Fixed>& shares,
                              const std::vector<Fixed>& caps) {
  check_same(shares.size(), caps.size());
  std::vector<Fixed> taken(shares.size());
  std::vector<bool> full(shares.size(), false);
  Fixed open_shares = 0;
  for (const Fixed share : shares)
    if (share > 0) open_shares += share;
  Fixed left = deficit;
  while (open_shares > 0 && left > 0) {
    const std::size_t at = first_to_fill(shares, caps, full);
    if (at == shares.size()) break;
    if (mul_div(left, shares[at], open_shares) <= caps[at]) break;
    taken[at] = caps[at];
    full[at] = true;
    left -= caps[at];
    open_shares -= shares[at];
  }
  if (open_shares > 0 && left > 0)
    for (std::size_t at = 0; at < shares.size(); ++at)
      if (!full[at] && shares[at] > 0) taken[at] = mul_div(left, shares[at], open_shares);
  return taken;
}

}  // namespace v1
}  // namespace delever
