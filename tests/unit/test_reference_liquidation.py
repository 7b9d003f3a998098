"""The waterfall, worked by hand.

In every case account `a` is long 100 lots at 100 with ten times leverage: cost 10,000, margin
1,000, nothing else. Its bankruptcy price is 90. At a mark of p its equity is 100 p - 9,000 and it
needs 5 p, so it is liquidated at 94 and below.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from reference_desk import Desk, cancels, fills, kinds, of_kind, words

from delever.reference import CancelReason, CommandKind, EventKind, Rulebook, Side, Word

BUY, SELL = Side.BUY, Side.SELL
SECOND = 1_000_000_000


@dataclass
class Stage:
    desk: Desk
    a: int
    seller: int
    bidder: int


def stage(rulebook: Rulebook | None = None) -> Stage:
    desk = Desk(rulebook=rulebook)
    a, seller, bidder = desk.open(1_000), desk.open(), desk.open()
    desk.trade(a, seller, 100, 100)
    return Stage(desk, a, seller, bidder)


@pytest.mark.parametrize(
    ("mark", "at_equality", "liquidated"),
    [(95, True, False), (94, True, True), (94, False, True)],
)
def test_when(mark: int, at_equality: bool, liquidated: bool) -> None:
    on = stage(Rulebook(breach_at_equality=at_equality))
    events = on.desk.set_mark(mark)
    assert (EventKind.LIQUIDATION_STARTED in kinds(events)) is liquidated


def test_closed_in_the_book() -> None:
    on = stage()
    on.desk.place(on.bidder, BUY, 60, 93)
    on.desk.place(on.bidder, BUY, 40, 92)
    events = on.desk.set_mark(94)
    mark, started, accepted, _, _, finished = events
    # Equity 400 of 470: 70 of 9,400 are missing, 7,446 ppm.
    assert words(started, Word.QTY_LOTS, Word.PRICE_TICKS) == (100, 94)
    assert words(started, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (400, 7_446)
    assert started[Word.CAUSE] == mark[Word.SEQUENCE]
    assert words(accepted, Word.SIDE, Word.PRICE_TICKS, Word.QTY_LOTS) == (SELL, 90, 100)
    assert fills(events) == [(on.bidder, 93, 60), (on.bidder, 92, 40)]
    # It brings 5,580 + 3,680 = 9,260, so 260 of the margin are left. The fee is 0.5 % of that:
    # 46.3, taken as 47; the other 213 are returned.
    assert words(finished, Word.QTY_LOTS, Word.PRICE_TICKS) == (-100, 90)
    assert words(finished, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (47, 213)
    assert on.desk.venue.wallet(on.a) == 213
    assert on.desk.venue.wallet(0) == 47
    assert {event[Word.CAUSE] for event in events[2:]} == {started[Word.SEQUENCE]}


def test_the_fee_is_no_more_than_what_is_left() -> None:
    # Sold at 90 there is nothing left, so nothing is charged and nothing is owed.
    on = stage()
    on.desk.place(on.bidder, BUY, 100, 90)
    finished = on.desk.set_mark(94)[-1]
    assert words(finished, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (0, 0)
    assert on.desk.position(on.a).qty_lots == 0


def test_orders_go_first() -> None:
    on = stage()
    on.desk.do(CommandKind.DEPOSIT, account=on.a, amount_atoms=100)
    on.desk.place(on.a, BUY, 10, 50)
    events = on.desk.set_mark(94)
    assert cancels(events)[0] == (on.a, 10, CancelReason.LIQUIDATION)
    # The liquidation order takes the bids that are left; its own is no longer among them.
    assert fills(events) == []


def test_takeover_and_unwinding() -> None:
    # One bid at 91 for 30: sold at a loss of 270. Left: 70 lots, cost 7,000, margin 730, so the
    # fund takes them over at 6,270, a bankruptcy price of 89.6. At 94 they are worth 6,580: it
    # may.
    on = stage()
    on.desk.place(on.bidder, BUY, 30, 91)
    events = on.desk.set_mark(94)
    (taken,) = of_kind(events, EventKind.POSITION_TAKEN_OVER)
    assert words(taken, Word.QTY_LOTS, Word.PRICE_TICKS, Word.AMOUNT_ATOMS) == (70, 90, 6_270)
    assert words(events[-1], Word.KIND, Word.QTY_LOTS) == (EventKind.LIQUIDATION_FINISHED, -30)
    assert on.desk.venue.wallet(on.a) == 0
    assert on.desk.position(0).cost_atoms == 6_270
    # It sells within 0.5 % of the mark, 93.53 up to 94; a bid at 93 is not enough.
    on.desk.place(on.bidder, BUY, 50, 93)
    on.desk.time_ns += SECOND
    assert fills(on.desk.set_mark(94)) == []
    # Fifty at 94 bring 4,700 for a cost of 4,478: a gain of 222.
    on.desk.place(on.bidder, BUY, 50, 94)
    assert fills(on.desk.set_mark(94)) == []  # not twice in a second
    on.desk.time_ns += SECOND
    events = on.desk.set_mark(94)
    assert fills(events) == [(on.bidder, 94, 50)]
    assert events[1][Word.CAUSE] == taken[Word.SEQUENCE]
    assert on.desk.venue.wallet(0) == 222
    assert on.desk.position(0).qty_lots == 20


def test_unwinding_sells_clip_by_clip() -> None:
    # A clip of 1,000 atoms is ten lots at a mark of 94.
    on = stage(Rulebook(unwind_clip_atoms=1_000))
    on.desk.place(on.bidder, BUY, 30, 94)
    assert fills(on.desk.set_mark(94)) == [(on.bidder, 94, 30)]  # the liquidation itself
    on.desk.place(on.bidder, BUY, 30, 94)
    on.desk.time_ns += SECOND
    assert fills(on.desk.set_mark(94)) == [(on.bidder, 94, 10)]


def test_deleveraging() -> None:
    # Two shorts hold the other side: `first` 60 at ten times leverage, `second` 40 at five. The
    # mark gaps to 80: bankrupt by 1,000, and the fund has 300.
    desk = Desk()
    a, first, second = desk.open(1_000), desk.open(600), desk.open(800)
    desk.do(CommandKind.FUND_INSURANCE, amount_atoms=300)
    desk.do(CommandKind.SET_LEVERAGE, account=second, qty_lots=5)
    desk.trade(a, second, 40, 100)
    desk.trade(a, first, 60, 100)
    events = desk.set_mark(80)
    deleveraged = of_kind(events, EventKind.ACCOUNT_DELEVERAGED)
    # `first` ranks higher: 200 % profit at 13.3 % of its margin needed, against 100 % at 10 %.
    # Both buy back at 90, at a's cost: 60 for 5,400, then 40 for 3,600.
    names = (Word.ACCOUNT, Word.OTHER_ACCOUNT, Word.QTY_LOTS, Word.PRICE_TICKS, Word.AMOUNT_ATOMS)
    assert [words(event, *names) for event in deleveraged] == [
        (first, a, 60, 90, 5_400),
        (second, a, 40, 90, 3_600),
    ]
    # They keep what they won down to 90: 10 a lot. The fund pays nothing; `a` ends with nothing.
    assert [desk.venue.wallet(one) for one in (a, first, second, 0)] == [0, 1_200, 1_200, 300]
    assert desk.venue.instrument(0).book.orders(BUY) == []


def test_deleveraging_cancels_the_orders_of_those_it_takes_from() -> None:
    # The short has one order far away, which would have made its position anew.
    on = stage()
    on.desk.place(on.seller, SELL, 5, 150)
    events = on.desk.set_mark(80)
    assert cancels(events)[-1] == (on.seller, 5, CancelReason.DELEVERAGING)
    assert EventKind.ACCOUNT_DELEVERAGED in kinds(events)


def test_without_deleveraging_the_fund_goes_below_zero() -> None:
    on = stage(Rulebook(deleveraging=False))
    events = on.desk.set_mark(80)
    assert EventKind.ACCOUNT_DELEVERAGED not in kinds(events)
    # It holds 100 lots worth 8,000 for 9,000, and loses the difference when it sells.
    assert on.desk.position(0).cost_atoms == 9_000
    on.desk.place(on.bidder, BUY, 100, 80)
    on.desk.time_ns += SECOND
    on.desk.set_mark(80)
    assert on.desk.venue.wallet(0) == -1_000


def test_the_largest_deficit_first() -> None:
    # `risky` has twenty times leverage, so it misses more of its notional at every mark.
    desk = Desk()
    calm, risky, seller = desk.open(1_000), desk.open(500), desk.open()
    desk.do(CommandKind.SET_LEVERAGE, account=risky, qty_lots=20)
    desk.trade(calm, seller, 100, 100)
    desk.trade(risky, seller, 100, 100)
    started = of_kind(desk.set_mark(90), EventKind.LIQUIDATION_STARTED)
    assert [event[Word.ACCOUNT] for event in started] == [risky, calm]


def test_a_liquidation_may_lead_to_the_next_round() -> None:
    # `deep` quotes 120 lots at 93 and is filled by the liquidation of `a`. With twenty times
    # leverage it posts 4.65 a lot, and at the mark of 92 it is breached itself, at once.
    on = stage()
    deep = on.desk.open(700)
    on.desk.do(CommandKind.SET_LEVERAGE, account=deep, qty_lots=20)
    on.desk.place(deep, BUY, 120, 93)
    started = of_kind(on.desk.set_mark(92), EventKind.LIQUIDATION_STARTED)
    assert [event[Word.ACCOUNT] for event in started] == [on.a, deep]
    assert words(started[1], Word.QTY_LOTS, Word.AMOUNT_ATOMS) == (100, 365)


def test_marks_of_one_point_are_applied_together() -> None:
    on = stage()
    held = on.desk.do(CommandKind.SET_MARK, price_ticks=80, flags=4)
    assert held == []
    # Replaced within the point, so 80 was never the mark.
    events = on.desk.do(CommandKind.SET_MARK, price_ticks=99)
    assert kinds(events) == [EventKind.MARK_UPDATED]


def test_a_held_point_closes_before_the_next_command_of_another_kind() -> None:
    on = stage()
    on.desk.do(CommandKind.SET_MARK, price_ticks=94, flags=4)
    on.desk.time_ns += SECOND
    events = on.desk.do(CommandKind.DEPOSIT, account=on.bidder, amount_atoms=1)
    assert kinds(events)[:2] == [EventKind.MARK_UPDATED, EventKind.LIQUIDATION_STARTED]
    assert events[0][Word.TIME_NS] == 0
    assert words(events[-1], Word.KIND, Word.TIME_NS) == (EventKind.DEPOSITED, SECOND)
