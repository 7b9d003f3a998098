"""What an order trades with, what stops it, and what becomes of the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reference_desk import PLAIN, Desk, cancels, fills, kinds, order_id, rejection, words

from delever.reference import (
    CancelReason,
    CommandKind,
    EventKind,
    OrderFlag,
    RejectReason,
    Side,
    TimeInForce,
    Word,
)

BUY, SELL = Side.BUY, Side.SELL
IOC, FOK = TimeInForce.IOC, TimeInForce.FOK
REDUCE_ONLY, POST_ONLY = OrderFlag.REDUCE_ONLY, OrderFlag.POST_ONLY


def test_better_prices_first_then_older_orders() -> None:
    desk = Desk()
    first, second, cheap, taker = (desk.open() for _ in range(4))
    desk.place(first, SELL, 5, 100)
    desk.place(second, SELL, 5, 100)
    desk.place(cheap, SELL, 5, 99)
    events = desk.place(taker, BUY, 12, 100)
    assert fills(events) == [(cheap, 99, 5), (first, 100, 5), (second, 100, 2)]
    assert desk.book(SELL) == [(second, 100, 3)]


@pytest.mark.parametrize(
    ("time_in_force", "price", "rest"),
    [
        (TimeInForce.GTC, 100, None),  # a limit order's remainder rests
        (IOC, 100, CancelReason.IMMEDIATE_REMAINDER),
        (TimeInForce.GTC, 0, CancelReason.IMMEDIATE_REMAINDER),  # a market order never rests
    ],
)
def test_remainders(time_in_force: TimeInForce, price: int, rest: CancelReason | None) -> None:
    desk = Desk()
    maker, taker = desk.open(), desk.open()
    desk.place(maker, SELL, 5, 100)
    events = desk.place(taker, BUY, 8, price, time_in_force=time_in_force)
    assert fills(events) == [(maker, 100, 5)]
    assert cancels(events) == ([] if rest is None else [(taker, 3, rest)])
    assert desk.book(BUY) == ([(taker, 100, 3)] if rest is None else [])


def test_a_market_order_stops_at_its_bound_around_the_mark() -> None:
    # The mark is 100 and the bound 5 %: a market buy takes 105, but not 106.
    desk = Desk()
    maker, taker = desk.open(), desk.open()
    desk.set_mark(100)
    desk.place(maker, SELL, 1, 105)
    desk.place(maker, SELL, 1, 106)
    events = desk.place(taker, BUY, 2)
    assert fills(events) == [(maker, 105, 1)]
    assert events[0][Word.PRICE_TICKS] == 105


def test_post_only_rests_or_is_refused() -> None:
    desk = Desk()
    maker, other = desk.open(), desk.open()
    desk.place(maker, SELL, 5, 100)
    assert rejection(desk.place(other, BUY, 1, 100, flags=POST_ONLY)) is RejectReason.WOULD_TAKE
    assert rejection(desk.place(other, BUY, 1, 99, flags=POST_ONLY)) is RejectReason.NONE
    invalid = desk.place(other, BUY, 1, 99, flags=POST_ONLY, time_in_force=IOC)
    assert rejection(invalid) is RejectReason.INVALID_ORDER


@pytest.mark.parametrize(
    ("qty", "price", "flags", "reason"),
    [
        (10, 101, 0, RejectReason.UNFILLABLE),  # the taker's own order ends the walk after 4
        (4, 101, 0, RejectReason.NONE),
        (10, 101, OrderFlag.SELF_TRADE_MAKER, RejectReason.NONE),  # or is cancelled on the way
        (10, 101, OrderFlag.SELF_TRADE_BOTH, RejectReason.UNFILLABLE),
        (11, 101, OrderFlag.SELF_TRADE_MAKER, RejectReason.UNFILLABLE),  # 4 + 6 is all there is
        (5, 100, OrderFlag.SELF_TRADE_MAKER, RejectReason.UNFILLABLE),  # 101 is beyond the limit
    ],
)
def test_fill_or_kill(qty: int, price: int, flags: int, reason: RejectReason) -> None:
    desk = Desk()
    maker, taker = desk.open(), desk.open()
    desk.place(maker, SELL, 4, 100)
    desk.place(taker, SELL, 3, 100)
    desk.place(maker, SELL, 6, 101)
    events = desk.place(taker, BUY, qty, price, time_in_force=FOK, flags=flags)
    assert rejection(events) is reason
    assert sum(lots for _, _, lots in fills(events)) == (0 if reason else qty)


def test_fill_or_kill_foresees_how_far_reduce_only_makers_go() -> None:
    # The maker is long 5 and offers 4 plainly, then 4 reduce-only: only one of the latter is left.
    desk = Desk()
    maker, other, taker = desk.open(), desk.open(), desk.open()
    desk.trade(maker, other, 5, 100)
    desk.place(maker, SELL, 4, 101)
    desk.place(maker, SELL, 4, 102, flags=REDUCE_ONLY)
    unfillable = desk.place(taker, BUY, 6, 102, time_in_force=FOK)
    assert rejection(unfillable) is RejectReason.UNFILLABLE
    events = desk.place(taker, BUY, 5, 102, time_in_force=FOK)
    assert fills(events) == [(maker, 101, 4), (maker, 102, 1)]
    assert cancels(events) == [(maker, 3, CancelReason.REDUCE_ONLY)]


@pytest.mark.parametrize(
    ("flags", "filled", "cancelled"),
    [
        # default: the taker stops at its own order, and its remainder goes too
        (0, [(1, 100, 2)], [(2, 6, CancelReason.SELF_TRADE)]),
        # the own order is cancelled, and the taker goes on
        (
            OrderFlag.SELF_TRADE_MAKER,
            [(1, 100, 2), (1, 101, 4)],
            [(2, 5, CancelReason.SELF_TRADE)],
        ),
        # both go
        (
            OrderFlag.SELF_TRADE_BOTH,
            [(1, 100, 2)],
            [(2, 5, CancelReason.SELF_TRADE), (2, 6, CancelReason.SELF_TRADE)],
        ),
    ],
)
def test_self_trade_prevention(
    flags: int, filled: list[tuple[int, int, int]], cancelled: list[tuple[int, int, int]]
) -> None:
    desk = Desk()
    maker, taker = desk.open(), desk.open()
    assert (maker, taker) == (1, 2)
    desk.place(maker, SELL, 2, 100)
    desk.place(taker, SELL, 5, 100)
    desk.place(maker, SELL, 4, 101)
    events = desk.place(taker, BUY, 8, 101, flags=flags)
    assert fills(events) == filled
    assert cancels(events) == cancelled


@pytest.mark.parametrize(
    ("price", "qty", "keeps_priority"),
    [
        (0, 3, True),  # less at the same price
        (100, 5, True),  # nothing new
        (0, 6, False),  # more
        (99, 0, False),  # another price, and back
    ],
)
def test_amendments_and_priority(price: int, qty: int, keeps_priority: bool) -> None:
    desk = Desk()
    amended, other = desk.open(), desk.open()
    mine = order_id(desk.place(amended, BUY, 5, 100))
    desk.place(other, BUY, 5, 100)
    desk.do(
        CommandKind.AMEND_ORDER, account=amended, order_id=mine, price_ticks=price, qty_lots=qty
    )
    if price == 99:
        desk.do(CommandKind.AMEND_ORDER, account=amended, order_id=mine, price_ticks=100)
    accounts = [account for account, _, _ in desk.book(BUY)]
    assert accounts == ([amended, other] if keeps_priority else [other, amended])


def test_a_crossing_amendment_trades_as_a_taker_and_keeps_its_id() -> None:
    desk = Desk()
    maker, amended = desk.open(), desk.open()
    desk.place(maker, SELL, 3, 101)
    mine = order_id(desk.place(amended, BUY, 5, 100))
    events = desk.do(CommandKind.AMEND_ORDER, account=amended, order_id=mine, price_ticks=101)
    assert kinds(events) == [EventKind.ORDER_AMENDED, EventKind.ORDER_FILLED]
    assert words(events[1], Word.ACCOUNT, Word.ORDER_ID) == (amended, mine)
    assert desk.book(BUY) == [(amended, 101, 2)]


def test_a_refused_amendment_leaves_the_order_as_it_was() -> None:
    # 100 lots at 100 with ten times leverage reserve all of 1,000 atoms.
    desk = Desk()
    account = desk.open(1_000)
    mine = order_id(desk.place(account, BUY, 100, 100))
    events = desk.do(CommandKind.AMEND_ORDER, account=account, order_id=mine, qty_lots=101)
    assert rejection(events) is RejectReason.INSUFFICIENT_MARGIN
    assert desk.book(BUY) == [(account, 100, 100)]
    assert desk.venue.reserved(account) == 1_000


def test_reduce_only_is_clipped_and_ends_when_the_position_is_flat() -> None:
    desk = Desk()
    holder, other, bidder = desk.open(), desk.open(), desk.open()
    desk.trade(holder, other, 5, 100)
    desk.place(bidder, BUY, 9, 99)
    events = desk.place(holder, SELL, 8, 99, flags=REDUCE_ONLY)
    assert fills(events) == [(bidder, 99, 5)]
    assert cancels(events) == [(holder, 3, CancelReason.REDUCE_ONLY)]
    assert desk.position(holder).qty_lots == 0


def test_resting_reduce_only_orders_go_when_the_position_flips() -> None:
    desk = Desk()
    holder, other, bidder = desk.open(), desk.open(), desk.open()
    desk.trade(holder, other, 5, 100)
    desk.place(holder, SELL, 5, 120, flags=REDUCE_ONLY)
    desk.place(bidder, BUY, 9, 99)
    events = desk.place(holder, SELL, 7, 99)
    assert desk.position(holder).qty_lots == -2
    assert cancels(events) == [(holder, 5, CancelReason.REDUCE_ONLY)]
    assert words(events[-1], Word.CAUSE) == words(events[-2], Word.SEQUENCE)


def test_reduce_only_needs_something_to_reduce() -> None:
    desk = Desk()
    holder, other = desk.open(), desk.open()
    desk.trade(holder, other, 5, 100)
    refused = desk.place(holder, BUY, 1, 90, flags=REDUCE_ONLY)
    assert rejection(refused) is RejectReason.REDUCE_ONLY_WOULD_INCREASE


def test_an_order_stops_where_its_margin_does() -> None:
    # The taker has 100 atoms, ten times leverage and no mark: at 100, ten lots. Checked at the
    # touch of 100 it passes with ten; two fill there for 20 atoms; at 200 the other 80 buy four
    # lots.
    desk = Desk()
    maker, taker = desk.open(), desk.open(100)
    desk.place(maker, SELL, 2, 100)
    desk.place(maker, SELL, 9, 200)
    events = desk.place(taker, BUY, 10)
    assert fills(events) == [(maker, 100, 2), (maker, 200, 4)]
    assert cancels(events) == [(taker, 4, CancelReason.INSUFFICIENT_MARGIN)]
    assert desk.venue.wallet(taker) == 0


@pytest.mark.parametrize("time_in_force", [TimeInForce.GTC, IOC, FOK, TimeInForce.DAY])
def test_closing_is_never_refused_for_margin(time_in_force: TimeInForce) -> None:
    # Long 10 at 100, margin 100, and 50 atoms that an order at 50 reserves. Selling two at 60 loses
    # 80 for a released margin of 20: the wallet pays 50 of the rest, so -50 are available. Closing
    # needs nothing, so one more can be sold all the same.
    desk = Desk()
    holder, other = desk.open(150), desk.open()
    desk.trade(holder, other, 10, 100)
    desk.place(holder, BUY, 10, 50)
    desk.place(other, BUY, 3, 60)
    desk.place(holder, SELL, 2)
    assert desk.venue.account(holder).loose_atoms() == -50
    events = desk.place(holder, SELL, 1, time_in_force=time_in_force)
    assert fills(events) == [(other, 60, 1)]


def test_fees_are_rounded_up_and_a_rebate_down() -> None:
    # 3 x 33 = 99 atoms: a taker fee of 1 % is 0.99, paid as 1; a rebate of 2 % is 1.98, paid as 1.
    desk = Desk(replace(PLAIN, taker_fee_ppm=10_000, maker_fee_ppm=-20_000))
    maker, taker = desk.open(), desk.open()
    desk.place(maker, SELL, 3, 33)
    fill = desk.place(taker, BUY, 3, 33)[-1]
    assert words(fill, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (1, -1)
    assert desk.venue.state.fees_atoms == [0]


def test_a_slot_is_used_again_under_a_new_generation() -> None:
    desk = Desk()
    account = desk.open()
    first = order_id(desk.place(account, BUY, 1, 10))
    second = order_id(desk.place(account, BUY, 1, 10))
    assert (first, second) == (1 << 32, 1 << 32 | 1)
    desk.do(CommandKind.CANCEL_ORDER, account=account, order_id=first)
    desk.do(CommandKind.CANCEL_ORDER, account=account, order_id=second)
    # The slot freed last comes first.
    assert order_id(desk.place(account, BUY, 1, 10)) == 2 << 32 | 1
    stale = desk.do(CommandKind.CANCEL_ORDER, account=account, order_id=second)
    assert rejection(stale) is RejectReason.UNKNOWN_ORDER


def test_client_ids_name_live_orders() -> None:
    desk = Desk()
    account = desk.open()
    desk.place(account, BUY, 1, 10, client_id=7)
    again = desk.place(account, BUY, 1, 10, client_id=7)
    assert rejection(again) is RejectReason.DUPLICATE_CLIENT_ID
    desk.do(CommandKind.CANCEL_ORDER, account=account, client_id=7)
    assert rejection(desk.place(account, BUY, 1, 10, client_id=7)) is RejectReason.NONE


def test_mass_cancel_counts_what_it_cancels() -> None:
    desk = Desk()
    account = desk.open()
    desk.place(account, BUY, 1, 10)
    desk.place(account, SELL, 1, 20)
    desk.place(account, BUY, 2, 11)
    events = desk.do(CommandKind.CANCEL_ALL, account=account, instrument=0xFFFF, side=BUY)
    reason = CancelReason.MASS_CANCEL
    assert cancels(events) == [(account, 1, reason), (account, 2, reason)]
    assert events[-1][Word.QTY_LOTS] == 2
