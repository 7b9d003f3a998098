// Baskets: guards on sums and differences of prices, for pools whose positions move together.
//
// Guards on single prices split a pool's surplus among its instruments, and a hedged pool, whose
// instruments move together, crosses them again and again while its surplus hardly moves. A basket
// is up to four instruments with signs; its value is V = sum of sign x weight x tick, the weights
// making a relative move worth alike in all of them. A pool's guards wait on the value of the
// baskets that its own exposure is made of.
//
// Proof. Around the mark, within the run of ticks on which no leg changes its tier, a linear
// contract's surplus f(t) is g(t) - e, g affine with a known slope and 0 <= e < J, one atom per
// ceiling taken (`slope_run`). So for instruments i with slopes x_i, as long as each tick stays in
// its run, the sum of the f_i has changed by more than sum x_i dt_i - J. Let E_i = x_i / weight_i,
// truncated: what is cut off is below weight_i of 2^-60 atoms a tick or less, and at ticks up to
// 2^52 / weight_i all of it is below one atom. Order them by |E|: E_1 >= E_2 >= ...; then the sum
// of E_i weight_i dt_i is the sum over k of (|E_k| - |E_k+1|) dV_k, V_k the basket of the first k
// instruments with the signs of their E. Each coefficient is >= 0. Hence, with budgets b_k whose
// sum is at most the surplus less J + 1, the surplus cannot breach while each V_k has fallen by at
// most b_k / coefficient. Guards wait on both ends of the runs (fences) and below each V_k, or
// above its negative. Nothing is assumed of how prices move; that the baskets' values rise and fall
// with the surplus only makes the guards last. Inverse contracts (affine in 1/t) wait by the tick.
//
// Baskets are made when a pool needs one, up to `baskets_max`; one that nothing waits on gives way.
// Cost: each evaluation point values every basket, a few ns each; worst case 64 of them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "risk/certificate.hpp"
#include "risk/liquidation_map.hpp"
#include "units/ids.hpp"

namespace delever {
inline namespace v1 {

constexpr std::size_t basket_members_max = 4;
constexpr std::size_t baskets_max = 64;

/// One instrument of a pool: its slope over its weight, signed.
struct BasketExposure {
  Int128 per_value = 0;
  std::uint16_t id = 0;
  std::uint16_t coordinate = 0;  ///< the caller's number for it
};

/// What of a pool's exposure lies in one basket: the first `count` of the exposures, by size.
struct BasketShare {
  Int128 coefficient = 0;  ///< > 0; 1 / slope_scale atoms per unit of value
  std::size_t count = 0;
};

/// Keeps the largest exposures, at most `basket_members_max`, in order, and cuts them into shares.
void share_exposures(std::vector<BasketExposure>& exposures, std::vector<BasketShare>& shares);

/// How much of the surplus a share may use beside others: what a small move would change of it, if
/// prices move alike by half.
std::uint64_t weight_of(std::span<const BasketExposure> exposures, const BasketShare& share);

/// The baskets of a venue with what waits on each. Copied with it, guards included.
class Baskets {
 public:
  struct Basket {
    std::uint64_t key = 0;
    std::array<std::uint16_t, basket_members_max> ids{};
    std::array<std::int8_t, basket_members_max> signs{};
    std::uint16_t count = 0;
    std::int64_t offset = 0;  ///< makes every value >= 0
    LiquidationMap map{0};

    std::span<const std::uint16_t> members() const { return std::span(ids).first(count); }
  };

  bool empty() const { return list_.empty(); }
  std::span<Basket> list() { return list_; }
  std::span<const Basket> list() const { return list_; }
  LiquidationMap& map(std::size_t basket) { return list_[basket].map; }
  void clear() { list_.clear(), scales_.clear(); }

  /// Slope per unit of the instrument's value; its weight is set at the first call, from the mark.
  /// 0 where it lies below what counts, or there are too many ticks or instruments for a weight.
  Int128 per_value(std::uint16_t id, const InstrumentSpec& spec, PriceTicks mark, Int128 slope);

  /// The basket of exposures, made where it is new; no_basket where there are too many. Their
  /// value is the basket's, or its negative where `is_negative(exposures)`.
  std::size_t require(std::span<const BasketExposure> exposures);
  static bool is_negative(std::span<const BasketExposure> exposures);
  /// The least by which a guard must differ in value from what it is to be worth setting.
  std::int64_t step_of(std::size_t basket, std::int64_t ticks) const;

  /// Value in ticks of the basket's map; marks(id) gives a mark.
  template <class MarkOf>
  std::int64_t tick_of(const Basket& basket, MarkOf&& mark_of) const {
    return value_of(basket, mark_of) >> value_shift;
  }
  template <class MarkOf>
  std::int64_t value_of(const Basket& basket, MarkOf&& mark_of) const {
    std::int64_t value = basket.offset;
    for (std::size_t at = 0; at < basket.count; ++at)
      value += basket.signs[at] * scales_[basket.ids[at]].weight * mark_of(basket.ids[at]);
    return value;
  }

  static constexpr std::size_t no_basket = ~std::size_t{0};
  static constexpr int value_shift = 22;  ///< of a value to a tick of the map

 private:
  struct Scale {
    std::int64_t weight = -1;  ///< value of a tick; -1: not set yet, 0: none
    std::int64_t value_max = 0;
  };
  static constexpr std::int64_t value_max = std::int64_t{1} << 52;
  static constexpr std::uint16_t instruments_max = (1 << 15) - 1;

  Basket made(std::uint64_t key, std::span<const BasketExposure> by_id, bool negative) const;

  std::vector<Basket> list_;
  std::vector<Scale> scales_;  ///< by instrument
};

}  // namespace v1
}  // namespace delever
