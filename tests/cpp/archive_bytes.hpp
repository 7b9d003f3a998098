// The archive of a snapshot, reduced to bytes in memory: what the market layer's parts serialize
// through in their tests, which must not reach up to the venue's archive.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace delever::testing {

struct Writer {
  std::vector<std::byte> bytes;
  template <class Value, class Allocator>
  void operator()(const std::vector<Value, Allocator>& values) {
    (*this)(values.size());
    append(values.data(), values.size() * sizeof(Value));
  }
  template <class Value>
  void operator()(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    append(&value, sizeof value);
  }
  void append(const void* data, std::size_t size) {
    const auto* start = static_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), start, start + size);
  }
};

struct Reader {
  const std::byte* at;
  template <class Value, class Allocator>
  void operator()(std::vector<Value, Allocator>& values) {
    std::size_t size = 0;
    (*this)(size);
    values.resize(size);
    take(values.data(), size * sizeof(Value));
  }
  template <class Value>
  void operator()(Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    take(&value, sizeof value);
  }
  void take(void* data, std::size_t size) {
    if (size == 0) return;
    std::copy_n(at, size, static_cast<std::byte*>(data));
    at += size;
  }
};

template <class Part>
std::vector<std::byte> bytes_of(Part& part) {
  Writer writer;
  part.serialize(writer);
  return writer.bytes;
}

}  // namespace delever::testing
