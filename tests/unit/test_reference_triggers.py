"""Stops, trailing stops and one-cancels-other, worked by hand, in the reference and the core."""

from __future__ import annotations

import pytest
from order_desk import BUY, SELL, Term, make_desk, term

from delever.reference import (
    CommandKind,
    OrderFlag,
    StopEntry,
    TermKind,
    TradingPhase,
    TriggerKind,
    TriggerSource,
)

__all__ = ["make_desk"]

CONTINUOUS, AUCTION = TradingPhase.CONTINUOUS, TradingPhase.AUCTION


def when(
    price_ticks: int, kind: TriggerKind = TriggerKind.STOP, distance: int = 0, **fields: int
) -> Term:
    return term(TermKind.TRIGGER, flags=kind, price_ticks=price_ticks, qty_lots=distance, **fields)


def oco(group: int) -> Term:
    return term(TermKind.OCO, amount_atoms=group)


def test_a_stop_waits_outside_the_book_and_runs_under_its_trigger(make_desk) -> None:
    desk = make_desk()
    desk.order(2, SELL, 3, 105)
    assert desk.order(1, BUY, 5, 106, when(104)) == ["accepted 1 5@106 when 104"]
    assert desk.queue(BUY) == []
    assert desk.waiting() == ["pending 1 5 104"]
    assert desk.print(103) == ["printed 0@103"]
    assert desk.print(104) == [
        "printed 0@104",
        "triggered 1 5@104 of 104 <0",
        "filled 1/2 3@105 <1",
    ]
    assert desk.queue(BUY) == ["1 2(2)@106"]
    assert desk.waiting() == []


def test_stops_of_one_fill_go_up_first_then_down_and_run_after_the_taker_is_done(make_desk) -> None:
    # The sale of 5 at 100 touches all; the lower upward trigger and the higher downward one lead.
    desk = make_desk()
    desk.print(101)
    desk.order(3, SELL, 1, 200, when(101 + 1, side=2))  # a sale that waits for a fall to 102
    assert desk.waiting() == []
    desk.order(4, SELL, 1, 201, when(100))
    desk.order(4, SELL, 2, 202, when(100))
    desk.order(4, BUY, 3, 50, when(100, TriggerKind.TAKE_PROFIT))
    desk.order(2, BUY, 5, 100)
    told = desk.order(1, SELL, 7, 100)
    assert told == [
        "accepted 1 7@100",
        "filled 1/2 5@100",
        "triggered 4 1@100 of 100 <1",
        "triggered 4 2@100 of 100 <1",
        "triggered 4 3@100 of 100 <1",
    ]
    assert desk.queue(SELL) == ["1 2(2)@100", "3 1(1)@200", "4 1(1)@201", "4 2(2)@202"]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            StopEntry.RUN,
            ["accepted 1 5@99 when 104", "triggered 1 5@104 of 104"],
        ),
        (StopEntry.REJECT, ["refused would_trigger"]),
    ],
)
def test_a_stop_whose_price_has_come(make_desk, rule, told) -> None:
    desk = make_desk(stop_entry=rule)
    desk.print(104)
    assert desk.order(1, BUY, 5, 99, when(104)) == told
    assert desk.queue(BUY) == (["1 5(5)@99"] if rule is StopEntry.RUN else [])


def test_what_triggers_may_be_refused_then(make_desk) -> None:
    desk = make_desk()
    desk.order(1, SELL, 5, 0, when(95), flags=OrderFlag.REDUCE_ONLY)
    assert desk.print(95) == [
        "printed 0@95",
        "triggered 1 5@95 of 95 <0",
        "cancelled 1 5@0 reduce_only_would_increase at trigger <1",
    ]


def test_one_stop_sets_off_another(make_desk) -> None:
    # 1's stop buys at 110, which is where 2's stop waits; that one finds nothing left.
    desk = make_desk()
    desk.order(3, SELL, 2, 110)
    desk.order(1, BUY, 2, 0, when(105))
    desk.order(2, BUY, 1, 0, when(110))
    assert desk.print(105) == [
        "printed 0@105",
        "triggered 1 2@105 of 105 <0",
        "filled 1/3 2@110 <1",
        "triggered 2 1@110 of 110 <2",
        "cancelled 2 1@1000 immediate_remainder <3",
    ]


def test_a_trail_follows_the_highest_and_not_back(make_desk) -> None:
    desk = make_desk()
    trail = when(0, TriggerKind.TRAILING_TICKS, 5)
    assert desk.order(1, SELL, 1, 90, trail) == ["accepted 1 1@90"]
    assert desk.waiting() == ["pending 1 1 0"]  # nothing has traded yet
    for price, trigger in ((100, 95), (98, 95), (103, 98), (99, 98)):
        desk.print(price)
        assert desk.waiting() == [f"pending 1 1 {trigger}"]
    assert desk.print(98)[1] == "triggered 1 1@98 of 98 <0"
    assert desk.queue(SELL) == ["1 1(1)@90"]


def test_a_trail_in_ppm_rounds_the_distance_up(make_desk) -> None:
    # 1.5 % of 99 is 1.485, so 2 ticks: a rise from 99 to 101.
    desk = make_desk()
    desk.print(110)
    trail = when(0, TriggerKind.TRAILING_PPM, 15_000)
    assert desk.order(1, BUY, 1, 200, trail) == ["accepted 1 1@200 when 112"]
    desk.print(99)
    assert desk.waiting() == ["pending 1 1 101"]


def test_an_initial_trigger_holds_until_the_trail_passes_it(make_desk) -> None:
    desk = make_desk()
    desk.print(100)
    desk.order(1, SELL, 1, 90, when(97, TriggerKind.TRAILING_TICKS, 5))
    for price, trigger in ((101, 97), (102, 97), (103, 98)):
        desk.print(price)
        assert desk.waiting() == [f"pending 1 1 {trigger}"]


@pytest.mark.parametrize("source", [TriggerSource.MARK, TriggerSource.INDEX])
def test_stops_that_watch_the_mark_or_the_index_run_at_the_point(make_desk, source) -> None:
    desk = make_desk()
    desk.mark(100)
    desk.order(1, SELL, 1, 90, when(95, time_in_force=source))
    assert desk.print(90) == ["printed 0@90"]
    # Without a basis the formula gives the middle of index 94, index 94 and last 90.
    told = desk.do(CommandKind.UPDATE_INDEX, price_ticks=94)
    assert told == ["marked 94", "triggered 1 1@94 of 95 <0"]


def test_stops_that_watch_quotes_see_the_displayed_touch_of_the_other_side(make_desk) -> None:
    desk = make_desk()
    desk.order(1, BUY, 1, 99, when(105, time_in_force=TriggerSource.QUOTE))
    desk.order(2, SELL, 1, 106, flags=OrderFlag.HIDDEN_ORDER)
    assert desk.waiting() == ["pending 1 1 105"]
    assert desk.order(3, SELL, 1, 107) == ["accepted 3 1@107", "triggered 1 1@107 of 105"]


def test_a_new_trigger_that_holds_runs_at_once_whatever_the_rule(make_desk) -> None:
    desk = make_desk(stop_entry=StopEntry.REJECT)
    desk.print(100)
    desk.order(1, BUY, 2, 99, when(110))
    order = desk.last_order
    assert desk.amend(1, order, when(105), qty_lots=3) == ["amended 1 3@99"]
    assert desk.waiting() == ["pending 1 3 105"]
    assert desk.amend(1, order, when(100)) == ["amended 1 3@99", "triggered 1 3@100 of 100"]
    assert desk.queue(BUY) == ["1 3(3)@99"]


def test_an_amended_trigger_waits_behind_equal_ones(make_desk) -> None:
    desk = make_desk()
    desk.order(1, BUY, 1, 50, when(110))
    first = desk.last_order
    desk.order(2, BUY, 1, 50, when(110))
    desk.amend(1, first, when(110))
    assert [line.split()[1] for line in desk.print(110)[1:]] == ["2", "1"]


def test_stops_wait_for_the_end_of_an_auction(make_desk) -> None:
    desk = make_desk()
    desk.order(1, BUY, 1, 50, when(110))
    desk.phase(AUCTION)
    assert desk.print(120) == ["printed 0@120"]
    assert desk.phase(CONTINUOUS) == ["phase 2>1 0@0", "triggered 1 1@120 of 110"]


def test_a_trigger_cancels_its_siblings_before_it_runs(make_desk) -> None:
    desk = make_desk()
    desk.trade(1, 2, 5, 100)
    desk.order(1, SELL, 5, 120, oco(1))
    desk.order(1, SELL, 5, 0, oco(1), when(95))
    desk.order(1, SELL, 1, 130, oco(2))
    desk.order(3, BUY, 9, 94)
    assert desk.print(95) == [
        "printed 0@95",
        "triggered 1 5@95 of 95 <0",
        "cancelled 1 5@120 oco_sibling <1",
        "filled 1/3 5@94 <1",
    ]
    assert desk.queue(SELL) == ["1 1(1)@130"]


def test_a_fill_cancels_siblings_after_what_it_leaves_to_reduce(make_desk) -> None:
    # The fill closes 1's position: its reduce-only order goes first, then the sibling.
    desk = make_desk()
    desk.trade(1, 2, 5, 100)
    desk.order(1, SELL, 5, 90, oco(1), when(95))
    desk.order(1, SELL, 2, 130, flags=OrderFlag.REDUCE_ONLY)
    desk.order(1, SELL, 5, 120, oco(1))
    assert desk.order(3, BUY, 5, 120) == [
        "accepted 3 5@120",
        "filled 3/1 5@120",
        "cancelled 1 2@130 reduce_only <1",
        "cancelled 1 5@90 oco_sibling <1",
    ]


def test_a_cancelled_sibling_does_not_trigger_with_the_same_print(make_desk) -> None:
    desk = make_desk()
    desk.order(1, BUY, 1, 50, oco(1), when(110))
    desk.order(1, BUY, 2, 50, oco(1), when(111))
    assert desk.print(115) == [
        "printed 0@115",
        "triggered 1 1@115 of 110 <0",
        "cancelled 1 2@50 oco_sibling <1",
    ]


def test_closing_a_position_takes_the_quantity_of_the_moment(make_desk) -> None:
    desk = make_desk()
    desk.trade(1, 2, 5, 100)
    closing = term(TermKind.CLOSE_POSITION)
    desk.order(1, SELL, 0, 0, closing, when(95), flags=OrderFlag.REDUCE_ONLY)
    desk.trade(1, 2, 3, 100)
    desk.order(3, BUY, 20, 94)
    assert desk.print(95)[1:] == ["triggered 1 0@95 of 95 <0", "filled 1/3 8@94 <1"]
    assert desk.machine.position(1) == 0


def test_pending_orders_reserve_nothing_and_leave_the_leverage_free(make_desk) -> None:
    desk = make_desk()
    assert desk.order(1, BUY, 1_000, 1_000, when(999)) == ["accepted 1 1000@1000 when 999"]
    assert desk.do(CommandKind.SET_LEVERAGE, account=1, qty_lots=3) == ["leverage_changed"]
    assert desk.do(CommandKind.WITHDRAW, account=1, amount_atoms=1_000_000) == ["withdrawn"]
    assert desk.print(999)[2] == "cancelled 1 1000@1000 insufficient_margin at trigger <1"
