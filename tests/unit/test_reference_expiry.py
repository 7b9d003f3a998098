"""Orders that live until a time, and the terms of every order, worked by hand."""

from __future__ import annotations

import pytest
from order_desk import BUY, SELL, make_desk, term

from delever.reference import (
    CommandKind,
    OrderFlag,
    OrderType,
    TermKind,
    TimeInForce,
)

__all__ = ["make_desk"]

GTD, DAY = TimeInForce.GTD, TimeInForce.DAY
DAY_NS = 86_400 * 10**9


def until(time_ns: int):
    return term(TermKind.EXPIRY, amount_atoms=time_ns)


def test_an_order_is_gone_at_its_time_and_not_before(make_desk) -> None:
    desk = make_desk()
    desk.order(1, SELL, 5, 100, until(50), time_in_force=GTD)
    desk.time_ns = 49
    assert desk.order(2, BUY, 1, 100) == ["accepted 2 1@100", "filled 2/1 1@100"]
    desk.time_ns = 50
    assert desk.order(2, BUY, 1, 100) == ["cancelled 1 4@100 expired", "accepted 2 1@100"]


def test_the_earliest_goes_first_then_the_oldest(make_desk) -> None:
    desk = make_desk()
    desk.order(1, SELL, 1, 100, until(70), time_in_force=GTD)
    desk.order(2, SELL, 2, 100, until(60), time_in_force=GTD)
    desk.order(3, SELL, 3, 99, until(70), time_in_force=GTD)
    desk.time_ns = 80
    assert desk.do(CommandKind.ADVANCE_TIME) == [
        "cancelled 2 2@100 expired",
        "cancelled 1 1@100 expired",
        "cancelled 3 3@99 expired",
    ]


@pytest.mark.parametrize(
    ("placed_ns", "last_ns"), [(0, DAY_NS), (1, DAY_NS), (DAY_NS - 1, DAY_NS), (DAY_NS, 2 * DAY_NS)]
)
def test_a_day_ends_at_the_next_midnight(make_desk, placed_ns, last_ns) -> None:
    desk = make_desk()
    desk.time_ns = placed_ns
    desk.order(1, BUY, 1, 100, time_in_force=DAY)
    desk.time_ns = last_ns - 1
    assert desk.do(CommandKind.ADVANCE_TIME) == []
    desk.time_ns = last_ns
    assert desk.do(CommandKind.ADVANCE_TIME) == ["cancelled 1 1@100 expired"]


def test_pending_orders_expire_and_a_refused_command_finds_them_gone(make_desk) -> None:
    desk = make_desk()
    stop = term(TermKind.TRIGGER, flags=1, price_ticks=110)
    desk.order(1, BUY, 1, 100, stop, until(5), time_in_force=GTD)
    desk.time_ns = 5
    told = desk.order(9, BUY, 1, 100)
    assert told == ["cancelled 1 1@100 expired", "refused unknown_account"]


def test_an_expiry_goes_with_its_time_in_force_and_lies_ahead(make_desk) -> None:
    desk = make_desk()
    desk.time_ns = 10
    assert desk.order(1, BUY, 1, 100, until(11)) == ["refused invalid_terms"]
    assert desk.order(1, BUY, 1, 100, time_in_force=GTD) == ["refused invalid_terms"]
    assert desk.order(1, BUY, 1, 100, until(10), time_in_force=GTD) == ["refused already_expired"]


ROW = CommandKind.ATTACH_TERM


def test_rows_are_for_the_next_order_of_their_account(make_desk) -> None:
    desk = make_desk()
    iceberg = term(TermKind.ICEBERG, qty_lots=1)
    desk.do(ROW, account=1, **iceberg)
    assert desk.order(2, BUY, 5, 90) == ["accepted 2 5@90"]
    assert desk.order(1, BUY, 5, 90) == ["accepted 1 5@90"]  # dropped by the order of 2
    desk.do(ROW, account=1, **iceberg)
    desk.do(CommandKind.ADVANCE_TIME)
    assert desk.order(1, BUY, 5, 90) == ["accepted 1 5@90"]  # dropped by the time
    desk.do(ROW, account=1, **iceberg)
    desk.do(ROW, account=2, **iceberg)
    assert desk.order(2, BUY, 5, 90) == ["accepted 2 5@90 showing 1"]
    desk.do(ROW, account=1, **iceberg)
    assert desk.order(1, BUY, 5, 90) == ["accepted 1 5@90 showing 1"]
    assert desk.order(1, BUY, 5, 90) == ["accepted 1 5@90"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"account": 1, "order_type": 0}, "invalid_terms"),
        ({"account": 1, "order_type": 10}, "invalid_terms"),
        ({"account": 0, "order_type": TermKind.OCO}, "unknown_account"),
    ],
)
def test_a_refused_row_refuses_the_order_after_it(make_desk, row, reason) -> None:
    desk = make_desk()
    assert desk.do(ROW, **row) == [f"refused {reason}"]
    assert desk.do(ROW, account=1, **term(TermKind.OCO, amount_atoms=1)) == []
    assert desk.order(1, BUY, 5, 90) == ["refused terms_refused"]
    assert desk.order(1, BUY, 5, 90) == ["accepted 1 5@90"]


def test_the_same_kind_twice_is_refused(make_desk) -> None:
    desk = make_desk()
    row = term(TermKind.OCO, amount_atoms=1)
    assert desk.do(ROW, account=1, **row) == []
    assert desk.do(ROW, account=1, **row) == ["refused invalid_terms"]
    assert desk.do(CommandKind.ADVANCE_TIME) == []
    assert desk.order(1, BUY, 5, 90, row) == ["accepted 1 5@90"]


MARKET = {"order_type": OrderType.MARKET, "price_ticks": 0}


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        (term(TermKind.TRIGGER, flags=0, price_ticks=5), {}),
        (term(TermKind.TRIGGER, flags=5, price_ticks=5), {}),
        (term(TermKind.TRIGGER, flags=1, price_ticks=0), {}),
        (term(TermKind.TRIGGER, flags=1, price_ticks=1_001), {}),
        (term(TermKind.TRIGGER, flags=1, price_ticks=5, qty_lots=1), {}),
        (term(TermKind.TRIGGER, flags=1, price_ticks=5, side=3), {}),
        (term(TermKind.TRIGGER, flags=1, price_ticks=5, time_in_force=5), {}),
        (term(TermKind.TRIGGER, flags=3, qty_lots=0), {}),
        (term(TermKind.TRIGGER, flags=3, qty_lots=1_001), {}),
        (term(TermKind.TRIGGER, flags=4, qty_lots=1_000_000), {}),
        (term(TermKind.PEG, side=1), {}),  # with a price
        (term(TermKind.PEG, side=1), MARKET),
        (term(TermKind.PEG, side=0), {"price_ticks": 0, "order_type": OrderType.LIMIT}),
        (term(TermKind.PEG, side=2), {"price_ticks": 0, "order_type": OrderType.LIMIT}),
        (term(TermKind.ICEBERG, qty_lots=0), {}),
        (term(TermKind.ICEBERG, qty_lots=2, amount_atoms=3), {}),
        (term(TermKind.ICEBERG, qty_lots=2), {"flags": OrderFlag.HIDDEN_ORDER}),
        (term(TermKind.ICEBERG, qty_lots=2), {"time_in_force": TimeInForce.IOC}),
        (term(TermKind.MINIMUM, qty_lots=0), {}),
        (term(TermKind.MINIMUM, qty_lots=6), {}),
        (term(TermKind.MINIMUM, qty_lots=2), {"time_in_force": TimeInForce.FOK}),
        (term(TermKind.MINIMUM, qty_lots=2), {"flags": OrderFlag.POST_ONLY}),
        (term(TermKind.OCO, amount_atoms=0), {}),
        (term(TermKind.OCO, amount_atoms=2**31), {}),
        (term(TermKind.BUDGET, amount_atoms=5), {"time_in_force": TimeInForce.FOK}),
        (term(TermKind.BUDGET, amount_atoms=5), MARKET),
        (term(TermKind.BUDGET, amount_atoms=0), {**MARKET, "time_in_force": TimeInForce.FOK}),
        (term(TermKind.CLOSE_POSITION), {**MARKET, "flags": OrderFlag.REDUCE_ONLY}),
        (term(TermKind.CLOSE_POSITION), {**MARKET, "qty_lots": 0}),
        (term(TermKind.PROTECTION, price_ticks=1), {}),
        (term(TermKind.PROTECTION, price_ticks=-1), MARKET),
        (term(TermKind.PROTECTION, price_ticks=1_001), MARKET),
    ],
)
def test_terms_that_do_not_go_with_the_order(make_desk, row, fields) -> None:
    desk = make_desk()
    order = {"qty_lots": 5, "price_ticks": 100, **fields}
    told = desk.order(1, BUY, order.pop("qty_lots"), order.pop("price_ticks"), row, **order)
    assert told == ["refused invalid_terms"]


@pytest.mark.parametrize(
    "rows",
    [
        [term(TermKind.TRIGGER, flags=1, price_ticks=5), term(TermKind.PEG, side=1)],
        [term(TermKind.MINIMUM, qty_lots=2), term(TermKind.ICEBERG, qty_lots=2)],
    ],
)
def test_terms_that_do_not_go_together(make_desk, rows) -> None:
    desk = make_desk()
    price = 0 if any(row["order_type"] == TermKind.PEG for row in rows) else 100
    assert desk.order(1, BUY, 5, price, *rows) == ["refused invalid_terms"]
