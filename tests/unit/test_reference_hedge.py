"""Hedge mode and margin modes, worked by hand."""

from __future__ import annotations

import pytest
from reference_desk import PLAIN, Desk, cancels, kinds, of_kind, rejection, words

from delever.reference import (
    CancelReason,
    CommandKind,
    EventKind,
    MarginMode,
    OrderFlag,
    OrderType,
    PositionMode,
    PositionSide,
    RejectReason,
    Rulebook,
    Side,
    TimeInForce,
    Word,
)
from delever.reference.events import Event

BUY, SELL = Side.BUY, Side.SELL
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
CROSS = Rulebook(margin_mode_default=MarginMode.CROSS)


def hedger(desk: Desk, amount_atoms: int) -> int:
    account = desk.open(amount_atoms)
    desk.do(CommandKind.SET_POSITION_MODE, account=account, order_type=PositionMode.HEDGE)
    return account


def order(
    desk: Desk, account: int, leg: int, side: Side, lots: int, price: int, flags: int = 0
) -> list[Event]:
    return desk.do(
        CommandKind.PLACE_ORDER,
        account=account,
        other_account=leg,
        side=side,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        qty_lots=lots,
        price_ticks=price,
        flags=flags,
    )


def seed(desk: Desk, buyer: int, seller: int, lots: int, price: int) -> list[Event]:
    return desk.do(
        CommandKind.SEED_POSITION,
        account=buyer,
        other_account=seller,
        side=BUY,
        qty_lots=lots,
        price_ticks=price,
    )


def test_legs_are_two_positions() -> None:
    desk = Desk()
    a, other = hedger(desk, 10_000), desk.open()
    order(desk, a, LONG, BUY, 10, 100)
    desk.place(other, SELL, 10, 100)
    order(desk, a, SHORT, SELL, 4, 100)
    desk.place(other, BUY, 4, 100)
    legs = [desk.venue.position(a, 0, leg) for leg in PositionSide]
    assert [(one.qty_lots, one.cost_atoms, one.margin_atoms) for one in legs] == [
        (0, 0, 0),
        (10, 1_000, 100),
        (-4, -400, 40),
    ]
    assert desk.position(other).qty_lots == -6


def test_a_closing_order_never_goes_beyond_flat() -> None:
    desk = Desk()
    a, other = hedger(desk, 10_000), desk.open()
    order(desk, a, LONG, BUY, 10, 100)
    desk.place(other, SELL, 10, 100)
    desk.place(other, BUY, 25, 110)
    events = order(desk, a, LONG, SELL, 15, 110)
    (fill,) = of_kind(events, EventKind.ORDER_FILLED)
    assert fill[Word.QTY_LOTS] == 10
    # What is left of it is reduce-only by nature, and gone with the position.
    assert cancels(events) == [(a, 5, CancelReason.REDUCE_ONLY)]
    refused = order(desk, a, LONG, SELL, 1, 110)
    assert rejection(refused) is RejectReason.REDUCE_ONLY_WOULD_INCREASE


def test_a_leg_that_ends_takes_only_its_own_closing_orders_along() -> None:
    desk = Desk()
    a, other = hedger(desk, 10_000), desk.open()
    seed(desk, a, other, 10, 100)
    seed(desk, other, a, 5, 100)  # the other reduces: refused
    third = desk.open()
    seed(desk, third, a, 5, 100)
    order(desk, a, LONG, SELL, 3, 150)
    order(desk, a, SHORT, BUY, 2, 60)
    desk.place(other, BUY, 10, 100)
    events = order(desk, a, LONG, SELL, 10, 100)
    assert cancels(events) == [(a, 3, CancelReason.REDUCE_ONLY)]
    assert desk.book(BUY) == [(a, 60, 2)]


@pytest.mark.parametrize(
    ("hedges", "leg", "flags", "reason"),
    [
        (False, 0, 0, RejectReason.NONE),
        (False, 1, 0, RejectReason.INVALID_ORDER),
        (True, 0, 0, RejectReason.INVALID_ORDER),
        (True, 3, 0, RejectReason.INVALID_ORDER),
        (True, 1, 0, RejectReason.NONE),
        (True, 1, OrderFlag.REDUCE_ONLY, RejectReason.INVALID_ORDER),
    ],
)
def test_which_leg_an_order_may_name(
    hedges: bool, leg: int, flags: int, reason: RejectReason
) -> None:
    desk = Desk()
    account = hedger(desk, 10_000) if hedges else desk.open()
    assert rejection(order(desk, account, leg, BUY, 1, 100, flags)) is reason


def test_modes_change_only_while_nothing_is_open() -> None:
    desk = Desk()
    a, other = desk.open(), desk.open()

    def refusals() -> tuple[RejectReason, RejectReason]:
        margin_mode = desk.do(CommandKind.SET_MARGIN_MODE, account=a, order_type=MarginMode.CROSS)
        position_mode = desk.do(CommandKind.SET_POSITION_MODE, account=a, order_type=1)
        return rejection(margin_mode), rejection(position_mode)

    desk.place(a, BUY, 10, 100)
    assert refusals() == (RejectReason.OPEN_ORDERS_EXIST, RejectReason.OPEN_ORDERS_EXIST)
    desk.place(other, SELL, 10, 100)
    assert refusals() == (RejectReason.POSITION_OPEN, RejectReason.POSITION_OPEN)
    desk.trade(other, a, 10, 100)
    assert refusals() == (RejectReason.NONE, RejectReason.NONE)
    unknown = desk.do(CommandKind.SET_MARGIN_MODE, account=a, order_type=2)
    assert rejection(unknown) is RejectReason.INVALID_ORDER


def test_margin_is_adjusted_leg_by_leg() -> None:
    desk = Desk()
    a, other = hedger(desk, 10_000), desk.open()
    seed(desk, a, other, 10, 100)
    events = desk.do(CommandKind.ADJUST_MARGIN, account=a, side=LONG, amount_atoms=50)
    assert words(events[0], Word.SIDE, Word.OTHER_AMOUNT) == (LONG, 150)
    empty = desk.do(CommandKind.ADJUST_MARGIN, account=a, side=SHORT, amount_atoms=50)
    assert rejection(empty) is RejectReason.NO_POSITION
    unnamed = desk.do(CommandKind.ADJUST_MARGIN, account=a, amount_atoms=50)
    assert rejection(unnamed) is RejectReason.INVALID_ORDER


def test_isolated_legs_are_liquidated_each_for_itself() -> None:
    # Long 100 at 100 and short 50 at 100, ten times: at 94 the long is breached, the short wins.
    desk = Desk()
    a, other, third = hedger(desk, 1_500), desk.open(), desk.open()
    seed(desk, a, other, 100, 100)
    seed(desk, third, a, 50, 100)
    desk.do(CommandKind.ADJUST_MARGIN, account=third, amount_atoms=10_000)
    events = desk.set_mark(94)
    (started,) = of_kind(events, EventKind.LIQUIDATION_STARTED)
    assert words(started, Word.ACCOUNT, Word.SIDE, Word.QTY_LOTS) == (a, LONG, 100)
    assert [one.qty_lots for one in desk.venue.state.legs(a, 0)] == [0, 0, -50]


def test_a_hedge_in_cross_margin_needs_margin_for_both_legs() -> None:
    # 100 against 100 on 2,100: equity never changes, but the legs need 5 % each, 10 p together.
    desk = Desk(rulebook=CROSS)
    a, other, third, bidder = hedger(desk, 2_100), desk.open(), desk.open(), desk.open()
    seed(desk, a, other, 100, 100)
    seed(desk, third, a, 100, 100)
    desk.place(bidder, BUY, 100, 205)
    assert EventKind.LIQUIDATION_STARTED not in kinds(desk.set_mark(209))
    events = desk.set_mark(210)
    (started,) = of_kind(events, EventKind.LIQUIDATION_STARTED)
    assert words(started, Word.INSTRUMENT, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (
        0xFFFF,
        2_100,
        0,
    )
    # The long goes first, at 189 or better: there 100 x (210 - 189) = 2,100 are lost. At 205 it
    # gains 10,500, and the pool still has 1,600, less a fee of 0.5 % of 20,500.
    (finished,) = of_kind(events, EventKind.LIQUIDATION_FINISHED)
    assert words(finished, Word.SIDE, Word.PRICE_TICKS, Word.QTY_LOTS) == (LONG, 189, -100)
    assert finished[Word.AMOUNT_ATOMS] == 103
    # 1,497 are more than the 1,050 that the short needs.
    assert [one.qty_lots for one in desk.venue.state.legs(a, 0)] == [0, 0, -100]
    assert desk.venue.wallet(a) == 2_100 + 10_500 - 103


def test_leverage_and_margin_mode_are_those_of_all_legs() -> None:
    desk = Desk(PLAIN)
    a = hedger(desk, 10_000)
    desk.do(CommandKind.SET_LEVERAGE, account=a, qty_lots=5)
    desk.do(CommandKind.SET_MARGIN_MODE, account=a, order_type=MarginMode.CROSS)
    legs = desk.venue.state.legs(a, 0)
    assert {(one.leverage, one.cross) for one in legs} == {(5, True)}
