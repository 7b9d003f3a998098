// Worked cases of every order type: what a command says, event by event.
#include "order_desk.hpp"

namespace delever {
namespace {

using testing::Desk;
using testing::Terms;

constexpr Side buy = Side::Buy;
constexpr Side sell = Side::Sell;
constexpr std::uint8_t mode(SelfTrade self_trade) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(self_trade) << self_trade_shift);
}

DELEVER_TEST(a_stop_waits_for_the_last_price_and_then_runs) {
  Desk desk;
  CHECK_SAID(desk.place(1, buy, 5, 100), "A1 5@100");
  CHECK_SAID(desk.place(2, sell, 2, 0, Terms().stop(95)), "A2 2@0 t95");
  CHECK_SAID(desk.place(3, sell, 2, 90, Terms().stop(96)), "A3 2@90 t96");
  CHECK_SAID(desk.print(97), "");
  // Down: the higher trigger goes first; each runs to its end.
  CHECK_SAID(desk.print(95), "T3 95/96 T2 95/95 F3>1 2@100 F2>1 2@100");
}

DELEVER_TEST(a_taker_ends_before_what_it_triggered_runs) {
  Desk desk;
  desk.place(1, sell, 1, 100);
  desk.place(1, sell, 3, 101);
  CHECK_SAID(desk.place(2, buy, 1, 0, Terms().stop(100)), "A3 1@0 t100");
  CHECK_SAID(desk.place(3, buy, 2, 101), "A4 2@101 F4>1 1@100 T3 100/100 F4>2 1@101 F3>2 1@101");
}

DELEVER_TEST(a_trigger_that_holds_on_entry_runs_at_once_or_is_refused) {
  Desk desk;
  desk.print(100);
  CHECK_SAID(desk.place(1, buy, 1, 99, Terms().stop(100)), "A1 1@99 t100 T1 100/100");
  CHECK_EQUAL(desk.venue.book(0).best(buy), 99);
  Rulebook rules;
  rules.stop_entry = StopEntry::Reject;
  Desk strict(rules);
  strict.print(100);
  CHECK_SAID(strict.place(1, buy, 1, 99, Terms().stop(100)), "J27");
}

DELEVER_TEST(sources_and_take_profits) {
  Desk desk;
  desk.place(1, sell, 1, 200);
  desk.place(2, buy, 1, 40, Terms().stop(120, TriggerSource::Mark));
  desk.place(2, buy, 1, 41, Terms().trigger(TriggerKind::TakeProfit, 90, 0, TriggerSource::Index));
  CHECK_SAID(desk.place(2, buy, 1, 42, Terms().stop(150, TriggerSource::Quote)),
             "A4 1@42 t150 T4 200/150");
  CHECK_SAID(desk.mark(120), "T2 120/120");
  Command index{.kind = static_cast<std::uint16_t>(CommandKind::UpdateIndex), .price_ticks = 90};
  index.flags = hold_point;
  CHECK_SAID(desk.run(index), "");
  CHECK_SAID(desk.cancel(2, 4), "T3 90/90 C4r1 1");  // the point closes before the next command
}

DELEVER_TEST(a_quote_is_looked_at_when_the_command_is_done) {
  Desk desk;
  desk.place(1, sell, 1, 100);
  desk.place(1, sell, 5, 105);
  desk.place(2, buy, 2, 0, Terms().stop(105, TriggerSource::Quote));
  CHECK_SAID(desk.place(3, buy, 1, 100), "A4 1@100 F4>1 1@100 T3 105/105 F3>2 2@105");
}

DELEVER_TEST(trailing_stops_follow_and_never_back) {
  Desk desk;
  desk.place(1, buy, 9, 50);
  CHECK_SAID(desk.place(2, sell, 1, 0, Terms().trigger(TriggerKind::TrailingTicks, 0, 5)),
             "A2 1@0");
  desk.print(100);
  desk.print(110);
  CHECK_EQUAL(desk.venue.trigger_of(order_slot(desk.ids[1])), 105);
  desk.print(106);
  CHECK_SAID(desk.print(105), "T2 105/105 F2>1 1@50");
  desk.print(200);
  CHECK_SAID(desk.place(3, buy, 1, 10, Terms().trigger(TriggerKind::TrailingPpm, 0, 10'001)),
             "A3 1@10 t203");  // the distance is rounded up
  desk.print(100);
  CHECK_SAID(desk.print(102), "T3 102/102");
}

DELEVER_TEST(refused_at_the_trigger) {
  Desk desk;
  desk.place(1, sell, 1, 100);
  CHECK_SAID(desk.place(2, buy, 1, 100, Terms().stop(90), TimeInForce::Gtc, post_only),
             "A2 1@100 t90");
  CHECK_SAID(desk.place(3, sell, 1, 0, Terms().stop(90), TimeInForce::Gtc, reduce_only),
             "A3 1@0 t90");
  CHECK_SAID(desk.print(90), "T2 90/90 T3 90/90 C2r13 1 j16 C3r13 1 j18");
}

DELEVER_TEST(one_cancels_the_other) {
  Desk desk;
  desk.place(1, buy, 2, 100);
  desk.place(2, sell, 2, 110, Terms().oco(7));
  desk.place(2, sell, 2, 0, Terms().stop(95).oco(7));
  desk.place(2, sell, 2, 120, Terms().oco(8));
  CHECK_SAID(desk.print(95), "T3 95/95 C2r10 2 F3>1 2@100");
  desk.place(2, sell, 5, 130, Terms().oco(8));
  CHECK_SAID(desk.place(3, buy, 1, 120), "A6 1@120 F6>4 1@120 C5r10 5");
  CHECK_SAID(desk.cancel(2, 4), "C4r1 1");
}

DELEVER_TEST(icebergs_show_their_parts_one_by_one) {
  Desk desk;
  CHECK_SAID(desk.place(1, sell, 10, 100, Terms().iceberg(4)), "A1 10@100 d4");
  desk.place(2, sell, 3, 100);
  CHECK_EQUAL(desk.venue.book(0).level(sell, 100)->open_lots, 7);
  CHECK_SAID(desk.place(3, buy, 8, 100), "A3 8@100 F3>1 4@100 R1 4+2 F3>2 3@100 F3>1 1@100");
  CHECK_SAID(desk.amend(1, 1, 4, 0), "M1 4@100");  // from the rest first
  CHECK_EQUAL(desk.venue.book(0).level(sell, 100)->open_lots, 3);
  CHECK_SAID(desk.place(1, sell, 4, 101, Terms().iceberg(4)), "A4 4@101");
}

DELEVER_TEST(icebergs_share_at_the_end_of_the_taker) {
  Rulebook rules;
  rules.iceberg_refresh = IcebergRefresh::EndOfTaker;
  Desk desk(rules);
  desk.place(1, buy, 300, 100, Terms().iceberg(100));
  desk.place(2, buy, 300, 100, Terms().iceberg(200));
  desk.place(3, buy, 200, 100, Terms().iceberg(100));
  CHECK_SAID(desk.place(4, sell, 700, 100),
             "A4 700@100 F4>1 250@100 F4>2 275@100 F4>3 175@100 R1 50+0 R2 25+0 R3 25+0");
}

DELEVER_TEST(hidden_orders_trade_after_displayed_ones) {
  Desk desk;
  desk.place(1, sell, 2, 100, hidden_order);
  desk.place(2, sell, 2, 100);
  CHECK_EQUAL(desk.venue.book(0).level(sell, 100)->open_lots, 2);
  CHECK_SAID(desk.place(3, buy, 3, 100), "A3 3@100 F3>2 2@100 F3>1 1@100");
  CHECK_EQUAL(desk.venue.book(0).best_displayed(sell), -1);
  CHECK_SAID(desk.place(3, buy, 1, 100, post_only), "J16");
  CHECK_SAID(desk.place(3, buy, 1, 105, post_only | slide_post_only), "A4 1@99");
}

DELEVER_TEST(pegged_orders_follow_the_static_best) {
  Desk desk;
  CHECK_SAID(desk.place(1, buy, 1, 0, Terms().peg(PegReference::Bid, 1)), "A1 1@0");
  CHECK_SAID(desk.place(2, buy, 1, 90), "A2 1@90 P1@89");
  CHECK_SAID(desk.place(2, sell, 1, 101), "A3 1@101");
  CHECK_SAID(desk.place(3, sell, 1, 0, Terms().peg(PegReference::Mid, 0)), "A4 1@95");
  CHECK_SAID(desk.place(3, buy, 1, 0, Terms().peg(PegReference::Mid, 0)), "A5 1@0");  // crosses
  CHECK_SAID(desk.place(2, buy, 1, 94), "A6 1@94 P1@93 P4@97");
  CHECK_SAID(desk.amend(1, 1, 0, 0, Terms().peg(PegReference::Bid, 0)), "M1 1@93 P1@94");
  CHECK_SAID(desk.amend(1, 1, 0, 80), "J8");
}

DELEVER_TEST(orders_end_with_their_time) {
  Desk desk;
  desk.time_ns = 10;
  CHECK_SAID(desk.place(1, buy, 1, 90, Terms().expiry(10), TimeInForce::Gtd), "J28");
  CHECK_SAID(desk.place(1, buy, 1, 90, 0, TimeInForce::Gtd), "J29");
  desk.place(1, buy, 1, 90, Terms().expiry(30), TimeInForce::Gtd);
  desk.place(1, buy, 1, 91, Terms().expiry(20), TimeInForce::Gtd);
  desk.place(1, buy, 1, 92, 0, TimeInForce::Day);
  desk.time_ns = 30;
  CHECK_SAID(desk.place(2, sell, 1, 90), "C2r9 1 C1r9 1 A4 1@90 F4>3 1@92");
  desk.place(1, buy, 1, 80, 0, TimeInForce::Day);
  desk.time_ns = std::int64_t{86'400} * 1'000'000'000;
  CHECK_SAID(desk.run({.kind = static_cast<std::uint16_t>(CommandKind::AdvanceTime)}), "C5r9 1");
}

DELEVER_TEST(minimum_quantities) {
  Desk desk;
  desk.place(1, sell, 3, 100);
  CHECK_SAID(desk.place(2, buy, 5, 100, Terms().minimum(4), TimeInForce::Ioc), "J17");
  CHECK_SAID(desk.place(2, buy, 5, 100, Terms().minimum(5)), "A2 5@100");  // all or none: crossed
  CHECK_SAID(desk.place(3, sell, 4, 100), "A3 4@100");
  CHECK_SAID(desk.place(4, sell, 6, 99), "A4 6@99 F4>2 5@100");
  CHECK_SAID(desk.place(2, buy, 5, 100, Terms().minimum(5)),
             "A5 5@100 F5>4 1@99 F5>1 3@100 F5>3 1@100");
}

DELEVER_TEST(budgets_protection_and_closing) {
  Desk desk;
  desk.place(1, sell, 2, 100);
  desk.place(1, sell, 2, 110);
  CHECK_SAID(desk.place(2, buy, 4, 0, Terms().budget(419), TimeInForce::Fok), "J17");
  CHECK_SAID(desk.place(2, buy, 3, 0, Terms().protection(9)), "A3 3@109 F3>1 2@100 C3r3 1");
  CHECK_SAID(desk.place(2, buy, 1, 0, Terms().budget(110), TimeInForce::Fok),
             "A4 1@1000 F4>2 1@110");
  desk.place(3, buy, 9, 95);
  CHECK_SAID(desk.place(2, sell, 0, 0, Terms().close(), TimeInForce::Gtc, reduce_only),
             "A6 3@1 F6>5 3@95");
  CHECK_SAID(desk.place(2, sell, 0, 0, Terms().close(), TimeInForce::Gtc, reduce_only), "J18");
}

DELEVER_TEST(self_trade_modes_and_groups) {
  Desk desk;
  desk.place(1, sell, 3, 100);
  CHECK_SAID(desk.place(1, buy, 2, 100), "A2 2@100 C2r4 2");
  CHECK_SAID(desk.place(1, buy, 2, 100, mode(SelfTrade::Decrement)), "A3 2@100 D3>1 2");
  for (const AccountId account : {1U, 2U})
    desk.run({.kind = static_cast<std::uint16_t>(CommandKind::SetTradeGroup),
              .account = account,
              .amount_atoms = 4});
  CHECK_SAID(desk.place(2, buy, 1, 100, mode(SelfTrade::Both)), "A4 1@100 C1r4 1 C4r4 1");
  desk.place(1, sell, 1, 100);
  CHECK_SAID(desk.place(1, buy, 1, 100, mode(SelfTrade::Allow)), "A6 1@100 F6>5 1@100");
}

DELEVER_TEST(a_market_remainder_may_rest_without_a_price) {
  Rulebook rules;
  rules.market_residual = MarketResidual::Rest;
  Desk desk(rules);
  CHECK_SAID(desk.place(1, buy, 5, 0), "A1 5@1000");
  CHECK_EQUAL(desk.venue.book(0).best_displayed(buy), -1);
  CHECK_SAID(desk.place(2, sell, 1, 0), "A2 1@1");  // no last price: both rest
  CHECK_SAID(desk.place(2, sell, 2, 90), "A3 2@90 F3>1 2@90");
  CHECK_SAID(desk.place(3, sell, 1, 0), "A4 1@1 F4>1 1@90");
  CHECK_SAID(desk.amend(1, 1, 0, 80), "J8");
}

DELEVER_TEST(amending_keeps_or_loses_priority) {
  Desk desk;
  desk.place(1, buy, 5, 100);
  desk.place(2, buy, 5, 100);
  CHECK_SAID(desk.amend(1, 1, 4, 0), "M1 4@100");
  CHECK_SAID(desk.of(CommandKind::AmendOrder, 1, 1, {.order_type = 1, .qty_lots = 1}), "M1 3@100");
  CHECK_SAID(desk.place(3, sell, 1, 100), "A3 1@100 F3>1 1@100");
  CHECK_SAID(desk.amend(1, 1, 3, 0), "M1 3@100");
  CHECK_SAID(desk.place(3, sell, 1, 100), "A4 1@100 F4>2 1@100");
  CHECK_SAID(desk.of(CommandKind::AmendOrder, 1, 1, {.order_type = 1, .qty_lots = 7}), "C1r1 3");
}

DELEVER_TEST(replacing_cancels_first) {
  Desk desk;
  desk.place(1, buy, 5, 100);
  Command order = Desk::order(buy, 2, 99, 0, TimeInForce::Gtc, false);
  CHECK_SAID(desk.of(CommandKind::ReplaceOrder, 1, 1, order), "C1r11 5 A2 2@99");
  CHECK_SAID(desk.of(CommandKind::ReplaceOrder, 1, 1, order), "J5");
  order.qty_lots = 0;
  CHECK_SAID(desk.of(CommandKind::ReplaceOrder, 1, 2, order), "J7");
  order = Desk::order(buy, 2, 99, reduce_only, TimeInForce::Gtc, false);
  CHECK_SAID(desk.of(CommandKind::ReplaceOrder, 1, 2, order), "C2r11 2 J18");
}

DELEVER_TEST(terms_that_were_refused_refuse_their_order) {
  Desk desk;
  CHECK_SAID(desk.place(1, buy, 5, 100, Terms().oco(1).oco(2)), "J29 J30");
  CHECK_SAID(desk.place(1, buy, 5, 100, Terms().oco(0)), "J29");
  CHECK_SAID(desk.place(1, buy, 5, 100, Terms().minimum(5).iceberg(2)), "J29");
  CHECK_SAID(desk.place(1, buy, 5, 100), "A1 5@100");
}

DELEVER_TEST(mass_cancels_take_a_range_of_prices) {
  Desk desk;
  desk.place(1, buy, 1, 90);
  desk.place(1, buy, 1, 95);
  desk.place(1, buy, 1, 300, Terms().stop(97));
  CHECK_SAID(desk.run({.kind = static_cast<std::uint16_t>(CommandKind::CancelAll),
                       .account = 1,
                       .price_ticks = 91,
                       .amount_atoms = 97}),
             "C2r2 1 C3r2 1");
}

DELEVER_TEST(bands_keep_limits_near_the_mark) {
  Rulebook rules;
  rules.price_band_ppm = 100'000;
  Desk desk(rules);
  desk.mark(105);
  CHECK_SAID(desk.place(1, buy, 1, 116), "J26");
  CHECK_SAID(desk.place(1, buy, 1, 115), "A1 1@115");
  CHECK_SAID(desk.place(1, sell, 1, 94), "J26");
  CHECK_SAID(desk.amend(1, 1, 0, 116), "J26");
}

DELEVER_TEST(an_auction_uncrosses_at_one_price) {
  Desk desk;
  CHECK_SAID(desk.phase(TradingPhase::Auction), "X2 0x0");
  CHECK_SAID(desk.place(1, buy, 5, 0), "J25");
  CHECK_SAID(desk.place(1, buy, 4, 105), "A1 4@105");
  CHECK_SAID(desk.place(2, buy, 3, 103, 0, TimeInForce::Gfa), "A2 3@103");
  CHECK_SAID(desk.place(3, sell, 10, 101, Terms().iceberg(2)), "A3 10@101 d2");
  CHECK_SAID(desk.place(4, buy, 1, 0, Terms().stop(101)), "A4 1@0 t101");
  CHECK_EQUAL(desk.venue.indicative(0).volume_lots, 7);
  CHECK_SAID(desk.place(2, buy, 3, 102, 0, TimeInForce::Gfa), "A5 3@102");
  CHECK_SAID(desk.place(2, buy, 3, 101, 0, TimeInForce::Gfa), "A6 3@101");
  CHECK_SAID(desk.phase(TradingPhase::Continuous),
             "F1>3 4@101 F2>3 3@101 F5>3 3@101 X1 101x10 C6r12 3 T4 101/101 C4r3 1");
}

DELEVER_TEST(a_halt_takes_cancels_only) {
  Desk desk;
  desk.place(1, buy, 5, 100);
  desk.place(2, sell, 1, 0, Terms().stop(90));
  CHECK_SAID(desk.phase(TradingPhase::Halted), "X3 0x0");
  CHECK_SAID(desk.place(1, buy, 5, 100), "J24");
  CHECK_SAID(desk.amend(1, 1, 6, 0), "J24");
  CHECK_SAID(desk.amend(1, 1, 4, 0), "M1 4@100");
  CHECK_SAID(desk.print(90), "");
  CHECK_SAID(desk.phase(TradingPhase::Continuous), "X1 0x0 T2 90/90 F2>1 1@100");
}

}  // namespace
}  // namespace delever
