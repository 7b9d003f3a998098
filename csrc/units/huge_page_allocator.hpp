// An allocator for the large tables: from 4 MiB on, memory is aligned to 2 MiB and offered to the
// system for huge pages, which saves most of the page faults while a table grows and most of the
// address translation misses while it is read at random (accounts, positions, orders). Below that,
// and on systems without the hint, it is plain operator new.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace delever {
inline namespace v1 {

template <class Element>
struct HugePageAllocator {
  using value_type = Element;

  static constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;
  static constexpr std::size_t huge_from_bytes = 2 * huge_page_bytes;

  HugePageAllocator() = default;
  template <class Other>
  HugePageAllocator(const HugePageAllocator<Other>&) {}

  Element* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(Element);
    void* start = ::operator new(bytes, alignment_for(bytes));
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (bytes >= huge_from_bytes) madvise(start, bytes, MADV_HUGEPAGE);
#endif
    return static_cast<Element*>(start);
  }
  void deallocate(Element* start, std::size_t count) {
    ::operator delete(start, alignment_for(count * sizeof(Element)));
  }
  friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }

 private:
  static std::align_val_t alignment_for(std::size_t bytes) {
    return std::align_val_t{bytes >= huge_from_bytes ? huge_page_bytes : alignof(Element)};
  }
};

template <class Element>
using HugeVector = std::vector<Element, HugePageAllocator<Element>>;

}  // namespace v1
}  // namespace delever
