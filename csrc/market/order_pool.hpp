// The records of all live orders of a venue, in one slab of 64-byte slots.
//
// Owns: the slots and their LIFO free list. An id is generation<<32 | slot; a slot's generation
// starts at 1 and is incremented when the slot is freed, so an id that outlived its order finds
// nothing. (At 2^32 reuses of one slot the generation wraps to 1: 0 would make the id of slot 0
// `no_order`.) New slots are handed out from 0 upward, and only where no freed slot waits; the free
// list is part of the state, so a restored snapshot gives the same ids as the run it was taken
// from.
//
// Complexity: acquire, release and find are O(1) and touch one cache line. Worst case: an acquire
// that grows the slab copies it (amortised O(1); `reserve` avoids it). References and pointers to
// orders are valid until the next acquire. Neither the pool nor an order knows which book it rests
// in beyond the `instrument` it names; who links `account_previous/next` is the owner's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "market/order_types.hpp"
#include "units/huge_page_allocator.hpp"
#include "units/ids.hpp"
#include "units/inline.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

/// One accepted order. The book keeps `level` and the fifo links; the account keeps its own links.
struct alignas(64) Order {
  std::int64_t price_ticks = 0;
  std::int64_t open_lots = 0;
  std::int64_t client_id = 0;
  std::uint32_t account = 0;
  std::uint32_t generation = 1;
  std::uint32_t level = no_index;  ///< level in the book's slab; no_index: does not rest
  std::uint32_t fifo_previous = no_index;
  std::uint32_t fifo_next = no_index;
  std::uint32_t account_previous = no_index;
  std::uint32_t account_next = no_index;
  std::uint16_t instrument = 0;
  Side side = Side::None;
  std::uint8_t flags = 0;
  std::uint64_t owner_word = 0;  ///< not read by the market layer; cleared on acquire

  bool rests() const { return level < no_index - 1; }
};
static_assert(sizeof(Order) == 64 && std::is_trivially_copyable_v<Order>);
static_assert(std::has_unique_object_representations_v<Order>, "snapshots copy the bytes");

class OrderPool {
 public:
  /// Takes a slot; all fields but the generation have their defaults.
  DELEVER_INLINE OrderId acquire() {
    const std::uint32_t slot = free_head_;
    if (slot == no_index) [[unlikely]]
      return acquire_new();
    Order& order = orders_[slot];
    free_head_ = order.fifo_next;
    const std::uint32_t generation = order.generation;
    order = Order{};
    order.generation = generation;
    ++live_;
    return make_order_id(generation, slot);
  }

  DELEVER_INLINE void release(OrderId id) { release_slot(order_slot(id)); }

  void release_slot(std::uint32_t slot) {
    Order* order = &orders_[slot];
    DELEVER_INVARIANT(order->level == no_index);
    order->level = free_slot;
    if (++order->generation == 0) order->generation = 1;
    order->fifo_next = free_head_;
    free_head_ = slot;
    --live_;
  }

  Order& operator[](std::uint32_t slot) { return orders_[slot]; }
  const Order& operator[](std::uint32_t slot) const { return orders_[slot]; }

  /// The live order with this id, or nullptr where it is gone or never was.
  Order* find(OrderId id) { return const_cast<Order*>(std::as_const(*this).find(id)); }
  const Order* find(OrderId id) const {
    const std::uint32_t slot = order_slot(id);
    if (slot >= orders_.size()) return nullptr;
    const Order& order = orders_[slot];
    if (order.generation != order_generation(id) || order.level == free_slot) return nullptr;
    return &order;
  }
  OrderId id_of(std::uint32_t slot) const { return make_order_id(orders_[slot].generation, slot); }

  /// Starts loading the record, so that a later `find` does not wait for memory.
  void prefetch(OrderId id) const { prefetch_slot(order_slot(id)); }
  void prefetch_slot(std::uint32_t slot) const {
#if defined(__GNUC__)
    if (slot < orders_.size()) __builtin_prefetch(&orders_[slot], 1);
#else
    static_cast<void>(slot);
#endif
  }

  void reserve(std::size_t orders) { orders_.reserve(orders); }
  std::size_t live() const { return live_; }
  /// Slots ever used; live orders have slots below it.
  std::uint32_t slots() const { return static_cast<std::uint32_t>(orders_.size()); }
  std::size_t bytes() const { return orders_.capacity() * sizeof(Order); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(orders_);
    archive(free_head_);
    archive(live_);
  }

 private:
  /// Order::level of a slot on the free list.
  static constexpr std::uint32_t free_slot = no_index - 1;

  OrderId acquire_new() {
    DELEVER_INVARIANT(orders_.size() < free_slot);
    const auto slot = static_cast<std::uint32_t>(orders_.size());
    orders_.emplace_back();
    ++live_;
    return make_order_id(orders_.back().generation, slot);
  }

  HugeVector<Order> orders_;
  std::uint32_t free_head_ = no_index;
  std::uint64_t live_ = 0;
};

}  // namespace v1
}  // namespace delever
