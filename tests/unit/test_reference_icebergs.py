"""Icebergs and hidden orders, worked by hand, in the reference and the core."""

from __future__ import annotations

import pytest
from order_desk import BUY, SELL, Term, make_desk, term

from delever.reference import (
    IcebergAmendUp,
    IcebergRefresh,
    OrderFlag,
    TermKind,
    TimeInForce,
)

__all__ = ["make_desk"]

HIDDEN = OrderFlag.HIDDEN_ORDER
AT_END = IcebergRefresh.END_OF_TAKER


def showing(display_lots: int, least: int = 0) -> Term:
    return term(TermKind.ICEBERG, qty_lots=display_lots, amount_atoms=least)


def test_each_part_is_one_print_and_queues_again(make_desk) -> None:
    desk = make_desk()
    assert desk.order(1, SELL, 7, 100, showing(3)) == ["accepted 1 7@100 showing 3"]
    desk.order(2, SELL, 2, 100)
    assert desk.order(3, BUY, 6, 100) == [
        "accepted 3 6@100",
        "filled 3/1 3@100",
        "replenished 1 3@100 hiding 1 <1",
        "filled 3/2 2@100",
        "filled 3/1 1@100",
    ]
    assert desk.queue(SELL) == ["1 3(2)@100"]


def test_what_shows_everything_is_plain(make_desk) -> None:
    desk = make_desk(iceberg_amend_up=IcebergAmendUp.KEEP)
    assert desk.order(1, SELL, 3, 100, showing(3)) == ["accepted 1 3@100"]
    plain = desk.last_order
    desk.order(2, SELL, 1, 100)
    desk.amend(1, plain, qty_lots=4)
    assert desk.queue(SELL) == ["2 1(1)@100", "1 4(4)@100"]


def test_refreshed_parts_stay_ahead_of_hidden_orders(make_desk) -> None:
    desk = make_desk()
    desk.order(1, SELL, 4, 100, flags=HIDDEN)
    desk.order(2, SELL, 4, 100, showing(2))
    assert desk.queue(SELL) == ["2 4(2)@100", "1 4(0)@100"]
    told = desk.order(3, BUY, 5, 100)
    assert [line for line in told if "filled" in line] == [
        "filled 3/2 2@100",
        "filled 3/2 2@100",
        "filled 3/1 1@100",
    ]


def test_hidden_orders_trade_at_their_price_and_block_post_only(make_desk) -> None:
    desk = make_desk()
    desk.order(1, SELL, 4, 100, flags=HIDDEN)
    desk.order(2, SELL, 4, 101)
    assert desk.order(3, BUY, 1, 100, flags=OrderFlag.POST_ONLY) == ["refused would_take"]
    slid = desk.order(3, BUY, 1, 105, flags=OrderFlag.POST_ONLY | OrderFlag.SLIDE_POST_ONLY)
    assert slid == ["accepted 3 1@99"]
    assert desk.order(4, BUY, 5, 101)[1:] == ["filled 4/1 4@100", "filled 4/2 1@101"]


def test_fill_or_kill_counts_what_is_hidden(make_desk) -> None:
    desk = make_desk()
    desk.order(1, SELL, 5, 100, showing(1))
    fill_or_kill = TimeInForce.FOK
    assert desk.order(2, BUY, 6, 100, time_in_force=fill_or_kill) == ["refused unfillable"]
    told = desk.order(2, BUY, 5, 100, time_in_force=fill_or_kill)
    assert told.count("filled 2/1 1@100") == 5


def test_fill_or_kill_sees_an_own_order_before_the_next_part(make_desk) -> None:
    # The own order queues before the iceberg's second part: only two lots can be had.
    desk = make_desk()
    desk.order(1, SELL, 9, 100, showing(2))
    desk.order(2, SELL, 1, 100)
    assert desk.order(2, BUY, 3, 100, time_in_force=TimeInForce.FOK) == ["refused unfillable"]
    assert len(desk.order(2, BUY, 2, 100, time_in_force=TimeInForce.FOK)) == 3


@pytest.mark.parametrize(
    ("rule", "lots", "queue"),
    [
        (IcebergAmendUp.LOSE, 5, ["1 5(3)@100", "2 1(1)@100"]),  # from the hidden rest
        (IcebergAmendUp.LOSE, 2, ["1 2(2)@100", "2 1(1)@100"]),  # then from what is shown
        (IcebergAmendUp.LOSE, 9, ["2 1(1)@100", "1 9(3)@100"]),
        (IcebergAmendUp.KEEP, 9, ["1 9(3)@100", "2 1(1)@100"]),
        (IcebergAmendUp.KEEP, 8, ["1 8(3)@100", "2 1(1)@100"]),  # nothing new
    ],
)
def test_amending_the_whole_quantity(make_desk, rule, lots, queue) -> None:
    desk = make_desk(iceberg_amend_up=rule)
    desk.order(1, SELL, 8, 100, showing(3))
    iceberg = desk.last_order
    desk.order(2, SELL, 1, 100)
    assert desk.amend(1, iceberg, qty_lots=lots) == [f"amended 1 {lots}@100"]
    assert desk.queue(SELL) == queue


def test_at_the_end_of_the_taker_the_rests_share_in_proportion(make_desk) -> None:
    # Shown 100, 200, 100; hidden 200, 100, 100. Of 700 the shown parts do 400; the other 300 are
    # 150, 75 and 75 of 400 hidden. One print each; then each shows its next part.
    desk = make_desk(iceberg_refresh=AT_END)
    for account, lots, shown in ((1, 300, 100), (2, 300, 200), (3, 200, 100)):
        desk.order(account, BUY, lots, 10, showing(shown))
    assert desk.order(4, SELL, 700, 10, time_in_force=TimeInForce.IOC) == [
        "accepted 4 700@10",
        "filled 4/1 250@10",
        "filled 4/2 275@10",
        "filled 4/3 175@10",
        "replenished 1 50@10 hiding 0 <1",
        "replenished 2 25@10 hiding 0 <2",
        "replenished 3 25@10 hiding 0 <3",
    ]


@pytest.mark.parametrize(
    ("whole", "shown", "least", "sold", "queue"),
    [
        (100, 10, 8, 5, ["2 1(1)@100", "1 95(10)@100"]),  # 5 are less than 8: shown anew
        (100, 10, 5, 5, ["1 95(5)@100", "2 1(1)@100"]),  # 5 are not
        (100, 90, 2, 88, ["1 12(2)@100", "2 1(1)@100"]),
        (100, 90, 2, 89, ["2 1(1)@100", "1 11(11)@100"]),
        (100, 10, 0, 9, ["1 91(1)@100", "2 1(1)@100"]),
        (100, 10, 0, 10, ["2 1(1)@100", "1 90(10)@100"]),
    ],
)
def test_at_the_end_of_the_taker_what_shows_too_little_shows_anew(
    make_desk, whole, shown, least, sold, queue
) -> None:
    desk = make_desk(iceberg_refresh=AT_END)
    desk.order(1, BUY, whole, 100, showing(shown, least))
    desk.order(2, BUY, 1, 100)
    desk.order(3, SELL, sold, 100)
    assert desk.queue(BUY) == queue


def test_stops_run_after_the_icebergs_show_their_next_part(make_desk) -> None:
    desk = make_desk(iceberg_refresh=AT_END)
    desk.order(1, BUY, 4, 100, showing(2))
    desk.order(2, SELL, 1, 0, term(TermKind.TRIGGER, flags=1, price_ticks=100))
    assert desk.order(3, SELL, 2, 100) == [
        "accepted 3 2@100",
        "filled 3/1 2@100",
        "triggered 2 1@100 of 100 <1",
        "replenished 1 2@100 hiding 0 <1",
        "filled 2/1 1@100 <2",
    ]
