#include "venue/reserved_column.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace delever {
inline namespace v1 {
namespace {

#if !defined(_WIN32)
constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;
#endif

#if defined(_WIN32)

std::size_t page_bytes() {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwPageSize;
}
std::byte* reserve_range(std::size_t bytes) {
  return static_cast<std::byte*>(VirtualAlloc(nullptr, bytes, MEM_RESERVE, PAGE_NOACCESS));
}
bool commit_range(std::byte* start, std::size_t bytes) {
  return VirtualAlloc(start, bytes, MEM_COMMIT, PAGE_READWRITE) != nullptr;
}
void release_range(std::byte* start, std::size_t) { VirtualFree(start, 0, MEM_RELEASE); }
int last_error() { return static_cast<int>(GetLastError()); }

#else

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }
std::byte* reserve_range(std::size_t bytes) {
#if defined(MAP_NORESERVE)
  constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
#else
  constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#endif
  void* start = mmap(nullptr, bytes, PROT_NONE, flags, -1, 0);
  return start == MAP_FAILED ? nullptr : static_cast<std::byte*>(start);
}
bool commit_range(std::byte* start, std::size_t bytes) {
  return mprotect(start, bytes, PROT_READ | PROT_WRITE) == 0;
}
// A long column is written once, front to back: 2 MiB pages save it a fault every 4 KiB. Only a
// hint.
void advise_huge(std::byte* start, std::size_t bytes) {
#if defined(MADV_HUGEPAGE)
  if (bytes >= huge_page_bytes) madvise(start, bytes, MADV_HUGEPAGE);
#else
  static_cast<void>(start);
  static_cast<void>(bytes);
#endif
}
void release_range(std::byte* start, std::size_t bytes) { munmap(start, bytes); }
int last_error() { return errno; }

#endif

#if defined(_WIN32)
void advise_huge(std::byte*, std::size_t) {}
#endif

[[noreturn]] void memory_refused(const char* what, std::size_t bytes) {
  const std::error_code code(last_error(), std::system_category());
  throw std::system_error(code, std::string("event log: the system refused to ") + what + " " +
                                    std::to_string(bytes) +
                                    " bytes for a column; raise its memory limits (ulimit -v, "
                                    "vm.max_map_count) or retain fewer event families");
}

}  // namespace

ReservedColumn::~ReservedColumn() {
  if (region_ != nullptr) release_range(region_, region_bytes_);
}

void ReservedColumn::reserve(std::size_t rows_max, std::size_t stagger_bytes) {
  DELEVER_INVARIANT(region_ == nullptr && stagger_bytes % 64 == 0);
  const std::size_t page = page_bytes();
  const std::size_t bytes = rows_max * sizeof(std::int64_t) + stagger_bytes;
  const std::size_t rounded = (bytes + page - 1) / page * page;
  region_ = reserve_range(rounded);
  if (region_ == nullptr) memory_refused("reserve address space of", rounded);
  region_bytes_ = rounded;
  rows_max_ = rows_max;
  data_ = reinterpret_cast<std::int64_t*>(region_ + stagger_bytes);
}

void ReservedColumn::commit(std::size_t rows) {
  if (rows <= committed_) return;
  if (committed_ == rows_max_) {
    throw std::length_error("event log: a column is full at " + std::to_string(rows_max_) +
                            " rows; take the rows out and call clear(), or retain less");
  }
  rows = std::min(rows, rows_max_);
  const std::size_t page = page_bytes();
  std::byte* const used = reinterpret_cast<std::byte*>(data_ + committed_);
  const auto done = committed_ == 0 ? 0 : static_cast<std::size_t>(used - region_) / page * page;
  const auto stagger = static_cast<std::size_t>(reinterpret_cast<std::byte*>(data_) - region_);
  const std::size_t bytes = stagger + rows * sizeof(std::int64_t);
  const std::size_t end = std::min((bytes + page - 1) / page * page, region_bytes_);
  if (!commit_range(region_ + done, end - done)) memory_refused("commit", end - done);
  advise_huge(region_ + done, end - done);
  committed_ = rows;
}

}  // namespace v1
}  // namespace delever
