"""Tiers, bankruptcy prices and liquidation prices, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reference_desk import PLAIN, Desk, rejection

from delever.reference import CommandKind, RejectReason, Side, margin, marginal_tiers
from delever.reference.state import Position

# 5 % up to 50,000, then 10 % less a deduction of 50,000 x (10 % - 5 %) = 2,500.


@pytest.mark.parametrize(
    ("notional", "required", "leverage_max"),
    [
        (1, 1, 20),  # 0.05, rounded up
        (10_000, 500, 20),
        (49_999, 2_500, 20),  # 2,499.95
        (50_000, 2_500, 5),  # the floor belongs to the higher tier, and nothing jumps
        (60_000, 3_500, 5),
    ],
)
def test_tiers(notional: int, required: int, leverage_max: int) -> None:
    assert margin.maintenance(PLAIN, notional, 1) == required
    assert margin.tier_of(PLAIN, notional).leverage_max == leverage_max


def test_a_deduction_of_a_fraction_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 1,000,000"):
        marginal_tiers([(0, 5_000, 100), (333, 10_000, 50)])


def held(qty_lots: int, cost_atoms: int, margin_atoms: int) -> Position:
    return Position(1, 0, 10, qty_lots, cost_atoms, margin_atoms)


@pytest.mark.parametrize(
    ("position", "bankruptcy", "liquidation"),
    [
        # Long 100 at 100 on 1,000: nothing is left at 90. Breached where 100 p - 9,000 <= 5 p, so
        # up to 94.7.
        (held(100, 10_000, 1_000), 90, 94),
        # Short: nothing is left at 110. Breached where 11,000 - 100 p <= 5 p, from 104.76 on.
        (held(-100, -10_000, 1_000), 110, 105),
        # Rounded to the solvent side: 9,100 / 99 = 91.9 up, 10,900 / 99 = 110.1 down.
        (held(99, 10_000, 900), 92, 96),
        (held(-99, -10_000, 900), 110, 105),
        # A long with more margin than cost is never bankrupt, nor liquidated.
        (held(10, 1_000, 1_500), 1, -1),
    ],
)
def test_prices_of_no_return(position: Position, bankruptcy: int, liquidation: int) -> None:
    assert margin.bankruptcy_price(PLAIN, position) == bankruptcy
    assert margin.liquidation_price(PLAIN, position) == liquidation


def test_equality_is_a_breach_only_where_the_rulebook_says_so() -> None:
    # Long 100 with a cost of 10,000 on 500: equity 500 at 100, exactly the maintenance margin.
    position = held(100, 10_000, 500)
    assert margin.breached(PLAIN, position, 100, breach_at_equality=True)
    assert not margin.breached(PLAIN, position, 100, breach_at_equality=False)
    assert margin.breached(PLAIN, position, 99, breach_at_equality=False)


def test_the_more_profitable_and_the_more_levered_are_deleveraged_first() -> None:
    # At 80, a short 60 at 100 on 600 has won 1,200: 200 %. Equity 1,800, maintenance 240: 13.3333
    # %.
    score = margin.deleveraging_score(PLAIN, held(-60, -6_000, 600), 80)
    assert score == 2_000_000 * 133_333
    assert margin.deleveraging_score(PLAIN, held(60, 6_000, 600), 80) == 0


@pytest.mark.parametrize(
    ("position", "mark", "score"),
    [
        # Funding has eaten the margin: a profit of 2,000,000 over (at least) 1 is capped at 10^12
        # ppm. 97,500 of an equity of 1,990,000 are needed: 4.8994 %.
        (held(-1_000, -3_000_000, -10_000), 1_000, 10**12 * 48_994),
        # A profit of 10 over 1 is 1,000 %. Equity 5 is less than the 40 needed: capped at 100 %.
        (held(-10, -810, -5), 80, 10_000_000 * 1_000_000),
        # Nothing is left, so there is nothing to take.
        (held(-10, -810, -10), 80, 0),
    ],
)
def test_the_score_is_capped(position: Position, mark: int, score: int) -> None:
    assert margin.deleveraging_score(PLAIN, position, mark) == score


@pytest.mark.parametrize(
    ("mark", "price", "needed"),
    [
        (0, 100, 101),  # 1,000 / 10 and a fee of 0.1 %
        (100, 100, 101),
        (95, 100, 151),  # five ticks above the mark are lost at once: 5 x 10 more
        (105, 100, 101),  # but none are gained
    ],
)
def test_what_opening_ten_lots_needs(mark: int, price: int, needed: int) -> None:
    spec = replace(PLAIN, taker_fee_ppm=1_000)
    got = margin.need(spec, Side.BUY, price, 10, leverage=10, mark_ticks=mark)
    assert got == needed


@pytest.mark.parametrize(
    ("amount", "mark", "reason"),
    [
        (500, 100, RejectReason.NONE),
        (9_001, 100, RejectReason.INSUFFICIENT_MARGIN),  # 9,000 are available
        (0, 100, RejectReason.INVALID_AMOUNT),
        (-1, 100, RejectReason.INSUFFICIENT_MARGIN),  # 1,000 is exactly the initial margin
        (-1_000, 102, RejectReason.INSUFFICIENT_MARGIN),  # a profit of 200 does not do alone
        (-80, 102, RejectReason.NONE),  # 920 + 200 >= 1,020
        (-181, 102, RejectReason.INSUFFICIENT_MARGIN),  # 819 + 200 < 1,020
    ],
)
def test_margin_adjustments(amount: int, mark: int, reason: RejectReason) -> None:
    desk = Desk()
    account, other = desk.open(10_000), desk.open()
    desk.trade(account, other, 100, 100)
    desk.set_mark(mark)
    events = desk.do(CommandKind.ADJUST_MARGIN, account=account, amount_atoms=amount)
    assert rejection(events) is reason
    expected = 1_000 if reason else 1_000 + amount
    assert desk.position(account).margin_atoms == expected


@pytest.mark.parametrize(
    ("leverage", "orders", "position", "reason"),
    [
        (20, False, False, RejectReason.NONE),
        (21, False, False, RejectReason.INVALID_LEVERAGE),
        (0, False, False, RejectReason.INVALID_LEVERAGE),
        (20, True, False, RejectReason.OPEN_ORDERS_EXIST),
        (9, False, True, RejectReason.LEVERAGE_BELOW_POSITION),
        (9, False, False, RejectReason.NONE),
        (11, False, True, RejectReason.NONE),
    ],
)
def test_leverage(leverage: int, orders: bool, position: bool, reason: RejectReason) -> None:
    desk = Desk()
    account, other = desk.open(), desk.open()
    if position:
        desk.trade(account, other, 10, 100)
    if orders:
        desk.place(account, Side.BUY, 1, 50)
    events = desk.do(CommandKind.SET_LEVERAGE, account=account, qty_lots=leverage)
    assert rejection(events) is reason
