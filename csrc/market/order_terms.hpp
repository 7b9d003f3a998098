// The rare half of an order: trigger, peg, iceberg, expiry and the like, in a slab of its own.
//
// A plain order has none; the others refer to theirs by a u32 index, so that the record of every
// order stays 32 bytes. Owns: the slots and their LIFO free list, which are part of the state
// as in OrderPool: a restored snapshot hands out the same indices. What the fields mean and which
// of them go together is decided where commands are checked; 0 stands for "not asked for".
//
// Invariants: an index is valid from acquire to release; acquire gives a slot of defaults. Cost:
// O(1) and one or two cache lines; worst case an acquire that grows the slab (amortised).
// References are valid until the next acquire. Memory: 128 B an order with terms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "market/order_types.hpp"
#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

/// What an order with terms is doing.
enum class OrderStage : std::uint8_t {
  Taking = 0,     ///< being run: neither pending nor in the book
  Resting = 1,    ///< in the order book
  Pending = 2,    ///< waits in the trigger book
  Parked = 3,     ///< pegged, without a price it could rest at
  Triggered = 4,  ///< has left the trigger book and waits for its turn to run
};

struct OrderTerms {
  std::int64_t limit_ticks = 0;     ///< price of an order that does not rest; 0: none
  std::int64_t trigger_ticks = 0;   ///< as given; 0: none, or derived by the trail
  std::int64_t trail_distance = 0;  ///< ticks, or ppm, by trigger_kind
  std::int64_t peg_offset_ticks = 0;
  std::int64_t display_lots = 0;  ///< an iceberg's peak; 0: a plain order
  std::int64_t display_min_lots = 0;
  std::int64_t hidden_rest_lots = 0;  ///< open lots beside the visible ones
  std::int64_t minimum_lots = 0;
  std::int64_t expire_ns = 0;  ///< 0: never
  std::int64_t budget_tick_lots = 0;
  std::int64_t protection_ticks = -1;  ///< -1: none; 0: the best price only
  std::int64_t reserve_ticks = 0;  ///< of an order that rests without a price: what it reserves at
  std::int64_t accepted = 0;       ///< sequence of its OrderAccepted: age, for every tie
  std::uint32_t oco_group = 0;     ///< 0: none
  std::uint32_t agenda_node = no_index;  ///< its place in the expiry agenda
  TriggerKind trigger_kind = TriggerKind::None;
  TriggerDirection trigger_direction = TriggerDirection::Default;
  TriggerSource trigger_source = TriggerSource::ByRule;
  PegReference peg_reference = PegReference::None;
  OrderType order_type = OrderType::Limit;
  TimeInForce time_in_force = TimeInForce::Gtc;
  OrderStage stage = OrderStage::Taking;
  std::uint8_t close_position = 0;
  std::uint32_t next_free = no_index;  ///< only of a slot on the free list
  std::uint32_t in_use = 0;            ///< 0: on the free list
};
static_assert(sizeof(OrderTerms) == 128 && std::is_trivially_copyable_v<OrderTerms>);
static_assert(std::has_unique_object_representations_v<OrderTerms>, "snapshots copy the bytes");

class OrderTermsPool {
 public:
  std::uint32_t acquire() {
    std::uint32_t index = free_head_;
    if (index == no_index) {
      DELEVER_INVARIANT(terms_.size() < no_index);
      index = static_cast<std::uint32_t>(terms_.size());
      terms_.emplace_back();
    } else {
      free_head_ = terms_[index].next_free;
      terms_[index] = OrderTerms{};
    }
    terms_[index].in_use = 1;
    ++live_;
    return index;
  }

  /// Takes a slot and fills it.
  std::uint32_t acquire(const OrderTerms& terms) {
    const std::uint32_t index = acquire();
    terms_[index] = terms;
    terms_[index].in_use = 1;
    terms_[index].next_free = no_index;
    return index;
  }

  void release(std::uint32_t index) {
    DELEVER_INVARIANT(index < terms_.size() && terms_[index].in_use != 0);
    terms_[index].in_use = 0;
    terms_[index].next_free = free_head_;
    free_head_ = index;
    --live_;
  }

  OrderTerms& operator[](std::uint32_t index) { return terms_[index]; }
  const OrderTerms& operator[](std::uint32_t index) const { return terms_[index]; }

  std::size_t live() const { return live_; }
  std::size_t bytes() const { return terms_.capacity() * sizeof(OrderTerms); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(terms_);
    archive(free_head_);
    archive(live_);
  }

 private:
  std::vector<OrderTerms> terms_;
  std::uint32_t free_head_ = no_index;
  std::uint64_t live_ = 0;
};

}  // namespace v1
}  // namespace delever
