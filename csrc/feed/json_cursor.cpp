#include "feed/json_cursor.hpp"

#include <string>

namespace delever {
inline namespace v1 {

void JsonCursor::refuse(const char* what) const {
  throw FeedFault("", std::string(what) + " is due in the JSON at " +
                          quoted(text_.substr(std::min(at_, text_.size()))) + " (byte " +
                          std::to_string(at_) + "); correct or remove the row");
}

void JsonCursor::skip_space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r'))
    ++at_;
}

bool JsonCursor::accept(char byte) {
  skip_space();
  if (at_ == text_.size() || text_[at_] != byte) return false;
  ++at_;
  return true;
}

void JsonCursor::expect(char byte) {
  if (accept(byte)) return;
  const char what[] = {'\'', byte, '\'', '\0'};
  refuse(what);
}

void JsonCursor::expect_end() {
  skip_space();
  if (at_ != text_.size()) refuse("the end of the row");
}

std::string_view JsonCursor::string() {
  const std::string_view text = text_;  // and `at`: in registers
  const std::size_t begin = at_ + 1;
  std::size_t at = begin;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  at_ = at + 1;
  if (at >= text.size()) refuse("the end of a string");
  return text.substr(begin, at - begin);
}

std::string_view JsonCursor::nested() {
  const std::size_t begin = at_;
  std::size_t depth = 0;
  while (at_ < text_.size()) {
    const char byte = text_[at_];
    if (byte == '"') {
      string();
      continue;
    }
    ++at_;
    if (byte == '[' || byte == '{') ++depth;
    if ((byte == ']' || byte == '}') && --depth == 0) return text_.substr(begin, at_ - begin);
  }
  refuse("a closing bracket");
}

std::string_view JsonCursor::value() {
  skip_space();
  if (at_ == text_.size()) refuse("a value");
  if (text_[at_] == '"') return string();
  if (text_[at_] == '[' || text_[at_] == '{') return nested();
  const std::size_t end = std::min(text_.find_first_of(",]} \t\r", at_), text_.size());
  if (end == at_) refuse("a value");
  const std::string_view word = text_.substr(at_, end - at_);
  at_ = end;
  return word;
}

JsonObject::JsonObject(std::string_view text, std::string_view wrapper) {
  JsonCursor cursor(text);
  cursor.expect('{');
  read_members(cursor, wrapper);
  cursor.expect_end();
}

void JsonObject::read_members(JsonCursor& cursor, std::string_view wrapper) {
  if (cursor.accept('}')) return;
  do {
    if (size_ == members_max)
      throw FeedFault("", "the JSON object has more than " + std::to_string(members_max) +
                              " members; is this the format?");
    Member& member = members_[size_++];
    member.key = cursor.value();
    cursor.expect(':');
    if (!wrapper.empty() && member.key == wrapper && cursor.accept('{')) {
      read_members(cursor, {});  // one level: it cannot recurse further
    } else {
      member.value = cursor.value();
    }
  } while (cursor.accept(','));
  cursor.expect('}');
}

std::string_view JsonObject::find(std::string_view key) const {
  for (std::size_t at = 0; at < size_; ++at)
    if (members_[at].key == key) return members_[at].value;
  return {};
}

}  // namespace v1
}  // namespace delever
