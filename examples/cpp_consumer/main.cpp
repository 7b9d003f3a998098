// A venue inside a C++ program: two accounts trade, the index falls, one is liquidated.
#include <cstdio>

#include "delever/venue/venue.hpp"

using namespace delever;

int main() {
  InstrumentSpec coin{.symbol = "COINUSDT", .price_ticks_max = 100'000, .order_lots_max = 1'000};
  coin.position_lots_max = 10'000;
  coin.tiers = {{.floor = Money{0}, .maintenance_ppm = 5'000, .leverage_max = 100}};
  Venue venue({coin}, Rulebook{});

  const auto send = [&](CommandKind kind, AccountId account, Side side, std::int64_t price_ticks,
                        std::int64_t qty_lots, std::int64_t amount_atoms) {
    Command command{.kind = static_cast<std::uint16_t>(kind),
                    .side = static_cast<std::uint8_t>(side)};
    command.order_type = static_cast<std::uint8_t>(OrderType::Limit);
    command.time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtc);
    command.account = account;
    command.price_ticks = price_ticks;
    command.qty_lots = qty_lots;
    command.amount_atoms = amount_atoms;
    venue.apply(command);
  };
  send(CommandKind::OpenAccount, 0, Side::None, 0, 0, 1'000'000);  // account 1, the maker
  send(CommandKind::OpenAccount, 0, Side::None, 0, 0, 1'000);      // account 2, levered 20 times
  send(CommandKind::PlaceOrder, 1, Side::Sell, 1'000, 10, 0);
  send(CommandKind::PlaceOrder, 2, Side::Buy, 1'000, 10, 0);
  send(CommandKind::PlaceOrder, 1, Side::Buy, 952, 10, 0);
  send(CommandKind::UpdateIndex, 0, Side::None, 953, 0, 0);

  const std::size_t rows = venue.log().rows(EventFamily::Risk);
  const std::int64_t* kind = venue.log().column(EventFamily::Risk, 4);
  const std::int64_t* account = venue.log().column(EventFamily::Risk, 5);
  for (std::size_t row = 0; row < rows; ++row)
    if (kind[row] == static_cast<std::int64_t>(EventKind::LiquidationStarted))
      std::printf("account %lld was liquidated\n", static_cast<long long>(account[row]));
  return rows > 0 ? 0 : 1;
}
