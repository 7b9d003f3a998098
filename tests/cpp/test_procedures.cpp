// Liquidation procedures, part by part, worked by hand.
//
// Account 1 is long 100 lots bought at 100 with a margin of 1,000 and nothing else, account 2 is
// short; account 3 bids. At a mark of p account 1 has 100 p - 9,000 and needs 5 p, so that it is
// liquidated at 94 and below: at 94 it has 400 of 470. The liquidation fee is 0.5 %.
#include <stdexcept>

#include "check.hpp"
#include "risk/deleveraging_queue.hpp"
#include "risk/fund_peak.hpp"
#include "venue/venue.hpp"

namespace delever {
namespace {

constexpr std::int64_t second = 1'000'000'000;

InstrumentSpec plain() {
  InstrumentSpec spec;
  spec.symbol = "AAA";
  spec.atoms_per_tick_lot = 1;
  spec.price_ticks_max = 1'000;
  spec.order_lots_max = 1'000;
  spec.position_lots_max = 1'000;
  spec.liquidation_fee_ppm = 5'000;
  spec.market_bound_ppm = 50'000;
  spec.leverage_default = 10;
  spec.tiers = {{Money{0}, 50'000, Money{0}, 20}};
  return spec;
}

/// 1 % of the whole up to 5,000, then 3 %, above 8,000 5 %.
InstrumentSpec stepped() {
  InstrumentSpec spec = plain();
  spec.tier_rule = TierRule::Step;
  spec.tiers = {{Money{0}, 10'000, Money{0}, 20},
                {Money{5'000}, 30'000, Money{0}, 20},
                {Money{8'000}, 50'000, Money{0}, 20}};
  return spec;
}

Command command(CommandKind kind, AccountId account = 0) {
  Command one;
  one.kind = static_cast<std::uint16_t>(kind);
  one.account = account;
  return one;
}

class Stage {
 public:
  explicit Stage(const LiquidationProcedure& procedure, const InstrumentSpec& spec = plain())
      : venue({spec}, rules(procedure)) {
    venue.set_trace(true);
    for (const std::int64_t amount : {1'000, 1'000'000, 1'000'000, 1'000'000}) {
      Command open = command(CommandKind::OpenAccount);
      open.amount_atoms = amount;
      run(open);
    }
    seed(1, 2, 100, 100);
  }

  void seed(AccountId buyer, AccountId seller, std::int64_t lots, std::int64_t price) {
    Command one = command(CommandKind::SeedPosition, buyer);
    one.other_account = seller;
    one.side = 1;
    one.qty_lots = lots;
    one.price_ticks = price;
    run(one);
  }
  void run(Command one) {
    venue.clear_trace();
    one.time_ns = time_ns;
    venue.apply(one);
    CHECK(venue.audit().empty());
  }
  void bid(std::int64_t lots, std::int64_t price) { order(3, 1, lots, price); }
  void order(AccountId account, int side, std::int64_t lots, std::int64_t price) {
    Command one = command(CommandKind::PlaceOrder, account);
    one.side = static_cast<std::uint8_t>(side);
    one.order_type = static_cast<std::uint8_t>(OrderType::Limit);
    one.time_in_force = static_cast<std::uint8_t>(TimeInForce::Gtc);
    one.qty_lots = lots;
    one.price_ticks = price;
    run(one);
  }
  void fund(std::int64_t amount) {
    Command one = command(CommandKind::FundInsurance);
    one.amount_atoms = amount;
    run(one);
  }
  void mark(std::int64_t price) { run(mark_command(price)); }
  static Command mark_command(std::int64_t price) {
    Command one = command(CommandKind::SetMark);
    one.price_ticks = price;
    return one;
  }
  void wait(std::int64_t seconds) {
    time_ns += seconds * second;
    run(command(CommandKind::AdvanceTime));
  }

  std::size_t count(EventKind kind) const {
    std::size_t found = 0;
    for (const Event& event : venue.trace())
      found += event[Word::Kind] == static_cast<std::int64_t>(kind);
    return found;
  }
  std::int64_t word(EventKind kind, Word which, std::size_t nth = 0) const {
    for (const Event& event : venue.trace())
      if (event[Word::Kind] == static_cast<std::int64_t>(kind) && nth-- == 0) return event[which];
    return -999'999;
  }
  const Position& position(AccountId account) const { return *venue.position(account, 0); }
  std::int64_t wallet(AccountId account) const { return venue.balance(account, 0).wallet.value; }

  Venue venue;
  std::int64_t time_ns = 0;

 private:
  static Rulebook rules(const LiquidationProcedure& procedure) {
    Rulebook rules;
    rules.procedure = procedure;
    return rules;
  }
};

constexpr EventKind stepped_event = EventKind::LiquidationStepped;
constexpr EventKind finished = EventKind::LiquidationFinished;

DELEVER_TEST(a_fraction_that_heals_ends_a_liquidation) {
  Stage on({.reduce = Reduce::Fraction, .remainder = Remainder::Wait});
  on.bid(100, 94);
  on.mark(94);
  // A fifth: 20 lots for 1,880; the fee is 9.4. Then 390 of 80 x 94 x 5 % = 376: healthy.
  CHECK_EQUAL(on.word(stepped_event, Word::QtyLots), -20);
  CHECK_EQUAL(on.word(stepped_event, Word::AmountAtoms), 1'880);
  CHECK_EQUAL(on.word(stepped_event, Word::OtherAmount), 10);
  CHECK_EQUAL(on.word(finished, Word::QtyLots), -20);
  CHECK_EQUAL(on.word(finished, Word::AmountAtoms), 10);
  CHECK_EQUAL(on.position(1).qty.value, 80);
  CHECK_EQUAL(on.position(1).margin.value, 1'000 - 20 * 6 - 10);
  CHECK_EQUAL(on.wallet(0), 10);
}

DELEVER_TEST(between_two_steps_a_position_waits_may_not_order_and_may_heal) {
  Stage on({.reduce = Reduce::Fraction,
            .remainder = Remainder::Wait,
            .step_interval = TimeNs{30 * second}});
  on.bid(50, 92);
  on.mark(92);  // 200 of 460; after 20 lots 190 of 368
  CHECK_EQUAL(on.count(stepped_event), std::size_t{1});
  CHECK_EQUAL(on.count(finished), std::size_t{0});
  on.order(1, 2, 1, 99);
  CHECK_EQUAL(on.word(EventKind::CommandRejected, Word::Reason),
              static_cast<std::int64_t>(RejectReason::InLiquidation));
  on.wait(29);
  CHECK_EQUAL(on.venue.trace().size(), std::size_t{0});
  const auto restored = Venue::restore(on.venue.snapshot());
  on.wait(1);  // the rest, 80 lots; 30 are bid for: 2,760, fee 13.8; then 176 of 230
  CHECK_EQUAL(on.word(stepped_event, Word::QtyLots), -80);
  CHECK_EQUAL(on.word(stepped_event, Word::AmountAtoms), 2'760);
  CHECK_EQUAL(on.word(stepped_event, Word::OtherAmount), 14);
  CHECK_EQUAL(on.word(stepped_event, Word::PriceTicks), 90);  // 830 + 80 p = 8,000, rounded up
  Command again = command(CommandKind::AdvanceTime);
  again.time_ns = on.time_ns;
  restored->apply(again);
  CHECK_EQUAL(restored->digest(), on.venue.digest());
  on.mark(97);  // 576 - 50 x 3 = 426 of 242.5
  CHECK_EQUAL(on.count(EventKind::LiquidationStopped), std::size_t{1});
  on.order(1, 2, 1, 99);  // refused for its margin now
  CHECK_EQUAL(on.word(EventKind::CommandRejected, Word::Reason),
              static_cast<std::int64_t>(RejectReason::InsufficientMargin));
}

DELEVER_TEST(the_vault_takes_what_has_too_little_of_its_margin_left) {
  Stage on({.reduce = Reduce::Fraction,
            .close_price = ClosePrice::Market,
            .remainder = Remainder::Vault,
            .vault_ppm = 666'667,
            .fund_trigger = FundTrigger::Solvent});
  on.mark(93);  // nobody bids; 300 of 465 is less than two thirds, 310
  CHECK_EQUAL(on.count(EventKind::PositionTakenOver), std::size_t{1});
  CHECK_EQUAL(on.word(EventKind::PositionTakenOver, Word::AmountAtoms), 10'000 - 1'000);
  CHECK_EQUAL(on.venue.position(0, 0)->qty.value, 100);
  Stage other({.reduce = Reduce::Fraction,
               .close_price = ClosePrice::Market,
               .remainder = Remainder::Vault,
               .vault_ppm = 666'667});
  other.mark(94);  // 400 of 470 is more: it waits; its limit was 5 % below the mark, 89.3
  CHECK_EQUAL(other.count(EventKind::PositionTakenOver), std::size_t{0});
  CHECK_EQUAL(other.word(stepped_event, Word::PriceTicks), 90);
}

DELEVER_TEST(a_fill_or_kill_order_down_to_the_next_tier) {
  const LiquidationProcedure procedure{.reduce = Reduce::NextTier};
  Stage on(procedure, stepped());
  on.bid(15, 94);
  on.mark(94);
  // 9,400 lies above 8,000; 85 lots, 7,990, do not. Then 400 - 8 of 3 % = 240.
  CHECK_EQUAL(on.word(stepped_event, Word::QtyLots), -15);
  CHECK_EQUAL(on.word(finished, Word::QtyLots), -15);
  CHECK_EQUAL(on.position(1).qty.value, 85);
  Stage thin(procedure, stepped());
  thin.bid(14, 94);  // one short: the order is not sent, the whole follows, the fund takes the rest
  thin.mark(94);
  CHECK_EQUAL(thin.word(stepped_event, Word::AmountAtoms), 0);
  CHECK_EQUAL(thin.word(stepped_event, Word::QtyLots, 1), -100);
  CHECK_EQUAL(thin.word(EventKind::PositionTakenOver, Word::QtyLots), 86);
}

DELEVER_TEST(two_tiers_down_looks_again_and_low_tiers_close_whole) {
  const LiquidationProcedure procedure{.reduce = Reduce::TwoTiers, .step_tiers_from = 2};
  Stage on(procedure, stepped());
  on.mark(94);  // down to 5,000: 53 lots are 4,982; nobody bids, so it waits
  CHECK_EQUAL(on.word(stepped_event, Word::QtyLots), -47);
  CHECK_EQUAL(on.count(finished), std::size_t{0});
  LiquidationProcedure from_three = procedure;
  from_three.step_tiers_from = 3;
  Stage low(from_three, stepped());
  low.mark(94);
  CHECK_EQUAL(low.word(stepped_event, Word::QtyLots), -100);
  CHECK_EQUAL(low.count(EventKind::PositionTakenOver), std::size_t{1});
}

DELEVER_TEST(clips_and_what_is_needed) {
  Stage clips({.reduce = Reduce::Clip, .remainder = Remainder::Wait, .clip = Money{1'000}});
  clips.mark(94);
  CHECK_EQUAL(clips.word(stepped_event, Word::QtyLots), -10);
  Stage lots({.reduce = Reduce::Clip, .remainder = Remainder::Wait, .clip_lots = 7});
  lots.mark(94);
  CHECK_EQUAL(lots.word(stepped_event, Word::QtyLots), -7);
  // 17: 400 - 8 = 392 against 83 x 4.7 = 391; with 16 it would be 392 against 395.
  Stage needed({.reduce = Reduce::Needed, .remainder = Remainder::Wait});
  needed.bid(100, 94);
  needed.mark(94);
  CHECK_EQUAL(needed.word(stepped_event, Word::QtyLots), -17);
  CHECK_EQUAL(needed.word(finished, Word::QtyLots), -17);
}

DELEVER_TEST(what_is_left_may_go_to_the_fund) {
  Stage on({.fee_of = LiquidationFee::AllLeft});
  on.bid(100, 94);
  on.mark(94);
  CHECK_EQUAL(on.word(finished, Word::AmountAtoms), 400);
  CHECK_EQUAL(on.wallet(0), 400);
  CHECK_EQUAL(on.wallet(1), 0);
  Stage none({.fee_of = LiquidationFee::None});
  none.bid(100, 94);
  none.mark(94);
  CHECK_EQUAL(none.word(finished, Word::AmountAtoms), 0);
  CHECK_EQUAL(none.wallet(1), 400);
}

DELEVER_TEST(the_fillable_price_and_its_fee) {
  // 470 x 1.5 x (1 - 400 / 470) = 105 below 9,400: 92.95, on the solvent side 93.
  Stage on({.close_price = ClosePrice::Fillable, .spread_to_maintenance_ppm = 1'500'000});
  on.bid(100, 93);
  on.mark(94);
  CHECK_EQUAL(on.word(EventKind::OrderAccepted, Word::PriceTicks), 93);
  // Filled for 9,300, 300 better than bankruptcy; the fee of 0.5 % is 46.5.
  CHECK_EQUAL(on.word(finished, Word::AmountAtoms), 47);
  CHECK_EQUAL(on.wallet(1), 300 - 47);
}

DELEVER_TEST(deleveraging_at_the_mark_leaves_the_loss_with_the_fund) {
  Stage on({.last_resort = LastResort::Mark});
  on.mark(88);  // 200 under water, and no fund
  CHECK_EQUAL(on.word(EventKind::AccountDeleveraged, Word::PriceTicks), 88);
  CHECK_EQUAL(on.word(EventKind::AccountDeleveraged, Word::AmountAtoms), 8'800);
  CHECK_EQUAL(on.word(EventKind::LossCovered, Word::AmountAtoms), 200);
  CHECK_EQUAL(on.wallet(0), -200);
  CHECK_EQUAL(on.wallet(2), 1'000'000 + 1'200);
  Stage before({.last_resort = LastResort::PreviousMark});
  before.mark(95);
  before.mark(88);  // at 95: 9,000 - 9,500 is a gain of 500 for the fund
  CHECK_EQUAL(before.word(EventKind::AccountDeleveraged, Word::PriceTicks), 95);
  CHECK_EQUAL(before.word(finished, Word::AmountAtoms), 500);
  CHECK_EQUAL(before.wallet(0), 500);
}

DELEVER_TEST(a_loss_is_shared_by_the_winners_or_by_all) {
  Stage on({.last_resort = LastResort::Winners});
  on.fund(50);
  on.mark(88);  // the fund has 50 of the 200; the one winner, up by 1,200, pays the rest
  CHECK_EQUAL(on.word(EventKind::LossSocialised, Word::Account), 2);
  CHECK_EQUAL(on.word(EventKind::LossSocialised, Word::AmountAtoms), 150);
  CHECK_EQUAL(on.position(2).margin.value, 1'000 - 150);
  Stage all({.last_resort = LastResort::OpenInterest});
  all.seed(3, 4, 20, 88);
  all.mark(88);
  // By notional 100 : 20 : 20 of 200: 142.9, 28.6, 28.6, each rounded up.
  CHECK_EQUAL(all.count(EventKind::LossSocialised), std::size_t{3});
  CHECK_EQUAL(all.word(EventKind::LossSocialised, Word::AmountAtoms, 0), 143);
  CHECK_EQUAL(all.word(EventKind::LossSocialised, Word::AmountAtoms, 1), 29);
  CHECK_EQUAL(all.word(EventKind::LossSocialised, Word::AmountAtoms, 2), 29);
}

DELEVER_TEST(the_end_of_a_session_pays_profits) {
  Stage on({.last_resort = LastResort::Winners});
  on.mark(97);
  on.run(command(CommandKind::CloseSession));
  CHECK_EQUAL(on.word(EventKind::SessionClosed, Word::PriceTicks), 97);
  CHECK_EQUAL(on.position(1).cost.value, 9'700);
  CHECK_EQUAL(on.position(1).margin.value, 700);
  CHECK_EQUAL(on.position(2).margin.value, 1'300);
  on.mark(94);  // as it was: 700 - 300 = 400 of 470
  CHECK_EQUAL(on.word(EventKind::LiquidationStarted, Word::AmountAtoms), 400);
}

DELEVER_TEST(a_fall_of_the_fund_stops_its_takeovers) {
  Stage on({.fund_trigger = FundTrigger::Fall,
            .fund_fall_ppm = 300'000,
            .fund_window = TimeNs{10 * second}});
  on.fund(1'000);
  on.mark(100);  // the peak: 1,000
  on.seed(3, 4, 100, 100);
  on.mark(86);  // accounts 1 and 3 are 400 under water; having borne one the fund is below 700
  CHECK_EQUAL(on.count(EventKind::PositionTakenOver), std::size_t{1});
  CHECK_EQUAL(on.word(EventKind::PositionTakenOver, Word::Account), 1);
  CHECK_EQUAL(on.count(EventKind::AccountDeleveraged), std::size_t{1});
}

DELEVER_TEST(the_peak_slides_with_its_window) {
  FundPeak peak;
  const TimeNs window{10};
  peak.add(TimeNs{0}, 100, window);
  peak.add(TimeNs{5}, 60, window);
  peak.add(TimeNs{8}, 80, window);
  CHECK(peak.peak() == 100);
  peak.add(TimeNs{11}, 10, window);  // that of 0 is out, that of 5 was below that of 8
  CHECK(peak.peak() == 80);
  peak.add(TimeNs{19}, 20, window);
  CHECK(peak.peak() == 20);
}

Candidate short_of(std::int64_t cost, std::int64_t notional, std::int64_t equity) {
  Candidate one;
  one.cost = Money{-cost};
  one.notional = Money{notional};
  one.value = notional;
  one.profit = Money{cost - notional};
  one.equity = equity;
  return one;
}

DELEVER_TEST(scores_are_those_of_the_calculators_in_ppm) {
  const Candidate winner = short_of(10'000, 8'000, 4'000);  // up 20 %, leverage 2
  const Candidate loser = short_of(8'000, 10'000, 4'000);   // down 25 %, leverage 2.5
  CHECK(deleveraging_score(Ranking::EffectiveLeverage, winner) == Int128{200'000} * 2'000'000);
  CHECK(deleveraging_score(Ranking::EffectiveLeverage, loser) ==
        -(Int128{250'000} * 1'000'000'000'000 / 2'500'000));
  // Hyperliquid's documents: 0.8 x 2; its node: 2 x 0.2.
  CHECK(deleveraging_score(Ranking::PriceRatio, winner) == Int128{800'000} * 2'000'000);
  CHECK(deleveraging_score(Ranking::ProfitLeverage, winner) == Int128{200'000'000} * 20'000'000);
  CHECK(deleveraging_score(Ranking::ProfitLeverage, loser) == Int128{250'000'000} * 1);
  const Fixed exact = effective_leverage_score(Fixed(-8'000), Fixed(-10'000), Fixed(-12'000));
  CHECK(exact.steps == Int128{400'000'000'000'000'000});  // 0.2 x 2 in 18 decimals
  CHECK(deleveraging_score(Ranking::PriceRatio, short_of(10'000, 8'000, 0)) == 0);
}

DELEVER_TEST(lots_are_shared_like_water) {
  const std::vector<std::int64_t> sizes = {2, 10, 10};
  // By size 10 x 2/22, 10/22, 10/22: 0, 4, 4; the two that are over to the first two.
  CHECK(share_lots(10, sizes, {2, 10, 10}) == (std::vector<std::int64_t>{1, 5, 4}));
  // Equal weights would give 3.3 each: the first is full with 2, the others share 8.
  CHECK(share_lots(10, sizes, {5, 5, 5}) == (std::vector<std::int64_t>{2, 4, 4}));
  CHECK(share_lots(10, sizes, {0, 1, 3}) == (std::vector<std::int64_t>{0, 3, 7}));  // not the first
  CHECK(share_lots(30, sizes, {1, 1, 1}) == sizes);
  CHECK(share_lots(11, sizes, {0, 0, 0}) == (std::vector<std::int64_t>{1, 5, 5}));
}

/// Prefers the highest account; throws when told to.
class Chooser : public LiquidationAdvisor {
 public:
  std::vector<std::int64_t> scores(const AdvisedPositions& candidates) override {
    ++asked;
    if (fails) throw std::runtime_error("no");
    return candidates.account;
  }
  std::int64_t lots(const AdvisedPositions&) override { return 30; }

  int asked = 0;
  bool fails = false;
};

DELEVER_TEST(a_users_ranking_decides_and_its_failure_stops_before_the_command) {
  Stage on({.ranking = Ranking::User});
  const auto chooser = std::make_shared<Chooser>();
  on.venue.set_advisor(chooser);
  on.seed(3, 4, 100, 100);
  Command deposit = command(CommandKind::Deposit, 3);
  deposit.amount_atoms = 5;
  const auto twin = on.venue.branch();
  twin->set_advisor(nullptr);
  const std::vector<Command> batch = {deposit, Stage::mark_command(88), deposit};
  chooser->fails = true;
  on.venue.clear_trace();
  CHECK_THROWS(on.venue.apply(batch), std::runtime_error);
  twin->apply(deposit);
  CHECK_EQUAL(on.venue.digest(), twin->digest());
  CHECK_EQUAL(on.venue.trace().size(), std::size_t{1});
  CHECK(on.venue.snapshot() == twin->snapshot());
  chooser->fails = false;
  on.venue.clear_trace();
  on.venue.apply(batch);
  CHECK_EQUAL(on.word(EventKind::AccountDeleveraged, Word::Account), 4);
  CHECK_EQUAL(chooser->asked, 2);
  CHECK(on.venue.audit().empty());
}

DELEVER_TEST(a_users_procedure_says_how_much) {
  Stage on({.reduce = Reduce::Asked, .remainder = Remainder::Wait});
  on.venue.set_advisor(std::make_shared<Chooser>());
  on.mark(94);
  CHECK_EQUAL(on.word(stepped_event, Word::QtyLots), -30);
}

DELEVER_TEST(numbers_that_make_no_procedure_are_refused) {
  LiquidationProcedure procedure;
  CHECK(procedure.validate().empty());
  procedure.step_interval = TimeNs{0};
  CHECK(procedure.validate().find("step_interval_ns is 0") != std::string::npos);
}

}  // namespace
}  // namespace delever
