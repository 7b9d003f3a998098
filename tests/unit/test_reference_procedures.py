"""Liquidations in steps, worked by hand.

As in test_reference_liquidation: `a` is long 100 lots at 100 with a margin of 1,000 and nothing
else. At a mark of p its equity is 100 p - 9,000, it needs 5 p, and it is liquidated at 94 and
below; at 94 it has 400 of 470. The liquidation fee is 0.5 %.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from reference_desk import PLAIN, Desk, fills, kinds, of_kind, rejection, words

from delever.reference import (
    ClosePrice,
    CloseTimeInForce,
    CommandKind,
    EventKind,
    FundTrigger,
    InstrumentSpec,
    LastResort,
    LiquidationFee,
    MarginTier,
    Ranking,
    Reduce,
    RejectReason,
    Remainder,
    Rulebook,
    Side,
    TierRule,
    Word,
)
from delever.reference.ranking import divide
from delever.reference.state import Advisor
from delever.reference.venue import ReferenceVenue

BUY, SELL = Side.BUY, Side.SELL
SECOND = 1_000_000_000
STARTED, STEPPED = EventKind.LIQUIDATION_STARTED, EventKind.LIQUIDATION_STEPPED
STOPPED, FINISHED = EventKind.LIQUIDATION_STOPPED, EventKind.LIQUIDATION_FINISHED
# 1 % of the whole up to 5,000, then 3 %, from 8,000 on 5 %.
BRACKETS = [(0, 10_000), (5_000, 30_000), (8_000, 50_000)]
STEPS = replace(
    PLAIN,
    tier_rule=TierRule.STEP,
    tiers=tuple(MarginTier(floor, ppm, 0, 20) for floor, ppm in BRACKETS),
)


@dataclass
class Stage:
    desk: Desk
    a: int
    seller: int
    bidder: int

    def wait(self, seconds: int) -> list[tuple[int, ...]]:
        self.desk.time_ns += seconds * SECOND
        return self.desk.do(CommandKind.ADVANCE_TIME)


def stage(rulebook: Rulebook, spec: InstrumentSpec = PLAIN) -> Stage:
    desk = Desk(spec, rulebook=rulebook)
    a, seller, bidder = desk.open(1_000), desk.open(), desk.open()
    desk.trade(a, seller, 100, 100)
    return Stage(desk, a, seller, bidder)


def test_a_fraction_then_a_pause_then_the_rest() -> None:
    rules = Rulebook(reduce=Reduce.FRACTION, remainder=Remainder.WAIT, step_interval_ns=30 * SECOND)
    on = stage(rules)
    on.desk.place(on.bidder, BUY, 100, 94)
    events = on.desk.set_mark(94)
    # A fifth: 20 lots at the mark for 1,880; the fee is 9.4. Equity 390 of 376: healthy at once.
    stepped, finished = of_kind(events, STEPPED)[0], of_kind(events, FINISHED)[0]
    assert words(stepped, Word.QTY_LOTS, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (-20, 1_880, 10)
    assert words(finished, Word.QTY_LOTS, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (-20, 10, 0)
    assert on.desk.position(on.a).qty_lots == 80
    assert on.desk.position(on.a).margin_atoms == 1_000 - 20 * 6 - 10


def test_who_waits_for_the_next_step_may_not_order_and_is_taken_in_time() -> None:
    rules = Rulebook(reduce=Reduce.FRACTION, remainder=Remainder.WAIT, step_interval_ns=30 * SECOND)
    on = stage(rules)
    on.desk.place(on.bidder, BUY, 50, 92)
    events = on.desk.set_mark(92)  # equity 200 of 460; 20 lots do not help
    assert kinds(events)[-1] is STEPPED
    assert rejection(on.desk.place(on.a, SELL, 1, 99)) is RejectReason.IN_LIQUIDATION
    assert kinds(on.wait(29)) == []
    later = on.wait(1)
    assert fills(later) == [(on.bidder, 92, 30)]
    step = of_kind(later, STEPPED)[0]
    # 80 lots cost 8,000, and 1,000 - 160 - 10 are left: nothing is left at 89.6.
    assert words(step, Word.QTY_LOTS, Word.PRICE_TICKS) == (-80, 90)
    assert step[Word.CAUSE] == of_kind(events, STARTED)[0][Word.SEQUENCE]


def test_who_recovers_is_let_go() -> None:
    on = stage(Rulebook(reduce=Reduce.CLIP, clip_atoms=500, remainder=Remainder.WAIT))
    on.desk.place(on.bidder, BUY, 50, 92)
    events = on.desk.set_mark(92)
    assert of_kind(events, STEPPED)[0][Word.QTY_LOTS] == -5  # 500 // 92 lots
    stopped = on.desk.set_mark(98)[-1]
    assert stopped[Word.KIND] == STOPPED
    assert stopped[Word.CAUSE] == of_kind(events, STARTED)[0][Word.SEQUENCE]
    on.desk.do(CommandKind.DEPOSIT, account=on.a, amount_atoms=1_000)
    assert rejection(on.desk.place(on.a, SELL, 1, 99)) is RejectReason.NONE


@pytest.mark.parametrize(("mark", "vault"), [(93, False), (92, True), (91, True)])
def test_the_vault_takes_what_is_below_two_thirds(mark: int, vault: bool) -> None:
    # At 93 there are 300 of 465, at 92 only 200 of 460.
    rules = Rulebook(remainder=Remainder.VAULT, vault_ppm=600_000, fund_trigger=FundTrigger.SOLVENT)
    on = stage(rules)
    events = on.desk.set_mark(mark)
    assert (EventKind.POSITION_TAKEN_OVER in kinds(events)) is vault
    assert on.desk.position(on.a).qty_lots == (0 if vault else 100)
    assert on.desk.venue.wallet(on.a) == 0


def test_fill_or_kill_to_the_next_tier() -> None:
    # 100 lots at 94 are 9,400, in the third tier; 85 are 7,990, in the second: 15 lots go.
    on = stage(Rulebook(reduce=Reduce.NEXT_TIER), STEPS)
    on.desk.place(on.bidder, BUY, 15, 94)
    events = on.desk.set_mark(94)
    assert fills(events) == [(on.bidder, 94, 15)]
    # What is left, 391 less the fee of 8, is more than 3 % of 7,990.
    assert kinds(events)[-2:] == [STEPPED, FINISHED]
    assert on.desk.position(on.a).qty_lots == 85


def test_what_cannot_fill_to_the_next_tier_goes_whole() -> None:
    on = stage(Rulebook(reduce=Reduce.NEXT_TIER), STEPS)
    on.desk.place(on.bidder, BUY, 14, 94)
    events = on.desk.set_mark(94)
    assert [one[Word.QTY_LOTS] for one in of_kind(events, STEPPED)] == [-15, -100]
    assert [one[Word.AMOUNT_ATOMS] for one in of_kind(events, STEPPED)] == [0, 14 * 94]
    assert of_kind(events, EventKind.POSITION_TAKEN_OVER)[0][Word.QTY_LOTS] == 86


def test_two_tiers_down_and_looked_at_again() -> None:
    # At 92 to the first tier: 5,000 // 92 = 54 lots may stay, 46 go. Equity 200 suffices then.
    on = stage(Rulebook(reduce=Reduce.TWO_TIERS, step_interval_ns=60 * SECOND), STEPS)
    on.desk.place(on.bidder, BUY, 20, 92)
    events = on.desk.set_mark(92)
    assert of_kind(events, STEPPED)[0][Word.QTY_LOTS] == -46
    assert on.desk.position(on.a).qty_lots == 80  # 190 of 3 % of 7,360 = 221: waits
    on.desk.place(on.bidder, BUY, 40, 92)
    later = on.wait(60)
    # Now in the second tier, 26 more reach the first.
    assert of_kind(later, STEPPED)[0][Word.QTY_LOTS] == -26
    assert on.desk.position(on.a).qty_lots == 54


def test_no_more_than_is_needed() -> None:
    # x lots at 94 leave 400 less 0.47 x a lot in fees, and need 4.7 (100 - x): 17 suffice.
    on = stage(Rulebook(reduce=Reduce.NEEDED, breach_at_equality=False))
    on.desk.place(on.bidder, BUY, 100, 94)
    events = on.desk.set_mark(94)
    assert fills(events) == [(on.bidder, 94, 17)]
    assert kinds(events)[-1] is FINISHED


def test_whole_or_not_at_all() -> None:
    on = stage(Rulebook(close_tif=CloseTimeInForce.FILL_OR_KILL))
    on.desk.place(on.bidder, BUY, 99, 94)
    events = on.desk.set_mark(94)
    assert of_kind(events, EventKind.POSITION_TAKEN_OVER)[0][Word.QTY_LOTS] == 100
    assert {one[Word.ACCOUNT] for one in of_kind(events, EventKind.ORDER_FILLED)} == {0}


def test_what_is_left_goes_to_the_fund() -> None:
    on = stage(Rulebook(liquidation_fee_of=LiquidationFee.ALL_LEFT))
    on.desk.place(on.bidder, BUY, 100, 93)
    finished = on.desk.set_mark(94)[-1]
    assert words(finished, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (300, 0)
    assert on.desk.venue.wallet(0) == 300


def test_a_loss_beyond_the_margin_is_not_the_users() -> None:
    on = stage(Rulebook(close_price=ClosePrice.MARKET, remainder=Remainder.WAIT))
    on.desk.do(CommandKind.DEPOSIT, account=on.a, amount_atoms=5_000)
    on.desk.place(on.bidder, BUY, 100, 88)
    events = on.desk.set_mark(92)  # the bound of 5 % is 87.4
    assert of_kind(events, STEPPED)[0][Word.PRICE_TICKS] == 88
    covered = of_kind(events, EventKind.LOSS_COVERED)[0]
    assert covered[Word.AMOUNT_ATOMS] == 200
    assert on.desk.venue.wallet(on.a) == 5_000


def test_the_fillable_price() -> None:
    # (9,400 - ABR x 1.5 x 470) / 100 with ABR = 1 - 400 / 470: 94 - 1.05, rounded up to 93.
    rules = Rulebook(close_price=ClosePrice.FILLABLE, spread_to_maintenance_ppm=1_500_000)
    on = stage(rules)
    on.desk.place(on.bidder, BUY, 100, 93)
    finished = on.desk.set_mark(94)[-1]
    assert finished[Word.PRICE_TICKS] == 93
    assert finished[Word.AMOUNT_ATOMS] == 47  # 0.5 % of 9,300, less than the 300 left


def sold_out(rulebook: Rulebook, mark: int = 88) -> tuple[Stage, list[tuple[int, ...]]]:
    on = stage(rulebook)
    return on, on.desk.set_mark(mark)


@pytest.mark.parametrize(
    ("resort", "price", "wallet", "covered"),
    [
        (LastResort.BANKRUPTCY, 90, 0, 0),
        (LastResort.MARK, 88, -200, 200),
        (LastResort.PREVIOUS_MARK, 97, 700, 0),
    ],
)
def test_the_price_of_deleveraging(
    resort: LastResort, price: int, wallet: int, covered: int
) -> None:
    # The mark was 97; at 88 `a` lacks 200. At 97 the fund gains what the seller loses.
    on = stage(Rulebook(last_resort=resort))
    on.desk.set_mark(97)
    events = on.desk.set_mark(88)
    given = of_kind(events, EventKind.ACCOUNT_DELEVERAGED)[0]
    assert words(given, Word.ACCOUNT, Word.PRICE_TICKS) == (on.seller, price)
    assert on.desk.venue.wallet(0) == wallet
    paid = [one[Word.AMOUNT_ATOMS] for one in of_kind(events, EventKind.LOSS_COVERED)]
    assert sum(paid) == covered
    assert of_kind(events, FINISHED)[0][Word.AMOUNT_ATOMS] == max(0, wallet)


@pytest.mark.parametrize(("beyond_ppm", "price"), [(0, 90), (22_727, 88), (22_728, 90)])
def test_a_bankruptcy_price_far_from_the_mark_is_not_used(beyond_ppm: int, price: int) -> None:
    on = stage(Rulebook(mark_beyond_ppm=beyond_ppm))
    events = on.desk.set_mark(88)  # the bankruptcy price 90 is 2.2727... % away
    taken = of_kind(events, EventKind.ACCOUNT_DELEVERAGED)
    assert {one[Word.PRICE_TICKS] for one in taken} == {price}
    paid = [one[Word.AMOUNT_ATOMS] for one in of_kind(events, EventKind.LOSS_COVERED)]
    assert sum(paid) == (200 if price == 88 else 0)


@pytest.mark.parametrize("resort", [LastResort.WINNERS, LastResort.OPEN_INTEREST])
def test_winners_or_everybody_pay_what_the_fund_cannot(resort: LastResort) -> None:
    on = stage(Rulebook(last_resort=resort))
    long, short = on.desk.open(), on.desk.open()
    on.desk.trade(long, short, 50, 86)
    events = on.desk.set_mark(88)
    # 200 are missing. The seller has won 1,200, the late long 100; the late short has lost.
    paid = {
        one[Word.ACCOUNT]: one[Word.AMOUNT_ATOMS]
        for one in of_kind(events, EventKind.LOSS_SOCIALISED)
    }
    if resort is LastResort.WINNERS:
        assert paid == {on.seller: 184, long: 16}
    else:
        assert paid == {on.seller: 100, long: 50, short: 50}
    assert on.desk.venue.wallet(0) == 200
    assert on.desk.position(0).cost_atoms == 9_000


def test_a_session_ends() -> None:
    on = stage(Rulebook(last_resort=LastResort.WINNERS))
    no_mark = on.desk.do(CommandKind.CLOSE_SESSION)
    assert rejection(no_mark) is RejectReason.NO_MARK
    on.desk.set_mark(96)
    (closed,) = on.desk.do(CommandKind.CLOSE_SESSION)
    assert words(closed, Word.KIND, Word.PRICE_TICKS) == (EventKind.SESSION_CLOSED, 96)
    # What `a` has lost is out of its margin; what is left of it and the threshold are as before.
    assert words_of(on.desk, on.a) == (9_600, 600)
    assert words_of(on.desk, on.seller) == (-9_600, 1_400)
    assert STARTED not in kinds(on.desk.set_mark(95))
    assert STARTED in kinds(on.desk.set_mark(94))


def words_of(desk: Desk, account: int) -> tuple[int, int]:
    position = desk.position(account)
    return position.cost_atoms, position.margin_atoms


@pytest.mark.parametrize(
    ("trigger", "fund", "after_seconds", "taken"),
    [
        (FundTrigger.DEPLETED, 700, 10, True),
        (FundTrigger.FALL, 700, 10, True),  # not more than 30 % below 1,000
        (FundTrigger.FALL, 699, 10, False),
        (FundTrigger.FALL, 699, 21, True),  # the peak is out of the window
        (FundTrigger.DRAWDOWN, 1, 10, True),
        (FundTrigger.DRAWDOWN, 0, 10, False),
    ],
)
def test_a_fund_that_has_fallen_takes_nothing_over(
    trigger: FundTrigger, fund: int, after_seconds: int, taken: bool
) -> None:
    on = stage(Rulebook(fund_trigger=trigger, fund_window_ns=20 * SECOND))
    on.desk.do(CommandKind.FUND_INSURANCE, amount_atoms=1_000)
    on.desk.set_mark(99)
    on.desk.venue.state.fund.wallets[0] -= 1_000 - fund
    on.desk.venue.state.net_deposits_atoms[0] -= 1_000 - fund
    on.desk.time_ns += after_seconds * SECOND
    events = kinds(on.desk.set_mark(92))
    assert (EventKind.POSITION_TAKEN_OVER in events) is taken
    assert (EventKind.ACCOUNT_DELEVERAGED in events) is not taken


def test_bitmex_ranks_the_six_longs_of_its_example() -> None:
    """Six longs, a short of 20 liquidated: the first by rank gives all, the second half."""
    spec = replace(PLAIN, tiers=(MarginTier(0, 5_000, 0, 100),))
    desk = Desk(spec, rulebook=Rulebook(ranking=Ranking.EFFECTIVE_LEVERAGE))
    sizes, places = (10, 10, 20, 30, 20, 10), (3, 6, 1, 4, 5, 2)
    rest, short = desk.open(), desk.open(100)
    desk.do(CommandKind.SET_LEVERAGE, account=rest, instrument=0, qty_lots=1)
    longs = []
    for size, place in zip(sizes, places, strict=True):
        long = desk.open()
        desk.do(CommandKind.SET_LEVERAGE, account=long, instrument=0, qty_lots=10 * place)
        desk.trade(long, rest, size, 500)
        longs.append(long)
    desk.do(CommandKind.SET_LEVERAGE, account=short, instrument=0, qty_lots=100)
    desk.trade(rest, short, 20, 500)
    events = desk.set_mark(650)
    given = of_kind(events, EventKind.ACCOUNT_DELEVERAGED)
    assert [words(one, Word.ACCOUNT, Word.QTY_LOTS) for one in given] == [
        (longs[1], -10),
        (longs[4], -10),
    ]


def test_water_is_filled_up_to_what_there_is() -> None:
    assert divide(10, [4, 4, 4], [4, 4, 4]) == [4, 3, 3]
    assert divide(12, [4, 4, 4], [1, 0, 0]) == [4, 4, 4]
    # Weights 8:1:1: the first is full with 4, the others share 3 evenly, the odd one to the first.
    assert divide(7, [4, 4, 4], [8, 1, 1]) == [4, 2, 1]
    assert divide(5, [9, 9, 9], [0, 1, 1]) == [0, 3, 2]  # what is over is not for the first
    assert divide(3, [4, 4], [0, 0]) == [2, 1]


def advised(advisor: Advisor, rulebook: Rulebook) -> Stage:
    on = stage(rulebook)
    commands_of = on.desk.venue
    assert isinstance(commands_of, ReferenceVenue)
    on.desk.venue.state.advisor = advisor
    return on


def test_the_user_says_how_much_and_who() -> None:
    asked: list[dict[str, int]] = []

    def procedure(position: dict[str, int]) -> int:
        asked.append(position)
        return 7

    on = advised(
        Advisor(procedure=procedure), Rulebook(reduce=Reduce.ASKED, remainder=Remainder.WAIT)
    )
    on.desk.place(on.bidder, BUY, 100, 94)
    assert fills(on.desk.set_mark(94)) == [(on.bidder, 94, 7)]
    assert asked[0]["qty_lots"] == 100
    assert (asked[0]["equity_atoms"], asked[0]["maintenance_atoms"]) == (400, 470)


def test_where_the_user_raises_nothing_has_happened() -> None:
    def ranking(candidates: list[dict[str, int]]) -> list[int]:
        raise LookupError(f"{len(candidates)} candidates")

    on = advised(Advisor(ranking=ranking), Rulebook(ranking=Ranking.USER))
    digest, time_ns = on.desk.venue.digest, on.desk.venue.state.time_ns
    with pytest.raises(LookupError, match="1 candidates"):
        on.desk.set_mark(88)
    assert (on.desk.venue.digest, on.desk.venue.state.time_ns) == (digest, time_ns)
    assert on.desk.venue.instrument(0).mark_ticks == 0
    assert on.desk.position(on.a).qty_lots == 100
