// One int64 column in reserved address space: it grows and never moves.
//
// Owns: a range of address space, taken once (mmap PROT_NONE with MAP_NORESERVE, on Windows
// VirtualAlloc MEM_RESERVE) and made usable from its front as rows are committed. Reserving costs
// no memory; committed pages cost memory when they are first written. Because the data pointer
// stays the same, a numpy view of the first n rows stays valid while more are appended, without a
// copy.
//
// Invariants: data() is constant from reserve() to destruction; rows below committed() may be read
// and written; size() <= committed() <= rows_max(). `stagger` shifts the data within the range:
// columns that are written together would otherwise all lie at the same offset in their pages and
// share one set of the cache.
//
// Complexity: push O(1); a commit is one system call per step, and steps double. Worst case:
// reserving fails (address space limited by ulimit -v, or overcommit switched off):
// std::system_error.
#pragma once

#include <cstddef>
#include <cstdint>

#include "units/invariant.hpp"

namespace delever {
inline namespace v1 {

class ReservedColumn {
 public:
  ReservedColumn() = default;
  ~ReservedColumn();
  ReservedColumn(const ReservedColumn&) = delete;
  ReservedColumn& operator=(const ReservedColumn&) = delete;

  /// Takes address space for `rows_max` rows; once. `stagger_bytes`: a multiple of 64.
  void reserve(std::size_t rows_max, std::size_t stagger_bytes = 0);

  /// Makes at least the first `rows` rows usable; std::length_error beyond rows_max.
  void commit(std::size_t rows);

  void push(std::int64_t value) {
    if (size_ == committed_) [[unlikely]]
      commit(grown(committed_));
    data_[size_++] = value;
  }

  /// Forgets the rows and keeps the memory.
  void clear() { size_ = 0; }

  std::int64_t* data() { return data_; }
  const std::int64_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::size_t committed() const { return committed_; }
  std::size_t rows_max() const { return rows_max_; }

  /// Rows to commit after `committed` are full: doubling, from 64 KiB, by steps of at most 8 MiB.
  static constexpr std::size_t grown(std::size_t committed) {
    constexpr std::size_t step_min = 64 * 1024 / sizeof(std::int64_t);
    constexpr std::size_t step_max = 8 * 1024 * 1024 / sizeof(std::int64_t);
    if (committed < step_min) return step_min;
    return committed + (committed < step_max ? committed : step_max);
  }

 private:
  std::int64_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t committed_ = 0;
  std::size_t rows_max_ = 0;
  std::byte* region_ = nullptr;  ///< start of the reserved range
  std::size_t region_bytes_ = 0;
};

}  // namespace v1
}  // namespace delever
