// The records of all live orders, found by the reference numbers of their feed, at 32-bit slots
// that stay theirs while they live. A record has a member `row`, which is no_index where it is
// free.
//
// Two stores with one interface. `HashedOrders` takes any 64-bit references: a slab with a LIFO
// free list, and beside it an index with open addressing (linear probing, at most two thirds full,
// backward-shift deletion). `PagedOrders` takes references that ascend from wherever they start, as
// ITCH's do, and keeps the record itself where the reference says: pages of 4,096 records, found
// directly; a page that empties is used again. A reference that would open a page where pages are
// many to the live orders goes to a few pages of outliers, found by hash, so that garbage costs at
// most a page (32 KiB) for 64 live orders, besides 4 MiB.
//
// Invariants: a reference has at most one record. A reference does not move while it lives.
//
// Complexity: paged: one load of the directory, which stays in the cache, and one of the record.
// Hashed: one cell, then the record. Worst case: a growth, amortised O(1).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "units/prefetch_record.hpp"
#include "units/digest.hpp"
#include "units/huge_page_allocator.hpp"
#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

/// An order's number in its feed.
using OrderReference = std::uint64_t;

/// From any 64-bit reference to a slot that is not no_index.
class SparseReferences {
 public:
  std::uint32_t find(OrderReference reference) const {
    if (size_ == 0) return no_index;
    return cells_[place_of(reference)].slot;
  }

  /// False, and nothing done, where the reference is known.
  bool insert(OrderReference reference, std::uint32_t slot) {
    if (cells_.size() * 2 <= size_ * 3 + 2) grow();
    Cell& cell = cells_[place_of(reference)];
    if (cell.slot != no_index) return false;
    cell = Cell{reference, slot};
    ++size_;
    return true;
  }

  /// Takes out a reference that is known.
  void erase(OrderReference reference) {
    std::size_t hole = place_of(reference);
    DELEVER_INVARIANT(cells_[hole].slot != no_index);
    for (std::size_t at = next(hole); cells_[at].slot != no_index; at = next(at)) {
      const std::size_t wanted = home(cells_[at].reference);
      if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole].slot = no_index;
    --size_;
  }

  std::size_t size() const { return size_; }
  std::size_t bytes() const { return cells_.capacity() * sizeof(Cell); }

 private:
  struct Cell {
    OrderReference reference = 0;
    std::uint32_t slot = no_index;
  };

  std::size_t mask() const { return cells_.size() - 1; }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
  std::size_t home(OrderReference reference) const { return splitmix64(reference) & mask(); }

  /// The cell that holds the reference, or the empty one where it belongs.
  std::size_t place_of(OrderReference reference) const {
    std::size_t at = home(reference);
    while (cells_[at].slot != no_index && cells_[at].reference != reference) at = next(at);
    return at;
  }

  void grow() {
    HugeVector<Cell> old(cells_.empty() ? 16 : 2 * cells_.size());
    old.swap(cells_);
    for (const Cell& cell : old)
      if (cell.slot != no_index) cells_[place_of(cell.reference)] = cell;
  }

  HugeVector<Cell> cells_;
  std::size_t size_ = 0;
};

template <class Order>
class HashedOrders {
 public:
  std::uint32_t find(OrderReference reference) const { return index_.find(reference); }

  /// A slot for the reference, or no_index where it is in use.
  std::uint32_t acquire(OrderReference reference) {
    const std::uint32_t slot =
        free_.empty() ? static_cast<std::uint32_t>(records_.size()) : free_.back();
    if (!index_.insert(reference, slot)) return no_index;
    if (free_.empty()) {
      DELEVER_INVARIANT(records_.size() < no_index);
      records_.emplace_back();
    } else {
      free_.pop_back();
    }
    records_[slot].reference = reference;
    return slot;
  }
  void release(std::uint32_t slot, Order& order) {
    index_.erase(records_[slot].reference);
    order.row = no_index;
    free_.push_back(slot);
  }

  Order& operator[](std::uint32_t slot) { return records_[slot].order; }
  const Order& operator[](std::uint32_t slot) const { return records_[slot].order; }
  OrderReference reference(std::uint32_t slot) const { return records_[slot].reference; }
  std::size_t size() const { return index_.size(); }
  std::size_t bytes() const {
    return records_.capacity() * sizeof(Record) + free_.capacity() * 4 + index_.bytes();
  }

 private:
  struct Record {
    OrderReference reference = 0;
    Order order;
  };

  HugeVector<Record> records_;
  std::vector<std::uint32_t> free_;
  SparseReferences index_;
};

template <class Order>
class PagedOrders {
 public:
  PagedOrders() {
    add_chunk();
    clear_page(null_page);
  }

  std::uint32_t find(OrderReference reference) const {
    const std::uint64_t number = reference >> page_bits;
    if (number < numbers_) [[likely]] {
      const std::uint32_t slot = slot_in(page_of_[number], reference);
      if ((*this)[slot].row != no_index) [[likely]]
        return slot;
    }
    return outliers_.find(reference);
  }

  /// A slot for the reference, or no_index where it is in use.
  std::uint32_t acquire(OrderReference reference) {
    const std::uint64_t number = reference >> page_bits;
    if (outliers_.size() != 0 && outliers_.find(reference) != no_index) return no_index;
    if (number >= numbers_ || page_of_[number] == null_page) [[unlikely]] {
      if (!may_open(number)) return acquire_outlier(reference);
      open(number);
    }
    const std::uint32_t slot = slot_in(page_of_[number], reference);
    if ((*this)[slot].row != no_index) return no_index;
    ++pages_[page_of_[number]].live;
    ++size_;
    return slot;
  }
  void release(std::uint32_t slot, Order& order) {
    order.row = no_index;
    --size_;
    const std::uint32_t index = slot >> page_bits;
    Page& page = pages_[index];
    --page.live;
    if (page.outliers) [[unlikely]] {
      outliers_.erase(page.outliers[place_in(slot)]);
      free_outliers_.push_back(slot);
    } else if (page.live == 0) [[unlikely]] {
      page_of_[page.number] = null_page;
      free_pages_.push_back(index);
      --open_pages_;
    }
  }

  Order& operator[](std::uint32_t slot) {
    return records_[slot >> chunk_bits][slot & (chunk_slots - 1)];
  }
  const Order& operator[](std::uint32_t slot) const {
    return records_[slot >> chunk_bits][slot & (chunk_slots - 1)];
  }
  OrderReference reference(std::uint32_t slot) const {
    const Page& page = pages_[slot >> page_bits];
    if (page.outliers) return page.outliers[place_in(slot)];
    return (page.number << page_bits) | place_in(slot);
  }
  /// Where the record of this reference is or would be; one that is free where it is elsewhere.
  [[gnu::always_inline]] const Order* prefetch(OrderReference reference) const {
    const std::uint64_t number = reference >> page_bits;
    const std::uint32_t page = number < numbers_ ? page_of_[number] : null_page;
    const Order* record = &(*this)[slot_in(page, reference)];
    prefetch_record(record);
    return record;
  }
  std::size_t size() const { return size_; }
  std::size_t bytes() const {
    return chunks_.size() * chunk_slots * sizeof(Order) + pages_.capacity() * sizeof(Page) +
           page_of_.capacity() * 4 + outliers_.bytes() + free_outliers_.capacity() * 4 +
           outlier_pages_ * page_slots * sizeof(OrderReference);
  }

 private:
  static constexpr unsigned page_bits = 12;
  static constexpr unsigned chunk_page_bits = 7;
  static constexpr std::uint32_t chunk_page_mask = (1u << chunk_page_bits) - 1;
  static constexpr unsigned chunk_bits = page_bits + chunk_page_bits;
  static constexpr std::size_t page_slots = std::size_t{1} << page_bits;
  static constexpr std::size_t chunk_slots = std::size_t{1} << chunk_bits;
  /// References from 2^32 on are outliers: it bounds the directory to 4 MiB.
  static constexpr std::uint64_t page_number_max = (std::uint64_t{1} << (32 - page_bits)) - 1;
  /// Stands for pages that are not open: all its records are free.
  static constexpr std::uint32_t null_page = 0;
  static constexpr std::size_t pages_free_of_charge = 128;
  static constexpr std::size_t orders_per_page_min = 64;

  static_assert(std::is_trivially_destructible_v<Order>);

  // Room for 128 pages, not cleared.
  struct Chunk {
    Order* records = HugePageAllocator<Order>().allocate(chunk_slots);

    Chunk() = default;
    Chunk(Chunk&& other) noexcept : records(std::exchange(other.records, nullptr)) {}
    Chunk& operator=(Chunk&& other) noexcept {
      std::swap(records, other.records);
      return *this;
    }
    ~Chunk() {
      if (records != nullptr) HugePageAllocator<Order>().deallocate(records, chunk_slots);
    }
  };
  struct Page {
    std::uint64_t number = 0;  ///< of its references; of an outlier page: none
    std::uint32_t live = 0;
    std::unique_ptr<OrderReference[]> outliers;  ///< by place; nullptr: an ordinary page
  };

  static std::uint32_t place_in(std::uint64_t number) { return number & (page_slots - 1); }
  static std::uint32_t slot_in(std::uint32_t page, OrderReference reference) {
    return page << page_bits | place_in(reference);
  }

  bool may_open(std::uint64_t number) const {
    return number <= page_number_max &&
           open_pages_ < pages_free_of_charge + size_ / orders_per_page_min;
  }
  void open(std::uint64_t number) {
    if (number >= numbers_) page_of_.resize(numbers_ = number + 1, null_page);
    const std::uint32_t page = take_page();
    pages_[page].number = number;
    page_of_[number] = page;
    ++open_pages_;
  }
  void add_chunk() {
    const auto first = static_cast<std::uint32_t>(pages_.size());
    DELEVER_INVARIANT(chunks_.size() < (no_index >> chunk_bits));
    chunks_.emplace_back();
    records_.push_back(chunks_.back().records);
    pages_.resize(pages_.size() + chunk_slots / page_slots);
    const std::uint32_t reserved = first == null_page ? 1 : 0;
    for (auto page = static_cast<std::uint32_t>(pages_.size()); page-- != first + reserved;)
      free_pages_.push_back(page);
  }
  /// The first use of a page, which is soon full of orders, and not before: what is written is
  /// still in the cache then. Pages are first taken in ascending order.
  void clear_page(std::uint32_t page) {
    Order* first = records_[page >> chunk_page_bits] + slot_in(page & chunk_page_mask, 0);
    Order none{};
    none.row = no_index;
    std::uninitialized_fill_n(first, page_slots, none);
    last_cleared_ = page;
  }
  std::uint32_t take_page() {
    if (free_pages_.empty()) add_chunk();
    const std::uint32_t page = free_pages_.back();
    free_pages_.pop_back();
    if (page > last_cleared_) clear_page(page);
    return page;
  }
  std::uint32_t acquire_outlier(OrderReference reference) {
    if (free_outliers_.empty()) {
      const std::uint32_t page = take_page();
      pages_[page].outliers = std::make_unique<OrderReference[]>(page_slots);
      ++outlier_pages_;
      for (std::uint32_t place = page_slots; place-- != 0;)
        free_outliers_.push_back(page << page_bits | place);
    }
    const std::uint32_t slot = free_outliers_.back();
    free_outliers_.pop_back();
    const bool added = outliers_.insert(reference, slot);
    DELEVER_INVARIANT(added);
    Page& page = pages_[slot >> page_bits];
    page.outliers[place_in(slot)] = reference;
    ++page.live;
    ++size_;
    return slot;
  }

  std::vector<Chunk> chunks_;
  std::vector<Order*> records_;         ///< of the chunks, by the upper bits of a slot
  std::vector<Page> pages_;             ///< all there are, by the upper bits of a slot
  std::vector<std::uint32_t> page_of_;  ///< by page number
  std::vector<std::uint32_t> free_pages_;
  std::vector<std::uint32_t> free_outliers_;
  SparseReferences outliers_;
  std::uint64_t numbers_ = 0;  ///< the size of page_of_
  std::uint32_t last_cleared_ = 0;
  std::size_t open_pages_ = 0;
  std::size_t outlier_pages_ = 0;
  std::size_t size_ = 0;
};

}  // namespace v1
}  // namespace delever
