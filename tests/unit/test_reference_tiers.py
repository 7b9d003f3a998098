"""Tier rules other than marginal ones, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reference_desk import PLAIN, Desk, kinds, of_kind, rejection, words

from delever.reference import (
    Contract,
    EventKind,
    InstrumentSpec,
    MarginTier,
    RejectReason,
    Side,
    TierRule,
    Word,
    margin,
)

BUY = Side.BUY
STEP = replace(
    PLAIN,
    tier_rule=TierRule.STEP,
    tiers=(MarginTier(0, 50_000, 0, 20), MarginTier(10_000, 200_000, 0, 10)),
)
# One per cent and a thousandth of a per cent more for every lot; twice that to open.
SIZE = replace(
    PLAIN,
    tier_rule=TierRule.SIZE_LINEAR,
    tiers=(MarginTier(0, 10_000, 0, 50, initial_ppm=20_000),),
    maintenance_slope_e12=10**7,
    initial_slope_e12=2 * 10**7,
)


@pytest.mark.parametrize(
    ("notional", "required"),
    # At the floor the lower rate still holds; beyond it the higher one does, for all of it.
    [(9_999, 500), (10_000, 500), (10_001, 2_001), (20_000, 4_000)],
)
def test_steps_hold_for_the_whole_position(notional: int, required: int) -> None:
    assert margin.maintenance(STEP, notional, 1) == required


def test_a_step_can_breach_on_a_favourable_tick() -> None:
    # Long 100 at 99 on 990. At 100 it has 1,090 and needs 500; at 101 it has 1,190, but needs 20 %
    # of 10,100. The short, which loses, goes first.
    desk = Desk(STEP)
    a, seller = desk.open(990), desk.open()
    desk.trade(a, seller, 100, 99)
    assert EventKind.LIQUIDATION_STARTED not in kinds(desk.set_mark(100))
    started = of_kind(desk.set_mark(101), EventKind.LIQUIDATION_STARTED)[-1]
    assert words(started, Word.ACCOUNT, Word.AMOUNT_ATOMS) == (a, 1_190)
    assert started[Word.OTHER_AMOUNT] == (2_020 - 1_190) * 10**6 // 10_100


def test_a_rate_that_rises_with_the_size() -> None:
    # 100 lots: 1.1 % of 10,000; 200 lots: 1.2 % of 20,000.
    assert margin.maintenance(SIZE, 10_000, 100) == 110
    assert margin.maintenance(SIZE, 20_000, 200) == 240
    # To open 100: 2.2 %, or what the leverage asks if that is more.
    assert margin.initial(SIZE, 10_000, 100, leverage=50) == 220
    assert margin.initial(SIZE, 10_000, 100, leverage=10) == 1_000


def test_the_size_of_an_inverse_contract_is_its_coin() -> None:
    # 3 coins at 1 % and 0.5 % more per coin: 2.5 %.
    coin = 10**8
    spec = replace(SIZE, contract=Contract.INVERSE, maintenance_slope_e12=5 * 10**9)
    assert margin.maintenance(spec, 3 * coin, 777) == 3 * coin * 25 // 1_000


def test_the_closing_fee_is_part_of_the_maintenance_margin() -> None:
    spec = replace(PLAIN, maintenance_fee_ppm=550)
    # 5 % of 10,001 is 500.05, 0.055 % is 5.5: each is rounded up for itself.
    assert margin.maintenance(spec, 10_001, 1) == 501 + 6


def scaled(lower: int, upper: int) -> InstrumentSpec:
    tiers = (MarginTier(0, 50_000, 0, 20, initial_ppm=100_000),)
    return replace(
        PLAIN, tiers=tiers, open_interest_lower_atoms=lower, open_interest_upper_atoms=upper
    )


@pytest.mark.parametrize(
    ("open_interest", "needed"),
    # 10 % of 1,000 up to the lower bound, all of it from the upper one on, and in between.
    [(0, 100), (10_000, 100), (15_000, 550), (20_000, 1_000), (30_000, 1_000)],
)
def test_the_initial_margin_rises_with_the_open_interest(open_interest: int, needed: int) -> None:
    spec = scaled(10_000, 20_000)
    got = margin.initial(spec, 1_000, 10, leverage=20, open_interest_atoms=open_interest)
    assert got == needed


def test_open_interest_counts_where_one_opens_not_where_one_rests() -> None:
    # 150 lots are open at 100: opening ten more needs 550 instead of 100, at once as at rest; what
    # rests keeps 100.
    desk = Desk(scaled(10_000, 20_000))
    buyer, seller, poor, rich = desk.open(), desk.open(), desk.open(549), desk.open(550)
    desk.trade(buyer, seller, 150, 100)
    desk.set_mark(100)
    assert rejection(desk.place(poor, BUY, 10, 100)) is RejectReason.INSUFFICIENT_MARGIN
    assert rejection(desk.place(rich, BUY, 10, 100)) is RejectReason.NONE
    assert desk.venue.reserved(rich) == 100
