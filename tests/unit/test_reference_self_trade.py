"""Self-trade prevention and trade groups, worked by hand, in the reference and the core."""

from __future__ import annotations

import pytest
from order_desk import BUY, SELL, make_desk, term

from delever.reference import CommandKind, SelfTrade, TermKind, TimeInForce

__all__ = ["make_desk"]

SHIFT = 3

# 1 offers 2, 2 offers 5, 1 offers 4 at 101; then 2 buys 8.
TOLD = {
    SelfTrade.TAKER: ["filled 2/1 2@100", "cancelled 2 6@101 self_trade"],
    SelfTrade.MAKER: [
        "filled 2/1 2@100",
        "cancelled 2 5@100 self_trade",
        "filled 2/1 4@101",
    ],
    SelfTrade.BOTH: [
        "filled 2/1 2@100",
        "cancelled 2 5@100 self_trade",
        "cancelled 2 6@101 self_trade",
    ],
    SelfTrade.DECREMENT: ["filled 2/1 2@100", "decremented 2/2 5@100", "filled 2/1 1@101"],
    SelfTrade.ALLOW: ["filled 2/1 2@100", "filled 2/2 5@100", "filled 2/1 1@101"],
}


@pytest.mark.parametrize("mode", TOLD)
@pytest.mark.parametrize("by_rule", [False, True])
def test_what_happens_at_an_own_order(make_desk, mode, by_rule) -> None:
    desk = make_desk(self_trade=mode if by_rule else SelfTrade.TAKER)
    desk.order(1, SELL, 2, 100)
    desk.order(2, SELL, 5, 100)
    desk.order(1, SELL, 4, 101)
    told = desk.order(2, BUY, 8, 101, flags=0 if by_rule else mode << SHIFT)
    assert told[1:] == TOLD[mode]


@pytest.mark.parametrize("flags", [6 << SHIFT, 7 << SHIFT])
def test_modes_that_do_not_exist(make_desk, flags) -> None:
    assert make_desk().order(1, BUY, 1, 100, flags=flags) == ["refused invalid_order"]


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ((0, 0), ["filled 2/1 5@100"]),
        ((1, 2), ["filled 2/1 5@100"]),
        ((1, 0), ["filled 2/1 5@100"]),
        ((7, 7), ["cancelled 2 5@100 self_trade"]),
    ],
)
def test_accounts_of_one_group_count_as_one(make_desk, groups, told) -> None:
    desk = make_desk()
    for account, group in zip((1, 2), groups, strict=True):
        set_group = {"account": account, "amount_atoms": group}
        assert desk.do(CommandKind.SET_TRADE_GROUP, **set_group) == ["trade_group_set"]
    desk.order(1, SELL, 5, 100)
    assert desk.order(2, BUY, 5, 100)[1:] == told


@pytest.mark.parametrize("group", [-1, 2**31])
def test_groups_that_do_not_exist(make_desk, group) -> None:
    told = make_desk().do(CommandKind.SET_TRADE_GROUP, account=1, amount_atoms=group)
    assert told == ["refused invalid_amount"]


def test_a_decrement_meets_what_an_iceberg_shows(make_desk) -> None:
    desk = make_desk()
    desk.order(1, SELL, 7, 100, term(TermKind.ICEBERG, qty_lots=3))
    desk.order(2, SELL, 1, 100)
    assert desk.order(1, BUY, 5, 100, flags=SelfTrade.DECREMENT << SHIFT) == [
        "accepted 1 5@100",
        "decremented 1/1 3@100",
        "replenished 1 3@100 hiding 1 <1",
        "filled 1/2 1@100",
        "decremented 1/1 1@100",
    ]
    assert desk.queue(SELL) == ["1 3(2)@100"]


@pytest.mark.parametrize("mode", [SelfTrade.TAKER, SelfTrade.BOTH, SelfTrade.DECREMENT])
def test_fill_or_kill_ends_at_an_own_order(make_desk, mode) -> None:
    desk = make_desk(self_trade=mode)
    desk.order(2, SELL, 2, 100)
    desk.order(1, SELL, 5, 100)
    fill_or_kill = TimeInForce.FOK
    assert desk.order(1, BUY, 3, 100, time_in_force=fill_or_kill) == ["refused unfillable"]
    assert desk.order(1, BUY, 2, 100, time_in_force=fill_or_kill)[1:] == ["filled 1/2 2@100"]


def test_the_venue_s_own_orders_meet_no_group(make_desk) -> None:
    # Long 10 at 100 with a margin of 100: at 93 equity is 30, below 5 % of 930. The bid that
    # closes it is of its own group.
    desk = make_desk()
    desk.trade(1, 2, 10, 100)
    for account in (1, 3):
        desk.do(CommandKind.SET_TRADE_GROUP, account=account, amount_atoms=5)
    desk.order(3, BUY, 10, 92)
    told = desk.mark(93)
    assert "filled 1/3 10@92 <1" in told
