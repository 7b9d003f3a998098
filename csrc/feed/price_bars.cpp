#include "feed/price_bars.hpp"

#include <algorithm>
#include <string>

namespace delever {
inline namespace v1 {
namespace {

constexpr std::int64_t minute_ns = 60'000'000'000;

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Days since 1970 of a date of the Gregorian calendar.
std::int64_t days_from(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2;
  const std::int64_t era = year / 400, of_era = year % 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

/// "2020.03.25 10:36", UTC.
std::int64_t dotted_time_in(const Field& field) {
  const std::string_view text = field.text;
  const auto part = [&](std::size_t at, std::size_t size) {
    return integer_in({field.column, text.substr(at, size)});
  };
  const std::int64_t month = part(5, 2), day = part(8, 2), hour = part(11, 2), minute = part(14, 2);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59)
    throw FeedFault(field.column, quoted(text) + " is no date and time; correct the row");
  return ((days_from(part(0, 4), month, day) * 24 + hour) * 60 + minute) * minute_ns;
}

bool is_dotted_time(std::string_view text) {
  return text.size() == 16 && text[4] == '.' && text[7] == '.' && text[10] == ' ' &&
         text[13] == ':';
}

bool starts_number(std::string_view text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

}  // namespace

void PriceBarReader::feed(std::string_view bytes) {
  rows_.feed(bytes, [this](std::string_view line) { take(line); });
}

void PriceBarReader::finish() {
  rows_.finish([this](std::string_view line) { take(line); });
  if (bars_.empty()) throw FeedFault("", "no candle and no trade in it; give a file with rows");
  if (of_trades_) return;
  std::int64_t shortest = 0;
  for (std::size_t i = 1; i < bars_.size(); ++i) {
    const std::int64_t step = bars_[i].time_ns - bars_[i - 1].time_ns;
    if (shortest == 0 || step < shortest) shortest = step;
  }
  if (shortest == 0) throw FeedFault("", "one candle alone has no length; give two or more");
  for (RecordedBar& bar : bars_) bar.bar_ns = shortest;
}

void PriceBarReader::take(std::string_view line) {
  fields_.split(line);
  if (!began_) {
    began_ = true;
    if (read_header()) return;
    guess_layout();
  }
  of_trades_ ? take_trade() : take_candle();
}

bool PriceBarReader::read_header() {
  if (starts_number(fields_[0])) return false;
  for (std::size_t at = 0; at < fields_.size(); ++at) {
    const std::string_view name = fields_[at];
    if (one_of(name, {"open_time_ms", "open_time", "startTime", "start_at", "timestamp", "time",
                      "transact_time"}) &&
        time_ == absent)
      time_ = at;
    if (one_of(name, {"open", "openPrice"})) open_ = at;
    if (one_of(name, {"high", "highPrice"})) high_ = at;
    if (one_of(name, {"low", "lowPrice"})) low_ = at;
    if (one_of(name, {"close", "closePrice", "price"})) close_ = at;
  }
  of_trades_ = open_ == absent;
  const bool candles = high_ != absent && low_ != absent;
  if (time_ == absent || close_ == absent || (!of_trades_ && !candles))
    throw FeedFault("", quoted(fields_[0]) +
                            " ...: no header of candles (open_time_ms, open, high, low, close) or "
                            "of trades (timestamp, price); name the columns so");
  return true;
}

void PriceBarReader::guess_layout() {
  const std::size_t size = fields_.size();
  const auto is_flag = [&](std::size_t at) {
    return at < size && one_of(fields_[at], {"true", "false", "True", "False"});
  };
  time_ = 0;
  if (is_flag(5) || is_flag(6)) {  // Binance: trades have the time just before the first flag
    of_trades_ = true;
    close_ = 1;
    time_ = is_flag(5) ? 4 : 5;
  } else if (size >= 5) {
    open_ = 1, high_ = 2, low_ = 3, close_ = 4;
  } else {
    throw FeedFault("", "the first row has " + std::to_string(size) +
                            " fields and no header; give candles or trades of Binance or Bybit, "
                            "or a header");
  }
}

std::int64_t PriceBarReader::time_of(std::size_t at) const {
  const Field field = fields_.field(at, "time");
  return is_dotted_time(field.text) ? dotted_time_in(field) : clock_time_in(field);
}

void PriceBarReader::take_candle() {
  RecordedBar bar;
  bar.time_ns = time_of(time_);
  bar.open = decimal_in(fields_.field(open_, "open"));
  bar.high = decimal_in(fields_.field(high_, "high"));
  bar.low = decimal_in(fields_.field(low_, "low"));
  bar.close = decimal_in(fields_.field(close_, "close"));
  const bool possible = 0 < bar.low && bar.low <= std::min(bar.open, bar.close) &&
                        std::max(bar.open, bar.close) <= bar.high;
  if (!possible)
    throw FeedFault("low", quoted(fields_[low_]) +
                               " does not fit: 0 < low <= open, close <= high must hold; correct "
                               "the row");
  if (!bars_.empty() && bar.time_ns <= bars_.back().time_ns)
    throw FeedFault("time",
                    quoted(fields_[time_]) + " is not after the row before; sort the rows by time");
  bars_.push_back(bar);
}

void PriceBarReader::take_trade() {
  const std::int64_t start = time_of(time_) / trade_bar_ns_ * trade_bar_ns_;
  const double price = decimal_in(fields_.field(close_, "price"));
  if (!(price > 0))
    throw FeedFault("price", quoted(fields_[close_]) + " is not above 0; correct the row");
  if (!bars_.empty() && start < bars_.back().time_ns)
    throw FeedFault("time", quoted(fields_[time_]) +
                                " is in a bar before the last row's; sort the rows by time");
  while (!bars_.empty() && bars_.back().time_ns + trade_bar_ns_ < start) {
    const RecordedBar last = bars_.back();
    if (bars_.size() == bars_max)
      throw FeedFault(
          "time", quoted(fields_[time_]) + " is too far from the trade before; correct the row");
    bars_.push_back({last.time_ns + trade_bar_ns_, trade_bar_ns_, last.close, last.close,
                     last.close, last.close});
  }
  if (bars_.empty() || bars_.back().time_ns < start) {
    bars_.push_back({start, trade_bar_ns_, price, price, price, price});
    return;
  }
  RecordedBar& bar = bars_.back();
  bar.high = std::max(bar.high, price);
  bar.low = std::min(bar.low, price);
  bar.close = price;
}

}  // namespace v1
}  // namespace delever
