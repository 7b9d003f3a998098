// As much JSON as feeds need: a cursor over one line, and the members of one object, as views.
//
// Owns nothing. A nested value is found by counting brackets outside strings, without recursion, so
// depth is no danger; strings are given as they stand, escapes included (no name or number read
// here has any). Whatever is not JSON throws FeedFault with the byte where it ends being it.
// Cost: one pass over an object's bytes; members are searched linearly, and there are few.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "feed/delimited_row.hpp"

namespace delever {
inline namespace v1 {

class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  /// Passes over this byte if it is next (after white space).
  bool accept(char byte);
  void expect(char byte);
  /// Passes over a value: a string without its quotes, anything else as it stands.
  std::string_view value();
  /// Only white space may be left.
  void expect_end();

 private:
  [[noreturn]] void refuse(const char* what) const;
  void skip_space();
  std::string_view string();
  std::string_view nested();

  std::string_view text_;
  std::size_t at_ = 0;
};

class JsonObject {
 public:
  static constexpr std::size_t members_max = 64;

  /// Reads `{...}`; throws FeedFault where the text is none. The members of an object under the key
  /// `wrapper` are read as if they were its own.
  explicit JsonObject(std::string_view text, std::string_view wrapper = {});

  /// The value under a key; empty where there is none.
  std::string_view find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key).data() != nullptr; }
  /// The same as a field, to be read by `price_in` and the like.
  Field field(const char* key) const { return {key, find(key)}; }

 private:
  struct Member {
    std::string_view key, value;
  };
  void read_members(JsonCursor& cursor, std::string_view wrapper);

  std::array<Member, members_max> members_;
  std::size_t size_ = 0;
};

/// Calls visit(price, qty) for each pair of `[["1.5","2"], ...]`.
template <class Visit>
void for_each_level(const Field& field, Visit visit) {
  JsonCursor cursor(field.text);
  cursor.expect('[');
  if (cursor.accept(']')) return;
  do {
    cursor.expect('[');
    const Field price{field.column, cursor.value()};
    cursor.expect(',');
    const Field qty{field.column, cursor.value()};
    while (cursor.accept(',')) cursor.value();  // some venues add a count
    cursor.expect(']');
    visit(price, qty);
  } while (cursor.accept(','));
  cursor.expect(']');
}

}  // namespace v1
}  // namespace delever
