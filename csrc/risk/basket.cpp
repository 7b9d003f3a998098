#include "risk/basket.hpp"

#include <algorithm>
#include <cstdlib>

namespace delever {
inline namespace v1 {

namespace {

// Value of a whole price: 2^14 ticks of a map. Finer ticks would leave guards alone at theirs, with
// a block of memory each; coarser ones would be a good part of a second's move.
constexpr int unit_bits = 36;
constexpr std::int64_t unit_value = std::int64_t{1} << unit_bits;

Int128 size_of(const BasketExposure& one) {
  return one.per_value < 0 ? -one.per_value : one.per_value;
}

// Thousandths of the deviation of a sum of `count` moves that correlate by half, by what their
// signs add up to: sqrt((count + sum^2) / 2).
constexpr std::array<std::array<std::int64_t, basket_members_max + 1>, basket_members_max + 1>
    deviations{{{0, 0, 0, 0, 0},
                {0, 1'000, 0, 0, 0},
                {1'000, 0, 1'732, 0, 0},
                {0, 1'414, 0, 2'449, 0},
                {1'414, 0, 2'000, 0, 3'162}}};

}  // namespace

void share_exposures(std::vector<BasketExposure>& exposures, std::vector<BasketShare>& shares) {
  std::sort(exposures.begin(), exposures.end(),
            [](const BasketExposure& a, const BasketExposure& b) {
              return size_of(a) != size_of(b) ? size_of(a) > size_of(b) : a.id < b.id;
            });
  if (exposures.size() > basket_members_max) exposures.resize(basket_members_max);
  shares.clear();
  for (std::size_t at = 0; at < exposures.size(); ++at) {
    const Int128 next = at + 1 < exposures.size() ? size_of(exposures[at + 1]) : 0;
    const Int128 coefficient = size_of(exposures[at]) - next;
    if (coefficient > 0) shares.push_back({coefficient, at + 1});
  }
}

std::uint64_t weight_of(std::span<const BasketExposure> exposures, const BasketShare& share) {
  constexpr Int128 most = Int128{1} << 62;
  std::int64_t sum = 0;
  for (const BasketExposure& one : exposures.first(share.count)) sum += one.per_value > 0 ? 1 : -1;
  const std::int64_t deviation = deviations[share.count][static_cast<std::size_t>(std::abs(sum))];
  const Int128 atoms = share.coefficient / (slope_scale >> unit_bits);  // of a whole price
  return static_cast<std::uint64_t>(std::min(std::min(atoms, most) * deviation / 1'000, most)) + 1;
}

Int128 Baskets::per_value(std::uint16_t id, const InstrumentSpec& spec, PriceTicks mark,
                          Int128 slope) {
  if (id >= instruments_max) return 0;
  if (id >= scales_.size()) scales_.resize(std::size_t{id} + 1);
  Scale& scale = scales_[id];
  if (scale.weight < 0) {
    const std::int64_t coarse = std::max<std::int64_t>(1, unit_value / mark.value);
    scale.weight = std::min(coarse, value_max / spec.price_ticks_max);
    scale.value_max = scale.weight * spec.price_ticks_max;
  }
  return scale.weight == 0 ? 0 : slope / scale.weight;
}

// The first by number has the plus sign.
bool Baskets::is_negative(std::span<const BasketExposure> exposures) {
  const auto first = std::min_element(
      exposures.begin(), exposures.end(),
      [](const BasketExposure& a, const BasketExposure& b) { return a.id < b.id; });
  return first->per_value < 0;
}

std::size_t Baskets::require(std::span<const BasketExposure> exposures) {
  const bool negative = is_negative(exposures);
  std::array<BasketExposure, basket_members_max> sorted{};
  std::copy(exposures.begin(), exposures.end(), sorted.begin());
  const auto by_id = std::span(sorted).first(exposures.size());
  std::sort(by_id.begin(), by_id.end(),
            [](const BasketExposure& a, const BasketExposure& b) { return a.id < b.id; });
  std::uint64_t key = 0;
  for (const BasketExposure& one : by_id)
    key = key << 16 | (std::uint64_t{one.id} * 2 + ((one.per_value < 0) != negative ? 2 : 1));
  std::size_t idle = no_basket;
  for (std::size_t at = 0; at < list_.size(); ++at) {
    if (list_[at].key == key) return at;
    if (list_[at].map.empty()) idle = at;
  }
  if (list_.size() < baskets_max) {
    list_.push_back(made(key, by_id, negative));
    return list_.size() - 1;
  }
  if (idle != no_basket) list_[idle] = made(key, by_id, negative);
  return idle;
}

Baskets::Basket Baskets::made(std::uint64_t key, std::span<const BasketExposure> by_id,
                              bool negative) const {
  Basket basket;
  basket.key = key;
  std::int64_t all = 0;
  for (const BasketExposure& one : by_id) {
    const bool minus = (one.per_value < 0) != negative;
    const std::int64_t most = scales_[one.id].value_max;
    basket.ids[basket.count] = one.id;
    basket.signs[basket.count++] = minus ? -1 : 1;
    if (minus) basket.offset += most;
    all += most;
  }
  basket.map = LiquidationMap(all >> value_shift);
  return basket;
}

std::int64_t Baskets::step_of(std::size_t basket, std::int64_t ticks) const {
  std::int64_t most = 0;
  for (const std::uint16_t id : list_[basket].members()) most = std::max(most, scales_[id].weight);
  return std::max(most * ticks, std::int64_t{1} << value_shift);
}

}  // namespace v1
}  // namespace delever
