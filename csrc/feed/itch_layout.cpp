#include "feed/itch_layout.hpp"

#include <cstring>

namespace delever {
inline namespace v1 {
namespace {

constexpr ItchField number(const char* name, std::uint8_t bytes) { return {name, bytes, false}; }
constexpr ItchField text(const char* name, std::uint8_t bytes) { return {name, bytes, true}; }

constexpr ItchField reference = number("reference", 8);
constexpr ItchField match_number = number("match_number", 8);
constexpr ItchField shares = number("shares", 4);
constexpr ItchField stock = text("stock", 8);
constexpr ItchField price = number("price", 4);
constexpr ItchField side = text("side", 1);

constexpr ItchField system_event[] = {text("event_code", 1)};
constexpr ItchField directory[] = {stock,
                                   text("market_category", 1),
                                   text("financial_status", 1),
                                   number("round_lot_size", 4),
                                   text("round_lots_only", 1),
                                   text("issue_classification", 1),
                                   text("issue_subtype", 2),
                                   text("authenticity", 1),
                                   text("short_sale_threshold", 1),
                                   text("ipo_flag", 1),
                                   text("luld_tier", 1),
                                   text("etp_flag", 1),
                                   number("etp_leverage", 4),
                                   text("inverse", 1)};
constexpr ItchField trading_action[] = {stock, text("trading_state", 1), text("reserved", 1),
                                        text("reason", 4)};
constexpr ItchField short_sale[] = {stock, text("action", 1)};
constexpr ItchField participant[] = {text("mpid", 4), stock, text("primary_maker", 1),
                                     text("maker_mode", 1), text("participant_state", 1)};
constexpr ItchField breaker_levels[] = {number("level_1", 8), number("level_2", 8),
                                        number("level_3", 8)};
constexpr ItchField breaker_status[] = {text("breached_level", 1)};
constexpr ItchField quoting_period[] = {stock, number("release_time_s", 4),
                                        text("release_qualifier", 1), price};
constexpr ItchField collar[] = {stock, number("reference_price", 4), number("upper_price", 4),
                                number("lower_price", 4), number("extension", 4)};
constexpr ItchField operational_halt[] = {stock, text("market_code", 1), text("halt_action", 1)};
constexpr ItchField add[] = {reference, side, shares, stock, price};
constexpr ItchField add_named[] = {reference, side, shares, stock, price, text("attribution", 4)};
constexpr ItchField executed[] = {reference, shares, match_number};
constexpr ItchField executed_priced[] = {reference, shares, match_number, text("printable", 1),
                                         price};
constexpr ItchField cancel[] = {reference, shares};
constexpr ItchField order_delete[] = {reference};
constexpr ItchField replace[] = {reference, number("new_reference", 8), shares, price};
constexpr ItchField trade[] = {reference, side, shares, stock, price, match_number};
constexpr ItchField cross[] = {number("shares", 8), stock, price, match_number,
                               text("cross_type", 1)};
constexpr ItchField broken[] = {match_number};
constexpr ItchField imbalance[] = {number("paired_shares", 8),     number("imbalance_shares", 8),
                                   text("imbalance_direction", 1), stock,
                                   number("far_price", 4),         number("near_price", 4),
                                   number("reference_price", 4),   text("cross_type", 1),
                                   text("price_variation", 1)};
constexpr ItchField retail_interest[] = {stock, text("interest", 1)};
constexpr ItchField direct_listing[] = {stock,
                                        text("open_eligibility", 1),
                                        number("minimum_price", 4),
                                        number("maximum_price", 4),
                                        number("near_price", 4),
                                        number("near_time_ns", 8),
                                        number("lower_collar", 4),
                                        number("upper_collar", 4)};

template <class Word>
void copy_native(const std::uint8_t* from, std::uint8_t* to) {
  const Word word = big_endian<Word>(from);
  std::memcpy(to, &word, sizeof(Word));
}

void copy_field(const ItchField& field, const std::uint8_t* from, std::uint8_t* to) {
  if (field.text || field.bytes == 1) {
    std::memcpy(to, from, field.bytes);
  } else if (field.bytes == 2) {
    copy_native<std::uint16_t>(from, to);
  } else if (field.bytes == 4) {
    copy_native<std::uint32_t>(from, to);
  } else {
    copy_native<std::uint64_t>(from, to);
  }
}

}  // namespace

std::span<const ItchField> itch_fields(char type) {
  switch (type) {
    case 'S': return system_event;
    case 'R': return directory;
    case 'H': return trading_action;
    case 'Y': return short_sale;
    case 'L': return participant;
    case 'V': return breaker_levels;
    case 'W': return breaker_status;
    case 'K': return quoting_period;
    case 'J': return collar;
    case 'h': return operational_halt;
    case 'A': return add;
    case 'F': return add_named;
    case 'E': return executed;
    case 'C': return executed_priced;
    case 'X': return cancel;
    case 'D': return order_delete;
    case 'U': return replace;
    case 'P': return trade;
    case 'Q': return cross;
    case 'B': return broken;
    case 'I': return imbalance;
    case 'N': return retail_interest;
    case 'O': return direct_listing;
    default: return {};
  }
}

void ItchTables::append(const ItchMessage& message) {
  std::vector<std::uint8_t>& table = tables_[message.bytes[0]];
  const std::size_t start = table.size();
  table.resize(start + row_bytes(message.type()));
  std::uint8_t* row = table.data() + start;
  const std::uint32_t number = number_++;
  const std::int64_t time_ns = message.time_ns();
  std::memcpy(row, &number, 4);
  copy_native<std::uint16_t>(message.bytes + 1, row + 4);
  copy_native<std::uint16_t>(message.bytes + 3, row + 6);
  std::memcpy(row + 8, &time_ns, 8);
  std::size_t at = 11;
  row += header_bytes;
  for (const ItchField& field : itch_fields(message.type())) {
    copy_field(field, message.bytes + at, row);
    at += field.bytes;
    row += field.bytes;
  }
}

ItchEvent& ItchEvents::append(const ItchMessage& message) {
  ItchEvent& event = events_.emplace_back();
  event.time_ns = message.time_ns();
  event.stock_locate = message.stock_locate();
  event.type = message.type();
  return event;
}

void ItchEvents::on(const ItchAddOrder& message) {
  ItchEvent& event = append(message);
  event.reference = message.reference();
  event.side = message.side();
  event.shares = message.shares();
  event.price = message.price();
}
void ItchEvents::on(const ItchOrderExecuted& message) {
  ItchEvent& event = append(message);
  event.reference = message.reference();
  event.shares = message.shares();
  event.match_number = message.match_number();
}
void ItchEvents::on(const ItchOrderExecutedWithPrice& message) {
  on(static_cast<const ItchOrderExecuted&>(message));
  events_.back().price = message.price();
}
void ItchEvents::on(const ItchOrderCancel& message) {
  ItchEvent& event = append(message);
  event.reference = message.reference();
  event.shares = message.shares();
}
void ItchEvents::on(const ItchOrderDelete& message) {
  append(message).reference = message.reference();
}
void ItchEvents::on(const ItchOrderReplace& message) {
  ItchEvent& event = append(message);
  event.reference = message.reference();
  event.new_reference = message.new_reference();
  event.shares = message.shares();
  event.price = message.price();
}
void ItchEvents::on(const ItchTrade& message) {
  ItchEvent& event = append(message);
  event.reference = message.reference();
  event.side = message.side();
  event.shares = message.shares();
  event.price = message.price();
  event.match_number = message.match_number();
}
void ItchEvents::on(const ItchCrossTrade& message) {
  ItchEvent& event = append(message);
  event.shares = message.shares();
  event.price = message.price();
  event.match_number = message.match_number();
}
void ItchEvents::on(const ItchBrokenTrade& message) {
  append(message).match_number = message.match_number();
}

}  // namespace v1
}  // namespace delever
