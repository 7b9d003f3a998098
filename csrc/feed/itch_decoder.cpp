#include "feed/itch_decoder.hpp"

namespace delever {
inline namespace v1 {
namespace {

std::string letter(std::uint8_t type) {
  if (type > ' ' && type < 0x7F) return {'\'', static_cast<char>(type), '\''};
  return "byte " + std::to_string(type);
}

}  // namespace

std::string ItchFault::text() const {
  const std::string where =
      "message " + std::to_string(message) + " at byte " + std::to_string(offset) + ": ";
  switch (kind) {
    case Kind::UnknownType:
      return where + "its type is " + letter(type) + " and its length " + std::to_string(length) +
             "; ITCH 5.0 has no such type";
    case Kind::WrongLength:
      return where + "its type is " + letter(type) + " and its length " + std::to_string(length) +
             "; the length of that type is " + std::to_string(itch_lengths[type]);
    case Kind::Truncated: break;
  }
  const std::string named = type == 0 ? "" : " of type " + letter(type);
  return where + "the stream ends after " + std::to_string(length) + " bytes of a message" + named;
}

void ItchDecoder::set_fault(const std::uint8_t* frame) {
  const bool known = itch_lengths[frame[prefix]] != 0;
  fault_ = ItchFault{known ? ItchFault::Kind::WrongLength : ItchFault::Kind::UnknownType, offset_,
                     messages_, big_endian<std::uint16_t>(frame), frame[prefix]};
}

void ItchDecoder::finish() {
  if (fault_ || kept_ == 0) return;
  if (kept_ == prefix && keep_[0] == 0 && keep_[1] == 0) return;
  fault_ =
      ItchFault{ItchFault::Kind::Truncated, offset_, messages_, static_cast<std::uint32_t>(kept_),
                kept_ > prefix ? keep_[prefix] : std::uint8_t{0}};
}

}  // namespace v1
}  // namespace delever
