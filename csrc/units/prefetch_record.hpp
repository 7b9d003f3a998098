// A hint to the processor: a record will be written soon.
//
// Changes nothing, and any address will do, also one that is not mapped. Books larger than the
// caches spend their time waiting for records; asked for some messages ahead, the waits overlap.
// It and its callers are inlined by force: GCC takes a function that only prefetches for one that
// does nothing, and drops the call. Cost: one instruction; none where the compiler has no such
// hint.
#pragma once

#include <cstddef>
#include <cstdint>

namespace delever {
inline namespace v1 {

[[gnu::always_inline]] inline void prefetch_record(const void* record) {
#if defined(__GNUC__)
  __builtin_prefetch(record, 1);
#else
  static_cast<void>(record);
#endif
}

/// A record of an array that begins at `first`, whether it reaches so far or not.
template <class Record>
[[gnu::always_inline]] inline void prefetch_record(const Record* first, std::size_t index) {
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(first);
  prefetch_record(reinterpret_cast<const void*>(begin + index * sizeof(Record)));
}

}  // namespace v1
}  // namespace delever
