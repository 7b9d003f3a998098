#include "feed/liquidation_feed.hpp"

#include "feed/json_cursor.hpp"

namespace delever {
inline namespace v1 {
namespace {

std::uint8_t side_in(const Field& field, std::string_view of_long, std::string_view of_short) {
  if (field.text == of_long) return long_position;
  if (field.text == of_short) return short_position;
  throw FeedFault(field.column, quoted(field.text) + " is neither " + std::string(of_long) +
                                    " nor " + std::string(of_short) + "; correct the row");
}

/// ccxt says long and short, or copies the order's side; Bybit's own word is the position's.
std::uint8_t ccxt_side(const JsonObject& row) {
  const Field side = row.field("side");
  if (side.text == "long" || side.text == "short") return side_in(side, "long", "short");
  if (row.has("info")) {
    const JsonObject info(row.find("info"));
    if (info.has("S") && info.has("v")) return side_in(info.field("S"), "Buy", "Sell");
  }
  return side_in(side, "sell", "buy");
}

bool sized_in_dollars(std::string_view symbol) {
  for (const std::string_view end : {"USD", "USD_PERP", "-PERPETUAL", "-USD-SWAP"}) {
    if (symbol.ends_with(end)) return true;
  }
  return false;
}

double positive_in(const Field& field) {
  const double value = decimal_in(field);
  if (value > 0) return value;
  throw FeedFault(field.column, quoted(field.text) + " is not above 0; correct the row");
}

}  // namespace

void LiquidationReader::feed(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (layout_ == Layout::Unknown && rows_.row() == 0 && first != std::string_view::npos &&
      bytes[first] == '[')
    layout_ = Layout::JsonArray;
  if (layout_ == Layout::JsonArray) {
    array_ += bytes;
    return;
  }
  rows_.feed(bytes, [this](std::string_view line) { take(line); });
}

void LiquidationReader::finish() {
  if (layout_ == Layout::JsonArray) {
    take_array(array_);
  } else {
    rows_.finish([this](std::string_view line) { take(line); });
  }
  if (liquidations_.empty())
    throw FeedFault("",
                    "no liquidation in it; give Tardis liquidations, Bybit all-liquidation "
                    "messages or ccxt's unified JSON");
}

void LiquidationReader::take(std::string_view line) {
  if (layout_ == Layout::Unknown) {
    if (line.front() != '{') return read_header(line);
    layout_ = Layout::Json;
  }
  if (layout_ == Layout::Json) return take_object(line);
  fields_.split(line);
  take_tardis();
}

void LiquidationReader::read_header(std::string_view line) {
  fields_.split(line);
  for (std::size_t at = 0; at < fields_.size(); ++at) {
    if (fields_[at] == "exchange") exchange_ = at;
    if (fields_[at] == "symbol") symbol_ = at;
    if (fields_[at] == "timestamp") time_ = at;
    if (fields_[at] == "side") side_ = at;
    if (fields_[at] == "price") price_ = at;
    if (fields_[at] == "amount") amount_ = at;
  }
  for (const std::size_t column : {symbol_, time_, side_, price_, amount_}) {
    if (column == absent)
      throw FeedFault("", quoted(line) +
                              " is not the header of Tardis liquidations (exchange,symbol,"
                              "timestamp,local_timestamp,id,side,price,amount), and no JSON");
  }
  layout_ = Layout::Tardis;
}

void LiquidationReader::take_tardis() {
  const std::string_view symbol = fields_.field(symbol_, "symbol").text;
  const Field exchange = fields_.field(exchange_, "exchange");
  if (exchange.text.starts_with("ok"))
    throw FeedFault("exchange", quoted(exchange.text) +
                                    " sizes in contracts of its own; multiply amount by the coins "
                                    "of one, and leave exchange empty");
  const std::uint8_t side = side_in(fields_.field(side_, "side"), "sell", "buy");
  const double price = positive_in(fields_.field(price_, "price"));
  const double amount = positive_in(fields_.field(amount_, "amount"));
  add(clock_time_in(fields_.field(time_, "timestamp")), symbol, side, price,
      sized_in_dollars(symbol) ? amount : price * amount);
}

void LiquidationReader::take_object(std::string_view text) {
  const JsonObject object(text);
  object.has("topic") ? take_bybit(text) : take_ccxt(text);
}

void LiquidationReader::take_array(std::string_view text) {
  std::string flat(text);
  for (char& byte : flat) {
    if (byte == '\n') byte = ' ';
  }
  JsonCursor cursor(flat);
  cursor.expect('[');
  if (!cursor.accept(']')) {
    do {
      take_object(cursor.value());
    } while (cursor.accept(','));
    cursor.expect(']');
  }
  cursor.expect_end();
}

void LiquidationReader::take_bybit(std::string_view text) {
  const JsonObject message(text);
  if (!message.has("data")) return;  // an answer to a subscription
  const Field data = message.field("data");
  JsonCursor cursor(data.text);
  cursor.expect('[');
  do {
    const JsonObject row(cursor.value());
    const double price = positive_in(row.field("p"));
    const double size = positive_in(row.field("v"));
    const std::string_view symbol = row.find("s");
    add(clock_time_in(row.field("T")), symbol, side_in(row.field("S"), "Buy", "Sell"), price,
        sized_in_dollars(symbol) ? size : price * size);
  } while (cursor.accept(','));
  cursor.expect(']');
}

void LiquidationReader::take_ccxt(std::string_view text) {
  const JsonObject row(text);
  const double price = positive_in(row.field("price"));
  const auto given = [&row](const char* key) { return row.has(key) && row.find(key) != "null"; };
  const std::string_view symbol = row.find("symbol");
  const std::string_view pair = symbol.substr(0, symbol.find(':'));  // BTC/USDT of BTC/USDT:USDT
  double usd = 0;
  if (given("quoteValue")) {
    usd = positive_in(row.field("quoteValue"));
  } else if (given("baseValue")) {
    usd = price * positive_in(row.field("baseValue"));
  } else {
    usd = positive_in(row.field("contracts")) * positive_in(row.field("contractSize"));
    if (!pair.ends_with("USD")) usd *= price;  // contracts of dollars need no price
  }
  add(clock_time_in(row.field("timestamp")), symbol, ccxt_side(row), price, usd);
}

void LiquidationReader::add(std::int64_t time_ns, std::string_view symbol, std::uint8_t side,
                            double price, double usd) {
  if (symbol.empty()) throw FeedFault("symbol", "'' names nothing; correct the row");
  liquidations_.push_back({time_ns, price, usd, symbols_.number_of(symbol), side});
}

}  // namespace v1
}  // namespace delever
