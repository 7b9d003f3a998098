// A recorded price path: candles as venues publish them, or trades gathered into bars.
//
// One reader for one file, whose layout its first row tells: candles with a header
// (`open_time_ms,open,high,low,close,...`; Binance Vision's `open_time,...`; Bybit's
// `startTime,openPrice,...`), Binance Vision's and Bybit's (`2020.03.25 10:36,...`) without one;
// trades with a header (Tardis `...,timestamp,...,price,amount`, Bybit `timestamp,symbol,...`,
// Binance Vision `id|agg_trade_id,price,...,time|transact_time,...`) or, Binance's, without one.
// Candles must ascend in time and be possible (0 < low <= open, close <= high); their length is the
// smallest step between two. Trades are gathered into bars of `trade_bar_ns`; where nothing traded
// the last price stands. Nothing is read past the first fault (FeedFault).
//
// Cost: one pass over the bytes, one record a bar. Worst case: trades far apart in time fill the
// bars between them, 48 bytes each, up to `bars_max`.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "feed/table_text.hpp"

namespace delever {
inline namespace v1 {

struct RecordedBar {
  std::int64_t time_ns = 0;
  std::int64_t bar_ns = 0;
  double open = 0, high = 0, low = 0, close = 0;
};

class PriceBarReader {
 public:
  static constexpr std::size_t bars_max = 50'000'000;

  explicit PriceBarReader(std::int64_t trade_bar_ns) : trade_bar_ns_(trade_bar_ns) {}

  /// The next bytes of the file.
  void feed(std::string_view bytes);
  /// The file has ended; throws FeedFault where it held nothing to use.
  void finish();
  const std::vector<RecordedBar>& bars() const { return bars_; }
  bool of_trades() const { return of_trades_; }
  std::int64_t row() const { return rows_.row(); }

 private:
  static constexpr std::size_t absent = DelimitedRow::fields_max;
  void take(std::string_view line);
  /// Whether the first row was a header; otherwise it is data, of a layout without one.
  bool read_header();
  void guess_layout();
  std::int64_t time_of(std::size_t at) const;
  void take_candle();
  void take_trade();

  const std::int64_t trade_bar_ns_;
  RowReader rows_;
  DelimitedRow fields_;
  bool began_ = false, of_trades_ = false;
  std::size_t time_ = absent, open_ = absent, high_ = absent, low_ = absent, close_ = absent;
  std::vector<RecordedBar> bars_;
};

}  // namespace v1
}  // namespace delever
