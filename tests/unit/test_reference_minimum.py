"""Minimum quantities, budgets, protection, bands, residuals: by hand, in reference and core."""

from __future__ import annotations

import pytest
from order_desk import BUY, SELL, Term, make_desk, term

from delever.reference import (
    CommandKind,
    MarketResidual,
    OrderFlag,
    TermKind,
    TimeInForce,
)

__all__ = ["make_desk"]

IOC, FOK = TimeInForce.IOC, TimeInForce.FOK
POST_ONLY, SLIDE = OrderFlag.POST_ONLY, OrderFlag.SLIDE_POST_ONLY


def at_least(lots: int) -> Term:
    return term(TermKind.MINIMUM, qty_lots=lots)


def test_a_maker_with_a_minimum_is_passed_over_and_keeps_its_place(make_desk) -> None:
    desk = make_desk()
    desk.order(1, SELL, 9, 100, at_least(5))
    desk.order(2, SELL, 9, 100)
    assert desk.order(3, BUY, 4, 100)[1:] == ["filled 3/2 4@100"]
    assert desk.order(3, BUY, 5, 100)[1:] == ["filled 3/1 5@100"]
    # Four are left of it: less than its minimum, so all of them are.
    assert desk.order(3, BUY, 3, 100)[1:] == ["filled 3/2 3@100"]
    assert desk.order(3, BUY, 4, 100)[1:] == ["filled 3/1 4@100"]


def test_a_taker_rests_behind_a_maker_that_wants_more(make_desk) -> None:
    desk = make_desk()
    desk.order(1, SELL, 9, 100, at_least(5))
    assert desk.order(3, BUY, 4, 101) == ["accepted 3 4@101"]
    assert (desk.queue(BUY), desk.queue(SELL)) == (["3 4(4)@101"], ["1 9(9)@100"])
    # The next sale at 101 or less meets the bid.
    assert desk.order(2, SELL, 1, 101)[1:] == ["filled 2/3 1@101"]


@pytest.mark.parametrize(
    ("minimum", "time_in_force", "told", "queue"),
    [
        (6, IOC, ["refused unfillable"], []),
        (
            5,
            IOC,
            ["accepted 1 9@100", "filled 1/2 5@100", "cancelled 1 4@100 immediate_remainder"],
            [],
        ),
        (6, TimeInForce.GTC, ["accepted 1 9@100"], ["1 9(9)@100"]),
        (5, TimeInForce.GTC, ["accepted 1 9@100", "filled 1/2 5@100"], ["1 4(4)@100"]),
        (9, TimeInForce.DAY, ["accepted 1 9@100"], ["1 9(9)@100"]),
    ],
)
def test_a_taker_with_a_minimum(make_desk, minimum, time_in_force, told, queue) -> None:
    desk = make_desk()
    desk.order(2, SELL, 5, 100)
    assert desk.order(1, BUY, 9, 100, at_least(minimum), time_in_force=time_in_force) == told
    assert desk.queue(BUY) == queue


def test_an_amended_minimum_lets_a_crossed_order_trade(make_desk) -> None:
    desk = make_desk()
    desk.order(2, SELL, 5, 100)
    desk.order(1, BUY, 9, 100, at_least(6))
    assert desk.amend(1, desk.last_order, at_least(5)) == ["amended 1 9@100", "filled 1/2 5@100"]


def test_less_of_a_crossed_order_takes_as_well(make_desk) -> None:
    desk = make_desk()
    desk.order(2, SELL, 5, 100)
    desk.order(1, BUY, 9, 100, at_least(9))
    assert desk.amend(1, desk.last_order, qty_lots=9) == ["amended 1 9@100"]
    assert desk.amend(1, desk.last_order, qty_lots=5) == ["amended 1 5@100", "filled 1/2 5@100"]


@pytest.mark.parametrize(
    ("side", "budget", "fits"),
    [(BUY, 503, True), (BUY, 502, False), (SELL, 497, True), (SELL, 498, False)],
)
def test_a_budget(make_desk, side, budget, fits) -> None:
    # Buying 5 costs 2 x 100 + 3 x 101 = 503; selling 5 brings 2 x 100 + 3 x 99 = 497.
    desk = make_desk()
    other, step = (SELL, 1) if side is BUY else (BUY, -1)
    desk.order(2, other, 2, 100)
    desk.order(2, other, 9, 100 + step)
    row = term(TermKind.BUDGET, amount_atoms=budget)
    told = desk.order(1, side, 5, 0, row, time_in_force=FOK)
    assert (told == ["refused unfillable"]) is not fits


@pytest.mark.parametrize(("distance", "filled"), [(0, 1), (1, 2), (3, 3), (400, 3)])
def test_a_market_order_stays_near_the_touch(make_desk, distance, filled) -> None:
    # The mark is 100, so no market order pays more than 105.
    desk = make_desk()
    desk.mark(100)
    for price in (100, 101, 103, 106):
        desk.order(2, SELL, 1, price)
    told = desk.order(1, BUY, 4, 0, term(TermKind.PROTECTION, price_ticks=distance))
    assert told[0] == f"accepted 1 4@{min(100 + distance, 105)}"
    assert len([line for line in told if line.startswith("filled")]) == filled


@pytest.mark.parametrize(
    ("side", "price", "inside"),
    [(BUY, 105, True), (BUY, 106, False), (BUY, 1, True), (SELL, 95, True), (SELL, 94, False)],
)
@pytest.mark.parametrize("by_mark", [True, False])
def test_the_price_band(make_desk, side, price, inside, by_mark) -> None:
    # 5 % of 100, by the mark or, without a mark, the last price.
    desk = make_desk(price_band_ppm=50_000)
    desk.order(3, side, 1, price)
    assert desk.order(3, side, 1, price) == [f"accepted 3 1@{price}"]  # nothing to compare with
    if by_mark:
        desk.mark(100)
    else:
        desk.print(100)
    told = desk.order(1, side, 1, price)
    assert told == ([f"accepted 1 1@{price}"] if inside else ["refused price_out_of_band"])


def test_an_amendment_meets_the_band_only_with_a_new_price(make_desk) -> None:
    desk = make_desk(price_band_ppm=50_000)
    desk.order(1, BUY, 1, 110)
    order = desk.last_order
    desk.mark(100)
    assert desk.amend(1, order, qty_lots=2) == ["amended 1 2@110"]
    assert desk.amend(1, order, price_ticks=109) == ["refused price_out_of_band"]
    assert desk.amend(1, order, price_ticks=105) == ["amended 1 2@105"]


@pytest.mark.parametrize(
    ("side", "limit", "told"),
    [
        (BUY, 99, "accepted 1 1@99"),
        (BUY, 100, "accepted 1 1@99"),
        (BUY, 150, "accepted 1 1@99"),
        (SELL, 1, "refused would_take"),  # the bid is 1,000, and nothing is above
        (SELL, 1_000, "refused would_take"),
    ],
)
def test_a_post_only_order_slides_beside_the_touch(make_desk, side, limit, told) -> None:
    desk = make_desk()
    desk.order(2, SELL if side is BUY else BUY, 1, 100 if side is BUY else 1_000)
    assert desk.order(1, side, 1, limit, flags=POST_ONLY | SLIDE) == [told]


def test_slide_goes_with_post_only(make_desk) -> None:
    assert make_desk().order(1, BUY, 1, 100, flags=SLIDE) == ["refused invalid_order"]


def test_a_market_order_s_rest_waits_ahead_of_every_price(make_desk) -> None:
    desk = make_desk(market_residual=MarketResidual.REST)
    desk.order(2, BUY, 1, 100)
    assert desk.order(1, BUY, 3) == ["accepted 1 3@1000"]
    assert desk.queue(BUY) == ["1 3(0)@0", "2 1(1)@100"]
    # A limit order trades with it at its own limit, worse than the bid's price.
    assert desk.order(3, SELL, 1, 90) == ["accepted 3 1@90", "filled 3/1 1@90"]
    # A market order does at the last price.
    assert desk.order(3, SELL, 1)[1:] == ["filled 3/1 1@90"]
    assert desk.order(3, SELL, 1, 95, flags=POST_ONLY) == ["refused would_take"]
    order = desk.machine.orders()[0].order_id
    assert desk.amend(1, order, price_ticks=100) == ["refused invalid_price"]
    assert desk.amend(1, order, qty_lots=2) == ["refused invalid_qty"]
    assert desk.cancel(1, order) == ["cancelled 1 1@0 requested"]


def test_two_market_orders_without_a_last_price_do_not_meet(make_desk) -> None:
    desk = make_desk(market_residual=MarketResidual.REST)
    desk.order(1, BUY, 3)
    assert desk.order(3, SELL, 2) == ["accepted 3 2@1"]
    assert (desk.queue(BUY), desk.queue(SELL)) == (["1 3(0)@0"], ["3 2(0)@0"])
    assert desk.order(2, SELL, 1, 50)[1:] == ["filled 2/1 1@50"]


def test_replacing_cancels_first_and_may_fail_then(make_desk) -> None:
    desk = make_desk()
    desk.order(1, BUY, 5, 100, client_id=7)
    order = desk.last_order
    replace = {"kind": CommandKind.REPLACE_ORDER, "order_id": order}
    assert desk.order(1, BUY, 0, 100, **replace) == ["refused invalid_qty"]
    assert desk.order(2, BUY, 5, 100, **replace) == ["refused unknown_order"]
    told = desk.order(1, SELL, 6, 100, **replace, client_id=7)
    assert told == ["cancelled 1 5@100 replaced", "accepted 1 6@100"]
    order = desk.last_order
    assert desk.order(1, SELL, 6, 100, flags=OrderFlag.REDUCE_ONLY, order_id=order, kind=17) == [
        "cancelled 1 6@100 replaced",
        "refused reduce_only_would_increase",
    ]


def test_mass_cancellation_between_prices(make_desk) -> None:
    desk = make_desk()
    desk.order(1, BUY, 1, 99)
    desk.order(1, BUY, 2, 50, term(TermKind.TRIGGER, flags=1, price_ticks=101))
    desk.order(1, BUY, 3, 100)
    desk.order(1, BUY, 4, 102)
    desk.order(1, BUY, 5, 0, term(TermKind.PEG, side=3))  # parked: its price counts as 0
    every = {"account": 1, "instrument": 0xFFFF}
    assert desk.do(CommandKind.CANCEL_ALL, **every, price_ticks=-1) == ["refused invalid_price"]
    assert desk.do(CommandKind.CANCEL_ALL, **every, price_ticks=100, amount_atoms=101) == [
        "cancelled 1 2@50 mass_cancel",
        "cancelled 1 3@100 mass_cancel",
        "mass cancelled 2",
    ]
    assert desk.do(CommandKind.CANCEL_ALL, **every, amount_atoms=99) == [
        "cancelled 1 1@99 mass_cancel",
        "cancelled 1 5@0 mass_cancel",
        "mass cancelled 2",
    ]


def test_reducing_by_so_many(make_desk) -> None:
    desk = make_desk()
    desk.order(1, BUY, 5, 100)
    order = desk.last_order
    assert desk.amend(1, order, order_type=1, qty_lots=0) == ["refused invalid_qty"]
    assert desk.amend(1, order, order_type=1, qty_lots=2, price_ticks=9) == [
        "refused invalid_price"
    ]
    assert desk.amend(1, order, order_type=2, qty_lots=2) == ["refused invalid_order"]
    assert desk.amend(1, order, order_type=1, qty_lots=2) == ["amended 1 3@100"]
    assert desk.amend(1, order, order_type=1, qty_lots=3) == ["cancelled 1 3@100 requested"]
