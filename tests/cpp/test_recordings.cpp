// Recorded price paths and liquidations: every layout, in pieces of every size, and what is wrong.
#include <cmath>
#include <string>
#include <vector>

#include "check.hpp"
#include "feed/liquidation_feed.hpp"
#include "feed/price_bars.hpp"

namespace delever {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::vector<RecordedBar> bars_of(std::string_view text, std::size_t piece = 7,
                                 std::int64_t trade_bar_ns = 10 * second) {
  PriceBarReader reader(trade_bar_ns);
  for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece));
  reader.finish();
  return reader.bars();
}

std::string fault_of(std::string_view text) {
  try {
    bars_of(text);
  } catch (const FeedFault& fault) {
    return fault.column() + "|" + fault.what();
  }
  return "none";
}

bool has(const std::string& text, const char* part) { return text.find(part) != text.npos; }

DELEVER_TEST(candles_of_every_layout_are_the_same_bars) {
  const char* layouts[] = {
      "open_time_ms,open,high,low,close,volume\n1585132560000,10,12,9,11,5\n"
      "1585132620000,11,11.5,10,10.25,1\n",
      "open_time,open,high,low,close,volume,close_time\r\n1585132560000000,10,12,9,11,5,0\r\n"
      "1585132620000000,11,11.5,10,10.25,1,0\r\n",
      "1585132560000,10,12,9,11,5,1585132619999,1,2,3,4,0\n"
      "1585132620000,11,11.5,10,10.25,1,1585132679999,1,2,3,4,0",
      "2020.03.25 10:36,10,12,9,11,5\n2020.03.25 10:37,11,11.5,10,10.25,1\n",
      "startTime,openPrice,highPrice,lowPrice,closePrice,volume,turnover\n"
      "1585132560,10,12,9,11,5,1\n\n1585132620,11,11.5,10,10.25,1,1\n"};
  for (const char* text : layouts) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
      const std::vector<RecordedBar> bars = bars_of(text, piece);
      CHECK_EQUAL(bars.size(), std::size_t{2});
      CHECK_EQUAL(bars[0].time_ns, 1'585'132'560 * second);
      CHECK_EQUAL(bars[1].bar_ns, 60 * second);
      CHECK(bars[0].high == 12 && bars[0].low == 9 && bars[1].open == 11);
      CHECK(bars[1].close == 10.25);
    }
  }
}

DELEVER_TEST(trades_are_gathered_and_silence_keeps_the_price) {
  const char* layouts[] = {
      "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
      "g,X,1585132560000000,1,1,buy,10,1\ng,X,1585132569999999,1,1,buy,8,1\n"
      "g,X,1585132595500000,1,1,buy,11,1\n",
      "timestamp,symbol,side,size,price\n1585132560.0,X,Buy,1,10\n1585132569.9999,X,Buy,1,8\n"
      "1585132595.5,X,Sell,1,11\n",
      "1,10,1,10,1585132560000,true\n2,8,1,8,1585132569999,false\n3,11,1,11,1585132595500,true\n",
      "1,10,1,1,1,1585132560000,True\n2,8,1,1,1,1585132569999,True\n"
      "3,11,1,1,1,1585132595500,False\n",
      "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
      "1,10,1,1,1,1585132560000,true\n2,8,1,1,1,1585132569999,true\n"
      "3,11,1,1,1,1585132595500,false\n"};
  for (const char* text : layouts) {
    const std::vector<RecordedBar> bars = bars_of(text);
    CHECK_EQUAL(bars.size(), std::size_t{4});
    CHECK(bars[0].open == 10 && bars[0].low == 8 && bars[0].close == 8);
    CHECK(bars[1].open == 8 && bars[2].high == 8 && bars[3].close == 11);
    CHECK_EQUAL(bars[3].time_ns - bars[0].time_ns, 30 * second);
  }
}

DELEVER_TEST(faults_of_paths_name_column_value_and_fix) {
  const std::string head = "open_time_ms,open,high,low,close\n1585132560000,10,12,9,11\n";
  CHECK(has(fault_of(head + "1585132620000,11,ten,9,10\n"), "high|'ten' is no decimal number"));
  CHECK(has(fault_of(head + "1585132620000,11,10,9,10\n"), "low|'9' does not fit"));
  CHECK(has(fault_of(head + "1585132560000,11,12,9,10\n"), "time|"));
  CHECK(has(fault_of(head + "15,11,12,9,10\n"), "is no time since 1970"));
  CHECK(has(fault_of(head + "1585132620000,11\n"), "high|'' is no decimal"));
  CHECK(has(fault_of(head), "one candle alone"));
  CHECK(has(fault_of(""), "no candle and no trade"));
  CHECK(has(fault_of("a,b,c\n1,2,3\n"), "no header of candles"));
  CHECK(has(fault_of("1,2,3\n"), "3 fields and no header"));
  CHECK(has(fault_of("timestamp,price\n1585132560,5\n1585132550,5\n"), "sort the rows"));
  CHECK(has(fault_of("timestamp,price\n1585132560,-5\n"), "price|'-5' is not above 0"));
  CHECK(has(fault_of("timestamp,price\n1,5\n"), "is no time"));
  CHECK(has(fault_of("2020.13.25 10:36,1,1,1,1\n"), "no date and time"));
  CHECK(has(fault_of("timestamp,price\n100000000,5\n9000000000,5\n"), "too far from the trade"));
}

LiquidationReader read(std::string_view text, std::size_t piece) {
  LiquidationReader reader;
  for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece));
  reader.finish();
  return reader;
}

DELEVER_TEST(liquidations_of_every_layout_are_the_same) {
  const char* layouts[] = {
      "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
      "binance-futures,BTCUSDT,1585132560000000,1,,sell,100,2\n"
      "binance-futures,ETHUSDT,1585132561000000,1,,buy,10,5\n",
      R"({"success":true,"topic":"x"})"
      "\n"
      R"({"topic":"allLiquidation.BTCUSDT","ts":1,"data":[{"T":1585132560000,"s":"BTCUSDT",)"
      R"("S":"Buy","v":"2","p":"100"},{"T":1585132561000,"s":"ETHUSDT","S":"Sell",)"
      R"("v":"5","p":"10"}]})",
      "[\n {\"symbol\": \"BTC/USDT:USDT\", \"timestamp\": 1585132560000, \"price\": 100.0,\n"
      "  \"contracts\": 2, \"contractSize\": 1.0, \"side\": \"sell\", \"quoteValue\": null},\n"
      " {\"symbol\": \"ETH/USDT:USDT\", \"timestamp\": 1585132561000, \"price\": 10.0,\n"
      "  \"side\": \"short\", \"quoteValue\": 50.0}\n]\n",
      R"({"symbol":"BTC/USDT:USDT","timestamp":1585132560000,"price":100,"baseValue":2,)"
      R"("side":"buy","info":{"S":"Buy","v":"2"}})"
      "\n"
      R"({"symbol":"ETH/USD:ETH","timestamp":1585132561000,"price":10,"contracts":5,)"
      R"("contractSize":10,"side":"buy"})"};
  for (const char* text : layouts) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{50}, std::size_t{9999}}) {
      const LiquidationReader reader = read(text, piece);
      const std::vector<Liquidation>& rows = reader.liquidations();
      CHECK_EQUAL(rows.size(), std::size_t{2});
      if (rows.size() != 2) continue;
      CHECK_EQUAL(rows[0].time_ns, 1'585'132'560 * second);
      CHECK(rows[0].usd == 200 && rows[0].side == long_position && rows[0].instrument == 0);
      CHECK(rows[1].usd == 50 && rows[1].side == short_position && rows[1].instrument == 1);
      CHECK(reader.symbols()[0].starts_with("BTC"));
    }
  }
  const LiquidationReader inverse = read(
      "exchange,symbol,timestamp,side,price,amount\nbitmex,XBTUSD,1585132560,sell,5000,777\n", 64);
  CHECK(inverse.liquidations()[0].usd == 777);
}

DELEVER_TEST(faults_of_liquidations_name_column_value_and_fix) {
  const std::string head = "exchange,symbol,timestamp,side,price,amount\n";
  const std::pair<std::string, const char*> cases[] = {
      {head + "x,BTCUSDT,1585132560,up,5,1\n", "'up' is neither sell nor buy"},
      {head + "okex-swap,BTC-USDT-SWAP,1585132560,buy,5,1\n", "contracts of its own"},
      {head + "x,BTCUSDT,1585132560,buy,0,1\n", "'0' is not above 0"},
      {head + "x,,1585132560,buy,1,1\n", "names nothing"},
      {head, "no liquidation in it"},
      {"time;side\n", "is not the header of Tardis"},
      {"[{\"symbol\":\"B\"}]", "is no decimal number"},
      {"[{\"symbol\":\"B\"", "is due in the JSON"},
      {"{\"topic\":\"a\",\"data\":[{\"T\":1585132560000,\"s\":\"B\",\"S\":\"Up\",\"v\":\"1\","
       "\"p\":\"1\"}]}",
       "'Up' is neither Buy nor Sell"}};
  for (const auto& [text, message] : cases) {
    std::string said = "none";
    try {
      read(text, 16);
    } catch (const FeedFault& fault) {
      said = fault.what();
    }
    if (!has(said, message)) testing::fail(__FILE__, __LINE__, said + " lacks " + message);
  }
}

}  // namespace
}  // namespace delever
