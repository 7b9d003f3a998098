#include "venue/snapshot_frame.hpp"

#include <cstring>

#include "units/digest.hpp"

namespace delever {
inline namespace v1 {

namespace {

constexpr std::size_t header_bytes = 3 * sizeof(std::uint64_t);

std::uint64_t checksum(std::span<const std::byte> bytes) {
  std::uint64_t state = bytes.size();
  while (!bytes.empty()) {
    const std::size_t count = bytes.size() < 8 ? bytes.size() : 8;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), count);
    state = splitmix64(state ^ word);
    bytes = bytes.subspan(count);
  }
  return state;
}

}  // namespace

std::vector<std::byte> framed_snapshot(std::uint64_t magic, std::span<const std::byte> payload) {
  ArchiveWriter whole;
  whole.bytes.reserve(payload.size() + header_bytes + sizeof(std::uint64_t));
  whole(magic);
  whole(snapshot_version);
  whole(static_cast<std::uint64_t>(payload.size()));
  whole.bytes.insert(whole.bytes.end(), payload.begin(), payload.end());
  whole(checksum(payload));
  return std::move(whole.bytes);
}

std::span<const std::byte> snapshot_payload(std::uint64_t magic, std::span<const std::byte> bytes) {
  ArchiveReader header(bytes);
  std::uint64_t found_magic = 0;
  std::uint64_t version = 0;
  std::uint64_t size = 0;
  header(found_magic);
  header(version);
  header(size);
  if (found_magic != magic)
    throw std::invalid_argument("snapshot: not a delever snapshot, or of another machine");
  if (version != snapshot_version)
    throw std::invalid_argument("snapshot: layout version " + std::to_string(version) +
                                ", this build reads " + std::to_string(snapshot_version));
  if (bytes.size() < header_bytes + sizeof(std::uint64_t) ||
      size != bytes.size() - header_bytes - sizeof(std::uint64_t))
    throw std::invalid_argument("snapshot: truncated or with bytes to spare");
  const std::span<const std::byte> payload = bytes.subspan(header_bytes, size);
  std::uint64_t expected = 0;
  ArchiveReader trailer(bytes.subspan(header_bytes + size));
  trailer(expected);
  if (expected != checksum(payload)) throw std::invalid_argument("snapshot: checksum differs");
  return payload;
}

}  // namespace v1
}  // namespace delever
