"""Funding, worked by hand."""

from __future__ import annotations

import pytest
from reference_desk import Desk, kinds, of_kind, rejection, words

from delever.reference import CommandKind, Event, EventKind, RejectReason, Word
from delever.reference.funding import funding_credit


@pytest.mark.parametrize(
    ("signed_notional", "rate_e8", "credit"),
    [
        (10_000, 1_000_000, -100),  # longs pay 1 %
        (-10_000, 1_000_000, 100),
        (10_000, -1_000_000, 100),  # shorts pay
        (10_001, 1_000_000, -101),  # 100.01: the payer rounds up
        (-10_001, 1_000_000, 100),  # and the receiver down
        (10_000, 0, 0),
    ],
)
def test_who_pays_what(signed_notional: int, rate_e8: int, credit: int) -> None:
    assert funding_credit(signed_notional, rate_e8) == credit


def settle(desk: Desk, rate_e8: int) -> list[Event]:
    return desk.do(CommandKind.SETTLE_FUNDING, amount_atoms=rate_e8)


def test_what_rounding_leaves_is_dust() -> None:
    # 7 lots at a mark of 33 are 231 atoms; 1 % is 2.31: 3 paid, 2 received, 1 left.
    desk = Desk()
    long, short = desk.open(), desk.open()
    desk.trade(long, short, 7, 33)
    desk.set_mark(33)
    events = settle(desk, 1_000_000)
    paid = [words(one, Word.ACCOUNT, Word.AMOUNT_ATOMS) for one in events[:-1]]
    assert paid == [(long, -3), (short, 2)]
    assert words(events[-1], Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (1_000_000, 1)
    assert desk.venue.state.dust_atoms == [1]


def test_the_margin_pays_what_the_wallet_cannot_and_that_may_liquidate() -> None:
    # Long 100 at 100 on a margin of 1,000, with 40 in the wallet, of which an order reserves 30:
    # of a funding of 6 %, 600, the wallet pays 10 and the margin 590. Equity 410 is below 500.
    desk = Desk()
    long, short = desk.open(1_040), desk.open()
    desk.trade(long, short, 100, 100)
    desk.set_mark(100)
    desk.do(
        CommandKind.PLACE_ORDER,
        account=long,
        side=1,
        order_type=2,
        time_in_force=1,
        qty_lots=3,
        price_ticks=100,
    )
    events = settle(desk, 6_000_000)
    expected = [
        EventKind.FUNDING_PAID,
        EventKind.FUNDING_PAID,
        EventKind.FUNDING_SETTLED,
        EventKind.LIQUIDATION_STARTED,
    ]
    assert kinds(events)[:4] == expected
    (started,) = of_kind(events, EventKind.LIQUIDATION_STARTED)
    assert words(started, Word.ACCOUNT, Word.AMOUNT_ATOMS) == (long, 410)


@pytest.mark.parametrize(
    ("rate_e8", "marked", "reason"),
    [
        (100_000_001, True, RejectReason.INVALID_AMOUNT),
        (-100_000_001, True, RejectReason.INVALID_AMOUNT),
        (1, False, RejectReason.NO_MARK),
        (100_000_000, True, RejectReason.NONE),
    ],
)
def test_refusals(rate_e8: int, marked: bool, reason: RejectReason) -> None:
    desk = Desk()
    if marked:
        desk.set_mark(100)
    assert rejection(settle(desk, rate_e8)) is reason
