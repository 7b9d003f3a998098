// Times the matching engine on a file of commands, so that Python's share of a batch is known.
//
//   bench_book COMMANDS ROUNDS CHUNK
//
// COMMANDS holds 64-byte Command records. They are applied in chunks of CHUNK, the event log being
// cleared between chunks as a consumer would who has read it; a new engine each round. Prints one
// line of JSON: the median and least nanoseconds of processor time per command, what the run came
// to, and the memory at the end: of the records of orders, and of everything the engine holds for
// them (records, ids, levels, ladders, room to grow), in all and per order that rests.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <vector>

#include "venue/matching_engine.hpp"

namespace {

using namespace delever;

std::vector<Command> read_commands(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<Command> commands(static_cast<std::size_t>(file.tellg()) / sizeof(Command));
  file.seekg(0).read(reinterpret_cast<char*>(commands.data()),
                     static_cast<std::streamsize>(commands.size() * sizeof(Command)));
  return commands;
}

struct Run {
  double ns_per_command = 0;
  std::size_t fills = 0;
  std::size_t rejections = 0;
  std::uint64_t digest = 0;
  std::size_t resting = 0;
  std::size_t order_bytes = 0;
  std::size_t bytes = 0;
};

Run run(std::span<const Command> commands, std::size_t chunk) {
  InstrumentSpec spec;
  spec.symbol = "X";
  spec.atoms_per_tick_lot = 1;
  spec.price_ticks_max = (std::int64_t{1} << 18) - 1;
  spec.order_lots_max = 1'000'000;
  spec.position_lots_max = 1'000'000'000;
  spec.tiers = {{}};
  spec.leverage_default = 1;
  spec.tiers[0].maintenance_ppm = 1;
  MatchingEngine engine({spec}, Rulebook{});
  Run result;
  std::clock_t spent = 0;
  for (std::size_t at = 0; at < commands.size(); at += chunk) {
    const std::clock_t begin = std::clock();
    engine.apply(commands.subspan(at, std::min(chunk, commands.size() - at)));
    spent += std::clock() - begin;
    result.fills += engine.log().rows(EventFamily::Fills);
    result.rejections += engine.log().rows(EventFamily::Rejections);
    engine.log().clear();
  }
  result.ns_per_command =
      1e9 / CLOCKS_PER_SEC * static_cast<double>(spent) / static_cast<double>(commands.size());
  result.digest = engine.digest();
  result.resting = engine.orders().live();
  result.order_bytes = engine.orders().bytes();
  result.bytes = engine.bytes();
  return result;
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return std::fprintf(stderr, "bench_book COMMANDS ROUNDS CHUNK\n"), 2;
  const std::vector<Command> commands = read_commands(words[1]);
  std::vector<Run> runs;
  for (int round = 0; round < std::atoi(words[2]); ++round)
    runs.push_back(run(commands, static_cast<std::size_t>(std::atoll(words[3]))));
  const auto faster = [](const Run& a, const Run& b) {
    return a.ns_per_command < b.ns_per_command;
  };
  std::sort(runs.begin(), runs.end(), faster);
  const Run& median = runs[runs.size() / 2];
  std::printf(
      "{\"commands\": %zu, \"ns_per_command\": %.2f, \"fastest_ns\": %.2f, \"fills\": %zu, "
      "\"rejections\": %zu, \"digest\": \"%016llx\", \"resting\": %zu, \"order_bytes\": %zu, "
      "\"bytes\": %zu, \"bytes_per_order\": %.1f}\n",
      commands.size(), median.ns_per_command, runs[0].ns_per_command, median.fills,
      median.rejections, static_cast<unsigned long long>(median.digest), median.resting,
      median.order_bytes, median.bytes,
      median.resting == 0
          ? 0.0
          : static_cast<double>(median.bytes) / static_cast<double>(median.resting));
}
