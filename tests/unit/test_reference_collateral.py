"""Several currencies and their haircuts, worked by hand.

An atom of COIN is worth as many atoms of USD as its index has ticks; 90 % of that count as margin.
`a` has 100 of it and no USD, and is long 100 of a USD contract at 200: at the mark p and the index
i its equity is 90 i + 100 p - 20,000.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from reference_desk import PLAIN, Desk, kinds, of_kind, rejection, words

from delever.reference import (
    CommandKind,
    Contract,
    CrossPool,
    Currency,
    EventKind,
    MarginMode,
    RejectReason,
    Rulebook,
    Side,
    Word,
    balances,
    marginal_tiers,
    pools,
)
from delever.reference.pools import Pool

USD, COIN = 0, 1
RULES = Rulebook(
    margin_mode_default=MarginMode.CROSS,
    cross_pool=CrossPool.ACCOUNT,
    currencies=(
        Currency("USD"),
        Currency("COIN", weight_ppm=900_000, tick_atoms=10**8, price_ticks_max=1_000),
    ),
)
FLAT = replace(PLAIN, tiers=marginal_tiers([(0, 50_000, 20)]))


@dataclass
class Stage:
    desk: Desk
    a: int
    other: int

    def index(self, price_ticks: int) -> list[tuple[int, ...]]:
        return self.desk.do(CommandKind.UPDATE_COLLATERAL, instrument=COIN, price_ticks=price_ticks)


def stage(rulebook: Rulebook = RULES) -> Stage:
    desk = Desk(FLAT, rulebook=rulebook)
    desk.do(CommandKind.OPEN_ACCOUNT, instrument=COIN, amount_atoms=100)
    on = Stage(desk, desk.venue.account_count - 1, desk.open())
    on.index(50)
    desk.trade(on.a, on.other, 100, 200)
    return on


def test_a_haircut_is_for_what_one_has_not_for_what_one_owes() -> None:
    state = stage().desk.venue.state
    assert pools.worth_of(state, COIN, 7) == 315
    assert pools.worth_of(state, COIN, -7) == -350
    assert pools.price_of(state, COIN, 7) == 350


def test_the_first_position_is_margined_by_another_currency() -> None:
    on = stage()
    assert on.desk.position(on.a).qty_lots == 100
    # 4,500 less 2,000; a coin counts 45.
    assert balances.free(on.desk.venue.state, on.a, USD) == 2_500
    assert balances.can_leave(on.desk.venue.state, on.a, COIN, 55)
    assert not balances.can_leave(on.desk.venue.state, on.a, COIN, 56)
    assert not balances.can_leave(on.desk.venue.state, on.a, USD, 1)


def test_nothing_is_worth_anything_before_it_has_an_index() -> None:
    desk = Desk(FLAT, rulebook=RULES)
    desk.do(CommandKind.OPEN_ACCOUNT, instrument=COIN, amount_atoms=10**6)
    refused = desk.place(1, Side.BUY, 1, 100)
    assert rejection(refused) is RejectReason.INSUFFICIENT_MARGIN


def test_liquidated_by_the_mark_or_by_the_index() -> None:
    # At 165 and 50 there are 1,000 of 825 needed. At 163 there are 800 of 815; at an index of 47
    # there are 730 of 825.
    on = stage()
    assert EventKind.LIQUIDATION_STARTED not in kinds(on.desk.set_mark(165))
    assert pools.equity(on.desk.venue.state, Pool(on.a, 0)) == 1_000
    updated, started, *_ = on.index(47)
    names = (Word.KIND, Word.INSTRUMENT, Word.PRICE_TICKS)
    assert words(updated, *names) == (EventKind.COLLATERAL_UPDATED, COIN, 47)
    assert words(started, Word.KIND, Word.AMOUNT_ATOMS) == (EventKind.LIQUIDATION_STARTED, 730)
    on = stage()
    assert EventKind.LIQUIDATION_STARTED in kinds(on.desk.set_mark(163))


def test_the_fund_takes_the_collateral_with_the_position() -> None:
    # 3,500 USD are owed. With 3,500 the fund takes the position at what it cost, and the coins.
    on = stage()
    on.desk.do(CommandKind.FUND_INSURANCE, amount_atoms=3_500)
    on.desk.set_mark(165)
    events = on.index(47)
    (taken,) = of_kind(events, EventKind.POSITION_TAKEN_OVER)
    assert words(taken, Word.QTY_LOTS, Word.AMOUNT_ATOMS) == (100, 20_000)
    (seized,) = of_kind(events, EventKind.COLLATERAL_SEIZED)
    names = (Word.ACCOUNT, Word.INSTRUMENT, Word.AMOUNT_ATOMS)
    assert words(seized, *names) == (on.a, COIN, 100)
    assert on.desk.venue.account(on.a).wallets == [0, 0]
    assert on.desk.venue.state.fund.wallets == [3_500, 100]


def test_otherwise_the_position_is_deleveraged_and_the_fund_has_the_collateral() -> None:
    on = stage()
    on.desk.do(CommandKind.FUND_INSURANCE, amount_atoms=3_499)
    on.desk.set_mark(165)
    events = on.index(47)
    (deleveraged,) = of_kind(events, EventKind.ACCOUNT_DELEVERAGED)
    names = (Word.ACCOUNT, Word.QTY_LOTS, Word.AMOUNT_ATOMS)
    assert words(deleveraged, *names) == (on.other, 100, 20_000)
    assert on.desk.venue.account(on.a).wallets == [0, 0]
    assert on.desk.venue.state.fund.wallets == [3_499, 100]


def test_the_closing_price_leaves_the_whole_pool_with_nothing() -> None:
    # 4,230 are behind 100 lots at 200: worth nothing together at 157.7.
    on = stage()
    on.desk.set_mark(165)
    finished = of_kind(on.index(47), EventKind.LIQUIDATION_FINISHED)
    assert finished[0][Word.PRICE_TICKS] == 158


def test_a_pool_of_each_currency() -> None:
    # The same rules, but what is in COIN margins nothing in USD.
    rules = replace(RULES, cross_pool=CrossPool.CURRENCY)
    desk = Desk(FLAT, rulebook=rules)
    desk.do(CommandKind.OPEN_ACCOUNT, instrument=COIN, amount_atoms=10**6)
    desk.do(CommandKind.UPDATE_COLLATERAL, instrument=COIN, price_ticks=50)
    refused = desk.place(1, Side.BUY, 1, 100)
    assert rejection(refused) is RejectReason.INSUFFICIENT_MARGIN


def test_an_inverse_position_in_a_joined_pool() -> None:
    # 1,000 lots of 100,000 / p coins each, bought at 100: 10^6 coins received, owed again. The
    # account has 200,000 coins at an index of 50. At the mark m it has 200,000 + 10^6 - 10^8 / m.
    inverse = replace(
        FLAT,
        contract=Contract.INVERSE,
        atom_ticks_per_lot=100_000,
        settle_currency=COIN,
    )
    desk = Desk(inverse, rulebook=RULES)
    for amount in (200_000, 10**9):
        desk.do(CommandKind.OPEN_ACCOUNT, instrument=COIN, amount_atoms=amount)
    desk.do(CommandKind.UPDATE_COLLATERAL, instrument=COIN, price_ticks=50)
    desk.trade(1, 2, 1_000, 100)
    desk.set_mark(100)
    pool = Pool(1, 0)
    # Worth 90 % of 200,000 x 50; needs 5 % of 10^6 x 50, without a haircut.
    assert pools.equity(desk.venue.state, pool) == 9_000_000
    assert pools.maintenance(desk.venue.state, pool) == 2_500_000
    # At 88: 63,636 coins are left, worth 2,863,620; 56,819 x 50 are needed. At 87: 50,574 coins,
    # worth 2,275,830, of 57,472 x 50.
    assert EventKind.LIQUIDATION_STARTED not in kinds(desk.set_mark(88))
    (started,) = of_kind(desk.set_mark(87), EventKind.LIQUIDATION_STARTED)
    assert started[Word.AMOUNT_ATOMS] == 2_275_830


@pytest.mark.parametrize(
    ("currency", "price", "reason"),
    [
        (0, 5, RejectReason.UNKNOWN_CURRENCY),
        (2, 5, RejectReason.UNKNOWN_CURRENCY),
        (1, 0, RejectReason.INVALID_PRICE),
        (1, 1_001, RejectReason.INVALID_PRICE),
        (1, 1_000, RejectReason.NONE),
    ],
)
def test_which_index_may_be_given(currency: int, price: int, reason: RejectReason) -> None:
    desk = Desk(FLAT, rulebook=RULES)
    events = desk.do(CommandKind.UPDATE_COLLATERAL, instrument=currency, price_ticks=price)
    assert rejection(events) is reason


def test_a_held_index_holds_from_the_end_of_the_point() -> None:
    on = stage()
    held = on.desk.do(CommandKind.UPDATE_COLLATERAL, instrument=COIN, price_ticks=40, flags=4)
    assert held == []
    assert on.desk.venue.state.collateral_ticks[COIN] == 50
    assert kinds(on.desk.set_mark(200))[:2] == [
        EventKind.MARK_UPDATED,
        EventKind.COLLATERAL_UPDATED,
    ]


@pytest.mark.parametrize(
    "kind",
    [
        CommandKind.OPEN_ACCOUNT,
        CommandKind.DEPOSIT,
        CommandKind.WITHDRAW,
        CommandKind.FUND_INSURANCE,
        CommandKind.TRANSFER,
    ],
)
def test_money_is_of_a_known_currency(kind: CommandKind) -> None:
    on = stage()
    events = on.desk.do(kind, account=on.a, other_account=on.other, instrument=2, amount_atoms=1)
    assert rejection(events) is RejectReason.UNKNOWN_CURRENCY
