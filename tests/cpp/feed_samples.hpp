// One small valid feed of each format, written for these tests, and a stream that reads it whole.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "feed/feed_formats.hpp"

namespace delever::testing {

struct Sample {
  const char* format;
  std::string bytes;
};

// A record of Databento's orders: 56 bytes, little-endian.
inline std::string order_record(char action, char side, std::uint64_t order, std::int64_t price,
                                std::uint32_t size, std::uint8_t flags) {
  std::string record(56, '\0');
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t bytes) {
    for (std::size_t byte = 0; byte < bytes; ++byte)
      record[at + byte] = static_cast<char>(value >> (8 * byte));
  };
  put(0, 14, 1);
  put(1, 0xA0, 1);
  put(4, 5482, 4);
  put(8, 1'609'160'400'000'000'000, 8);
  put(16, order, 8);
  put(24, static_cast<std::uint64_t>(price), 8);
  put(32, size, 4);
  put(36, flags, 1);
  record[38] = action;
  record[39] = side;
  put(40, 1'609'160'400'000'000'500, 8);
  put(52, 77, 4);
  return record;
}

inline std::array<Sample, 8> samples() {
  const std::int64_t price = 3720'250'000'000;
  return {
      Sample{"lobster",
             "34200.004241176,1,11,18,5853300,1\n34200.1,1,12,100,5853400,-1\n"
             "34201,2,11,8,5853300,1\n34202.5,4,11,10,5853300,1\n34203,3,12,100,5853400,-1\n"
             "34204,5,0,7,5853350,1\n34205,7,0,0,-1,-1\n"},
      Sample{"lobster_orderbook",
             "5859400,200,5853300,18,9999999999,0,-9999999999,0\n"
             "5859100,18,5853300,18,5859400,200,5853200,5\n"},
      Sample{"databento", order_record('R', 'N', 0, 0x7FFFFFFFFFFFFFFF, 0, 0x20) +
                              order_record('A', 'B', 1, price, 3, 0x20) +
                              order_record('A', 'A', 2, price + 250'000'000, 4, 0xA0) +
                              order_record('M', 'B', 1, price, 2, 0x80) +
                              order_record('T', 'A', 0, price, 1, 0) +
                              order_record('F', 'B', 1, price, 1, 0) +
                              order_record('C', 'B', 1, price, 1, 0x80)},
      Sample{"bitstamp",
             "id,timestamp,exchange.timestamp,price,volume,action,direction\n"
             "7,1430438404518,1430438404000,236.47,200000000,created,bid\n"
             "7,1430438404635,1430438404000,236.47,178855669,changed,bid\n"
             "7,1430438404637,1430438404000,236.47,0,deleted,bid\n"
             "7,1430438404638,1430438404000,236.47,1,changed,bid\n"},
      Sample{"bitstamp",
             "1430438404518 order_created {\"price\": \"236.47\", \"amount\": \"2.00000000\", "
             "\"datetime\": \"1430438404\", \"id\": 7, \"order_type\": 0}\n"
             "1430438404645 trade {\"price\": 236.47, \"amount\": 0.21144331000000001, \"id\": 9}\n"
             "1430438405885 order_book {\"bids\": [[\"236.47\", \"1.5\"], [\"236.20\", \"0.1\"]], "
             "\"asks\": [[\"236.64\", \"3.7952\"]]}\n"},
      Sample{"tardis",
             "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n"
             "deribit,P,1585699200245000,1585699200355684,true,ask,6421.5,18640\n"
             "deribit,P,1585699200245000,1585699200355684,true,bid,6421,100\n"
             "deribit,P,1585699201245000,1585699201355684,false,bid,6421,0\n"
             "deribit,P,1585699201245000,1585699202355684,true,bid,6420,1e2\n"},
      Sample{"tardis",
             "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,"
             "bids[0].price,bids[0].amount\nb,S,1598918403696000,1598918403810979,2,1.5,1,2\n"
             "b,S,1598918403696000,1598918403810979,2,1.5,,\n"},
      Sample{
          "binance",
          "1000 {\"stream\":\"s@depth\",\"data\":{\"e\":\"depthUpdate\",\"E\":5,\"s\":\"S\","
          "\"U\":8,\"u\":12,\"pu\":7,\"b\":[[\"10.0\",\"1.5\"]],\"a\":[]}}\n"
          "2000 {\"lastUpdateId\":10,\"E\":6,\"bids\":[[\"10.0\",\"1\"],[\"9.9\",\"2\"]],"
          "\"asks\":[[\"10.2\",\"4\"]]}\n"
          "3000 {\"e\":\"depthUpdate\",\"E\":7,\"s\":\"S\",\"U\":13,\"u\":14,\"pu\":12,"
          "\"b\":[[\"9.9\",\"0\"]],\"a\":[[\"10.1\",\"3\"]]}\n"
          "{\"e\":\"trade\",\"E\":8,\"s\":\"S\",\"t\":3,\"p\":\"10.1\",\"q\":\"1\",\"m\":false}\n"
          "{\"u\":14,\"s\":\"S\",\"b\":\"10.0\",\"B\":\"1.5\",\"a\":\"10.1\",\"A\":\"3\"}\n"},
  };
}

inline FeedStream stream_of(const Sample& sample) {
  FeedStream::Settings settings;
  settings.sample = sample.bytes;
  return FeedStream(find_decoder(sample.format), settings);
}

// Reads all of it, in pieces of so many bytes.
inline FeedBatch read_all(FeedStream& stream, std::string_view bytes, std::size_t piece) {
  FeedBatch events;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    stream.feed(bytes.substr(at, piece), events);
  stream.finish(events);
  return events;
}

}  // namespace delever::testing
