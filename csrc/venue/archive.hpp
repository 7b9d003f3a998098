// Reading and writing a state as bytes, field by field: one `serialize` serves both directions.
//
// Integers are in the machine's byte order (little-endian everywhere we build). A reader that runs
// past the end throws std::invalid_argument. What stands around the fields is snapshot_frame.hpp's.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace delever {
inline namespace v1 {

class ArchiveWriter {
 public:
  static constexpr bool reading = false;

  template <class Field>
  void operator()(const Field& field) {
    static_assert(std::is_trivially_copyable_v<Field>);
    append(&field, sizeof(Field));
  }
  template <class Element, class Allocator>
  void operator()(const std::vector<Element, Allocator>& elements) {
    static_assert(std::is_trivially_copyable_v<Element>);
    (*this)(static_cast<std::uint64_t>(elements.size()));
    append(elements.data(), elements.size() * sizeof(Element));
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint64_t>(text.size()));
    append(text.data(), text.size());
  }

  std::vector<std::byte> bytes;

 private:
  void append(const void* data, std::size_t size) {
    const auto* begin = static_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), begin, begin + size);
  }
};

class ArchiveReader {
 public:
  static constexpr bool reading = true;

  explicit ArchiveReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class Field>
  void operator()(Field& field) {
    static_assert(std::is_trivially_copyable_v<Field>);
    take(&field, sizeof(Field));
  }
  template <class Element, class Allocator>
  void operator()(std::vector<Element, Allocator>& elements) {
    static_assert(std::is_trivially_copyable_v<Element>);
    elements.resize(take_count(sizeof(Element)));
    take(elements.data(), elements.size() * sizeof(Element));
  }
  void operator()(std::string& text) {
    text.resize(take_count(1));
    take(text.data(), text.size());
  }
  bool finished() const { return rest_.empty(); }

 private:
  std::size_t take_count(std::size_t element_size) {
    std::uint64_t count = 0;
    (*this)(count);
    if (count > rest_.size() / element_size)
      throw std::invalid_argument("snapshot: a list is longer than the bytes that are left");
    return static_cast<std::size_t>(count);
  }
  void take(void* target, std::size_t size) {
    if (size > rest_.size()) throw std::invalid_argument("snapshot: ends in the middle of a field");
    if (size != 0) std::memcpy(target, rest_.data(), size);
    rest_ = rest_.subspan(size);
  }

  std::span<const std::byte> rest_;
};

}  // namespace v1
}  // namespace delever
