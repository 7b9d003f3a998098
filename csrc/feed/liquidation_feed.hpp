// A user's own recording of liquidations, in the layouts people keep it in.
//
// Read whole, row by row: Tardis `liquidations` (CSV with header; side is the order's: a sell
// closed a long), Bybit's all-liquidation messages (one JSON object a line; S is the position's
// side: Buy was a long) and ccxt's unified liquidations (a JSON array, or one object a line; long
// and short as they stand, buy and sell are the order's). Dollars are price x size for contracts
// sized in coins, and the size for those sized in dollars (Tardis: symbols that end in USD,
// USD_PERP, -PERPETUAL or -USD-SWAP are; OKX's contracts are refused, for their size is not in the
// file). Whatever is not as it should be throws FeedFault with column, value and fix. Rows come out
// in the file's order; symbols are numbered as they appear.
//
// Cost: one pass over the text; memory: the text of one row (or of one JSON array) and the records.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "feed/liquidation.hpp"
#include "feed/table_text.hpp"

namespace delever {
inline namespace v1 {

class LiquidationReader {
 public:
  void feed(std::string_view bytes);
  void finish();
  const std::vector<Liquidation>& liquidations() const { return liquidations_; }
  const std::vector<std::string>& symbols() const { return symbols_.names(); }
  std::int64_t row() const { return rows_.row(); }

 private:
  enum class Layout : std::uint8_t { Unknown, Tardis, Json, JsonArray };
  static constexpr std::size_t absent = DelimitedRow::fields_max;
  void take(std::string_view line);
  void read_header(std::string_view line);
  void take_tardis();
  void take_object(std::string_view text);
  void take_array(std::string_view text);
  void take_bybit(std::string_view text);
  void take_ccxt(std::string_view text);
  void add(std::int64_t time_ns, std::string_view symbol, std::uint8_t side, double price,
           double usd);

  Layout layout_ = Layout::Unknown;
  RowReader rows_;
  DelimitedRow fields_;
  std::size_t exchange_ = absent, symbol_ = absent, time_ = absent, side_ = absent;
  std::size_t price_ = absent, amount_ = absent;
  std::string array_;  ///< of a JSON array: its text so far
  SymbolTable symbols_;
  std::vector<Liquidation> liquidations_;
};

}  // namespace v1
}  // namespace delever
