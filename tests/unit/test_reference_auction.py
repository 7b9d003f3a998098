"""Auctions and halts, worked by hand, in the reference and the core."""

from __future__ import annotations

import pytest
from order_desk import BUY, SELL, make_desk, term

from delever.reference import (
    AuctionPrice,
    CommandKind,
    OrderFlag,
    OrderType,
    TermKind,
    TimeInForce,
    TradingPhase,
)

__all__ = ["make_desk"]

CONTINUOUS, AUCTION, HALTED = TradingPhase


def fill(desk, bids, asks):
    """Gather orders of 1 (bids) and 2 (asks) in an auction."""
    desk.phase(AUCTION)
    for account, side, orders in ((1, BUY, bids), (2, SELL, asks)):
        for lots, price in orders:
            assert desk.order(account, side, lots, price) == [f"accepted {account} {lots}@{price}"]


# Bids 10@103 5@101, asks 8@99 7@102: at 99 to 101 8 can trade (of 15 bought), at 102 10 (10 : 15),
# at 103 10 as well. So 10 lots, between 102 and 103.
BOOK = ([(10, 103), (5, 101)], [(8, 99), (7, 102)])


@pytest.mark.parametrize(
    ("rule", "reference", "price"),
    [
        (AuctionPrice.MID, 0, 102),
        (AuctionPrice.MAX_PRICE, 0, 103),
        (AuctionPrice.REFERENCE, 0, 102),
        (AuctionPrice.REFERENCE, 101, 102),
        (AuctionPrice.REFERENCE, 104, 103),
    ],
)
def test_the_price_at_which_the_most_trades(make_desk, rule, reference, price) -> None:
    desk = make_desk(auction_price=rule)
    fill(desk, *BOOK)
    assert desk.machine.indicative() == (102 if rule is not AuctionPrice.MAX_PRICE else 103, 10)
    assert desk.phase(CONTINUOUS, reference) == [
        f"filled 1/2 8@{price}",
        f"filled 1/2 2@{price}",
        f"phase 2>1 10@{price}",
    ]
    assert desk.queue(SELL) == ["2 5(5)@102"]
    assert desk.queue(BUY) == ["1 5(5)@101"]


@pytest.mark.parametrize(
    ("rule", "price"),
    [
        # 5 can trade at 99, 100 and 101; 8 : 5, 6 : 5 and 6 : 5 lots face each other there.
        (AuctionPrice.MID, 100),
        (AuctionPrice.REFERENCE, 101),  # of 100 and 101 both as near to 100.5, the higher
        (AuctionPrice.MAX_PRICE, 101),
    ],
)
def test_the_least_surplus_decides_unless_the_middle_does(make_desk, rule, price) -> None:
    desk = make_desk(auction_price=rule)
    fill(desk, [(6, 101), (2, 99)], [(5, 99), (9, 102)])
    desk.print(101)
    assert desk.phase(CONTINUOUS)[-1] == f"phase 2>1 5@{price}"


def test_nothing_trades_where_nothing_crosses(make_desk) -> None:
    desk = make_desk()
    fill(desk, [(5, 100)], [(5, 101)])
    assert desk.machine.indicative() == (0, 0)
    assert desk.phase(CONTINUOUS) == ["phase 2>1 0@0"]


def test_own_orders_trade_with_each_other_in_an_uncross(make_desk) -> None:
    desk = make_desk()
    desk.phase(AUCTION)
    desk.order(1, BUY, 5, 101)
    desk.order(1, SELL, 5, 100)
    assert desk.phase(CONTINUOUS) == ["filled 1/1 5@100", "phase 2>1 5@100"]
    assert desk.machine.position(1) == 0


def test_icebergs_take_part_whole_and_show_a_fresh_part_in_their_place(make_desk) -> None:
    desk = make_desk()
    desk.phase(AUCTION)
    desk.order(1, SELL, 9, 100, term(TermKind.ICEBERG, qty_lots=4))
    desk.order(2, SELL, 1, 100)
    desk.order(3, BUY, 7, 100)
    # Seven of nine trade, the hidden five first: two are left, both shown.
    assert desk.phase(CONTINUOUS) == ["filled 3/1 7@100", "phase 2>1 7@100"]
    assert desk.queue(SELL) == ["1 2(2)@100", "2 1(1)@100"]


def test_reduce_only_orders_trade_what_they_can(make_desk) -> None:
    desk = make_desk()
    desk.trade(1, 2, 5, 100)
    desk.phase(AUCTION)
    desk.order(1, SELL, 9, 99, flags=OrderFlag.REDUCE_ONLY)
    desk.order(3, BUY, 7, 101)
    assert desk.phase(CONTINUOUS) == [
        "filled 3/1 5@100",
        "cancelled 1 4@99 reduce_only <0",
        "phase 2>1 5@100",
    ]


def test_what_is_good_for_the_auction_goes_with_it(make_desk) -> None:
    desk = make_desk()
    gfa = TimeInForce.GFA
    assert desk.order(1, BUY, 1, 99, time_in_force=gfa) == ["refused not_in_auction"]
    desk.phase(AUCTION)
    desk.order(1, BUY, 5, 101, time_in_force=gfa)
    desk.order(1, BUY, 1, 90, term(TermKind.TRIGGER, flags=1, price_ticks=99), time_in_force=gfa)
    desk.order(2, SELL, 2, 100)
    assert desk.phase(CONTINUOUS) == [
        "filled 1/2 2@100",
        "phase 2>1 2@100",
        "cancelled 1 3@101 auction_ended",
        "cancelled 1 1@90 auction_ended",
    ]


@pytest.mark.parametrize(
    ("fields", "terms"),
    [
        ({"order_type": OrderType.MARKET}, []),
        ({"time_in_force": TimeInForce.IOC}, []),
        ({"time_in_force": TimeInForce.FOK}, []),
        ({"flags": OrderFlag.POST_ONLY}, []),
        ({}, [term(TermKind.MINIMUM, qty_lots=2)]),
    ],
)
def test_what_an_auction_does_not_take(make_desk, fields, terms) -> None:
    desk = make_desk()
    desk.phase(AUCTION)
    assert desk.order(1, BUY, 5, 100, *terms, **fields) == ["refused not_in_auction"]


def test_a_halt_takes_only_less(make_desk) -> None:
    desk = make_desk()
    desk.order(1, BUY, 5, 100)
    order = desk.last_order
    assert desk.phase(HALTED) == ["phase 1>3 0@0"]
    assert desk.order(2, SELL, 5, 100) == ["refused trading_halted"]
    assert desk.amend(1, order, qty_lots=6) == ["refused trading_halted"]
    assert desk.amend(1, order, price_ticks=99) == ["refused trading_halted"]
    assert desk.amend(1, order, qty_lots=4) == ["amended 1 4@100"]
    replaced = desk.order(1, BUY, 5, 99, kind=CommandKind.REPLACE_ORDER, order_id=order)
    assert replaced == ["refused trading_halted"]
    assert desk.cancel(1, order) == ["cancelled 1 4@100 requested"]


def test_a_crossed_book_survives_a_halt_and_uncrosses_after_it(make_desk) -> None:
    desk = make_desk()
    fill(desk, [(5, 101)], [(5, 100)])
    desk.order(3, BUY, 1, 50, time_in_force=TimeInForce.GFA)
    assert desk.phase(HALTED) == ["phase 2>3 0@0", "cancelled 3 1@50 auction_ended"]
    assert desk.phase(CONTINUOUS) == ["filled 1/2 5@100", "phase 3>1 5@100"]


def test_nobody_is_liquidated_until_trading_goes_on(make_desk) -> None:
    # Ten times leverage at 100: long 10 has 100 atoms of margin, and nothing at 90.
    desk = make_desk()
    desk.trade(1, 2, 10, 100)
    desk.phase(HALTED)
    assert desk.mark(91) == ["marked 91"]
    told = desk.phase(CONTINUOUS)
    assert told[:2] == ["phase 3>1 0@0", "liquidation_started <"]
