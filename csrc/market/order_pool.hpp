// The records of all live orders of a venue: 32 bytes for what every command touches, and beside
// them, in arrays of their own, what few orders have.
//
// Owns: the slots, their LIFO free list, and two arrays indexed alike that reach only as far as the
// last slot that ever needed them: client ids, and links (an owner's list of its orders, its
// position, an order's terms). The price of a resting order is its level's; of one that waits, its
// terms' (market/order_terms.hpp). An id is generation<<32 | slot; a slot's generation is
// incremented when the slot is freed, so an id that outlived its order finds nothing. (At 2^32
// reuses of one slot the generation wraps to 1: 0 would make the id of slot 0 `no_order`.) New
// slots are handed out from 0 upward, and only where no freed slot waits; the free list is part of
// the state, so a restored snapshot gives the same ids as the run it was taken from. An empty pool
// may start over with no slots at all: their generations then begin above every one before.
//
// A slot is taken when its order is accepted and written when the order rests or waits: one that is
// filled or cancelled on arrival never has a record, and `find` does not know it.
//
// Complexity: take, give_back, acquire, release and find are O(1) and touch one cache line. Worst
// case: growing copies the slab (units/slab_growth.hpp). References and pointers to orders are
// valid until the next take. Neither the pool nor an order knows which book it rests in beyond the
// `instrument` it names; who links an owner's orders is the owner's business.
#pragma once

#include <algorithm>
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
#include "units/prefetch_record.hpp"
#include "units/slab_growth.hpp"

namespace delever {
inline namespace v1 {

/// Bits of Order::traits: what the order has in the arrays beside its record.
enum OrderTrait : std::uint8_t {
  trait_client_id = 1,
  trait_terms = 2,
};

/// One live order. The book keeps `level` and the fifo links.
struct alignas(32) Order {
  std::int64_t open_lots = 0;
  std::uint32_t fifo_previous = no_index;
  std::uint32_t fifo_next = no_index;
  std::uint32_t level = no_index;  ///< level in the book's slab; no_index: does not rest
  std::uint32_t generation = 1;
  std::uint32_t account = 0;
  std::uint16_t instrument = 0;
  Side side : 2 = Side::None;
  std::uint8_t traits : 6 = 0;
  std::uint8_t flags = 0;

  bool rests() const { return level < no_index - 1; }
};
static_assert(sizeof(Order) == 32 && std::is_trivially_copyable_v<Order>);

/// What an owner keeps of an order, and where its terms are.
struct OrderLinks {
  std::uint32_t position = 0;  ///< or the owner's record, where there are no positions
  std::uint32_t terms = no_index;
  std::uint32_t owner_previous = no_index;
  std::uint32_t owner_next = no_index;
};
static_assert(sizeof(OrderLinks) == 16);
static_assert(std::has_unique_object_representations_v<OrderLinks>, "snapshots copy the bytes");

inline bool has_terms(const Order& order) { return (order.traits & trait_terms) != 0; }

class OrderPool {
 public:
  /// Takes a slot for an order that has no record yet: `write` it or `give_back` the slot.
  DELEVER_INLINE OrderId take() {
    const std::uint32_t slot = free_head_;
    if (slot == no_index) [[unlikely]]
      return take_new();
    const Order& order = orders_[slot];
    free_head_ = order.fifo_next;
    ++live_;
    return make_order_id(order.generation, slot);
  }

  /// Frees a slot that was taken and not written.
  DELEVER_INLINE void give_back(std::uint32_t slot) {
    Order& order = orders_[slot];
    DELEVER_INVARIANT(order.level == free_slot);
    if (++order.generation == 0) order.generation = 1;
    order.fifo_next = free_head_;
    free_head_ = slot;
    --live_;
  }

  /// The record of a taken slot, with defaults but for the generation; it is live from here on.
  DELEVER_INLINE Order& write(std::uint32_t slot) {
    Order& order = orders_[slot];
    const std::uint32_t generation = order.generation;
    order = Order{};
    order.generation = generation;
    return order;
  }

  OrderId acquire() {
    const OrderId id = take();
    write(order_slot(id));
    return id;
  }

  DELEVER_INLINE void release(OrderId id) { release_slot(order_slot(id)); }

  DELEVER_INLINE void release_slot(std::uint32_t slot) {
    Order& order = orders_[slot];
    DELEVER_INVARIANT(order.level == no_index);
    order.level = free_slot;
    if (++order.generation == 0) order.generation = 1;
    order.fifo_next = free_head_;
    free_head_ = slot;
    --live_;
  }

  /// As release_slot, of an order that still names its level and is in no queue.
  DELEVER_INLINE void release_resting(std::uint32_t slot) {
    Order& order = orders_[slot];
    order.fifo_previous = no_index;
    order.fifo_next = free_head_;
    order.level = free_slot;
    if (++order.generation == 0) order.generation = 1;
    free_head_ = slot;
    --live_;
  }

  Order& operator[](std::uint32_t slot) { return orders_[slot]; }
  const Order& operator[](std::uint32_t slot) const { return orders_[slot]; }
  std::uint32_t slot_of(const Order& order) const {
    return static_cast<std::uint32_t>(&order - orders_.data());
  }

  /// The live order with this id, or nullptr where it is gone or never was.
  Order* find(OrderId id) { return const_cast<Order*>(std::as_const(*this).find(id)); }
  const Order* find(OrderId id) const {
    const std::uint32_t slot = order_slot(id);
    if (slot >= orders_.size()) return nullptr;
    const Order& order = orders_[slot];
    if (order.generation != order_generation(id) || order.level == free_slot) return nullptr;
    return &order;
  }
  bool has_slot(std::uint32_t slot) const {
    return orders_.data() + slot < orders_.data() + orders_.size();
  }
  /// Whether an order with this id may be live: its slot exists and has not been reused since.
  bool may_be(OrderId id) const {
    const std::uint32_t slot = order_slot(id);
    return has_slot(slot) && orders_[slot].generation == order_generation(id);
  }
  OrderId id_of(std::uint32_t slot) const { return make_order_id(orders_[slot].generation, slot); }

  /// The client's id of an order; 0: none.
  std::int64_t client_id(std::uint32_t slot) const {
    return (orders_[slot].traits & trait_client_id) != 0 ? client_ids_[slot] : 0;
  }
  void set_client_id(std::uint32_t slot, std::int64_t client_id) {
    if (slot >= client_ids_.size()) [[unlikely]]
      widen(client_ids_, slot);
    client_ids_[slot] = client_id;
    orders_[slot].traits |= trait_client_id;
  }

  /// Of an order that has them: `require_links` has been called.
  OrderLinks& links(std::uint32_t slot) { return links_[slot]; }
  const OrderLinks& links(std::uint32_t slot) const { return links_[slot]; }
  /// The links of a slot, made now where they do not reach so far; they hold what they held.
  OrderLinks& require_links(std::uint32_t slot) {
    if (slot >= links_.size()) [[unlikely]]
      widen(links_, slot);
    return links_[slot];
  }

  // Starts loading a record, so that a later `find` does not wait for memory. Inlined by force: a
  // function that only loads ahead changes nothing, and a call of it would be left out.
  DELEVER_INLINE void prefetch(OrderId id) const { prefetch_slot(order_slot(id)); }
  DELEVER_INLINE void prefetch_slot(std::uint32_t slot) const {
    prefetch_record(orders_.data(), slot);
  }
  DELEVER_INLINE void prefetch_links(std::uint32_t slot) const {
    prefetch_record(links_.data(), slot);
  }

  void reserve(std::size_t orders) { orders_.reserve(orders); }
  std::size_t live() const { return live_; }
  /// Slots used since the pool last started over; live orders have slots below it.
  std::uint32_t slots() const { return static_cast<std::uint32_t>(orders_.size()); }
  std::size_t bytes() const {
    return orders_.capacity() * sizeof(Order) + client_ids_.capacity() * sizeof(std::int64_t) +
           links_.capacity() * sizeof(OrderLinks);
  }

  /// Lets go of all slots; nothing may live.
  void start_over() {
    DELEVER_INVARIANT(live_ == 0);
    for (const Order& order : orders_)
      first_generation_ = std::max(first_generation_, order.generation);
    orders_ = decltype(orders_)();  // = {} would keep the memory
    client_ids_ = decltype(client_ids_)();
    links_ = decltype(links_)();
    free_head_ = no_index;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(orders_);
    archive(client_ids_);
    archive(links_);
    archive(free_head_);
    archive(first_generation_);
    archive(live_);
  }

 private:
  /// Order::level of a slot that has no record.
  static constexpr std::uint32_t free_slot = no_index - 1;

  [[gnu::noinline]] OrderId take_new() {
    DELEVER_INVARIANT(orders_.size() < free_slot);
    const auto slot = static_cast<std::uint32_t>(orders_.size());
    grow_slab(orders_, slot + std::size_t{1});
    Order& order = orders_.emplace_back();
    order.level = free_slot;
    order.generation = first_generation_;
    ++live_;
    return make_order_id(first_generation_, slot);
  }
  template <class Element, class Allocator>
  [[gnu::noinline]] static void widen(std::vector<Element, Allocator>& array, std::uint32_t slot) {
    grow_slab(array, slot + std::size_t{1});
    array.resize(slot + std::size_t{1});
  }

  HugeVector<Order> orders_;
  HugeVector<std::int64_t> client_ids_;
  HugeVector<OrderLinks> links_;
  std::uint32_t free_head_ = no_index;
  std::uint32_t first_generation_ = 1;  ///< of a new slot
  std::uint64_t live_ = 0;
};

}  // namespace v1
}  // namespace delever
