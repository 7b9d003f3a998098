// From an order's reference number, as its feed gives it, to the 32-bit slot of its record.
//
// Two indices with one interface. `SparseReferences` takes any 64-bit numbers: open addressing with
// linear probing, a power of two of 16-byte cells, at most two thirds full, backward-shift
// deletion. `DenseReferences` takes numbers that ascend from wherever they start, as ITCH's do:
// pages of 4,096 slots, found directly; a page that empties is used again. A number that would open
// a page of its own where pages are few to the order goes to a SparseReferences inside, so that
// garbage costs at most 2 KiB a live order, besides 4 MiB.
//
// Invariants: a reference is in the index exactly once, with a slot that is not no_index.
//
// Complexity: dense: one load of the page directory, which stays in the cache, and one of the slot.
// Sparse: one cell in the mean of a probe sequence; worst case a growth, amortised O(1).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "units/digest.hpp"
#include "units/huge_page_allocator.hpp"
#include "units/ids.hpp"
#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

/// An order's number in its feed.
using OrderReference = std::uint64_t;

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

  void prefetch(OrderReference reference) const {
#if defined(__GNUC__)
    if (size_ != 0) __builtin_prefetch(&cells_[home(reference)], 1);
#else
    static_cast<void>(reference);
#endif
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

class DenseReferences {
 public:
  std::uint32_t find(OrderReference reference) const {
    const std::uint32_t* page = page_of(reference);
    if (page != nullptr && page[place_in(reference)] != no_index) [[likely]]
      return page[place_in(reference)];
    return outliers_.find(reference);
  }

  /// False, and nothing done, where the reference is known.
  bool insert(OrderReference reference, std::uint32_t slot) {
    if (outliers_.find(reference) != no_index) return false;
    std::uint32_t* page = page_of(reference);
    if (page == nullptr) [[unlikely]] {
      page = open(reference >> page_bits);
      if (page == nullptr) {
        const bool added = outliers_.insert(reference, slot);
        size_ += added ? 1 : 0;
        return added;
      }
    }
    std::uint32_t& place = page[place_in(reference)];
    if (place != no_index) return false;
    place = slot;
    ++live_[reference >> page_bits];
    ++size_;
    return true;
  }

  /// Takes out a reference that is known.
  void erase(OrderReference reference) {
    std::uint32_t* page = page_of(reference);
    --size_;
    if (page == nullptr || page[place_in(reference)] == no_index) return outliers_.erase(reference);
    page[place_in(reference)] = no_index;
    if (--live_[reference >> page_bits] == 0) close(reference >> page_bits);
  }

  void prefetch(OrderReference reference) const {
#if defined(__GNUC__)
    const std::uint32_t* page = page_of(reference);
    if (page != nullptr) __builtin_prefetch(page + place_in(reference), 1);
#else
    static_cast<void>(reference);
#endif
  }

  std::size_t size() const { return size_; }
  std::size_t bytes() const {
    return chunks_.size() * chunk_pages * page_slots * sizeof(std::uint32_t) +
           pages_.capacity() * sizeof(std::uint32_t*) + live_.capacity() * sizeof(std::uint32_t) +
           outliers_.bytes();
  }

 private:
  static constexpr unsigned page_bits = 12;
  static constexpr std::size_t page_slots = std::size_t{1} << page_bits;
  static constexpr std::size_t chunk_pages = 256;  ///< 4 MiB: huge pages
  /// References from 2^32 on are outliers: it bounds the directory to 12 MiB.
  static constexpr std::uint64_t page_number_max = (std::uint64_t{1} << (32 - page_bits)) - 1;
  static constexpr std::size_t pages_free_of_charge = 256;
  static constexpr std::size_t orders_per_page_min = 8;

  static std::size_t place_in(OrderReference reference) { return reference & (page_slots - 1); }
  std::uint32_t* page_of(OrderReference reference) const {
    const std::uint64_t number = reference >> page_bits;
    return number < pages_.size() ? pages_[number] : nullptr;
  }

  std::uint32_t* open(std::uint64_t number) {
    if (number > page_number_max) return nullptr;
    if (open_pages_ >= pages_free_of_charge + size_ / orders_per_page_min) return nullptr;
    if (number >= pages_.size()) {
      pages_.resize(number + 1, nullptr);
      live_.resize(number + 1, 0);
    }
    if (free_.empty()) add_chunk();
    std::uint32_t* page = free_.back();
    free_.pop_back();
    ++open_pages_;
    return pages_[number] = page;
  }

  void close(std::uint64_t number) {
    free_.push_back(pages_[number]);
    pages_[number] = nullptr;
    --open_pages_;
  }

  void add_chunk() {
    chunks_.emplace_back(chunk_pages * page_slots, no_index);
    for (std::size_t page = chunk_pages; page-- != 0;)
      free_.push_back(chunks_.back().data() + page * page_slots);
  }

  std::vector<std::uint32_t*> pages_;  ///< by page number; nullptr: not open
  std::vector<std::uint32_t> live_;    ///< references in use, by page number
  std::vector<std::uint32_t*> free_;   ///< pages without a live reference
  std::vector<HugeVector<std::uint32_t>> chunks_;
  SparseReferences outliers_;
  std::size_t open_pages_ = 0;
  std::size_t size_ = 0;
};

}  // namespace v1
}  // namespace delever
