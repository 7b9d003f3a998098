"""Inverse contracts, worked by hand: BitMEX's own example, and what follows from it.

A lot is one dollar, a tick half a dollar: a lot at p ticks is worth 1e8 / 0.5 / p = 2e8 / p atoms.
15,000 contracts at 750 (1,500 ticks) are 20 XBT, at 800 (1,600 ticks) 18.75 XBT.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from reference_desk import PLAIN, Desk, of_kind, words

from delever.reference import (
    CommandKind,
    Contract,
    EventKind,
    Side,
    TimeInForce,
    Word,
    marginal_tiers,
)
from delever.reference.contracts import cost, value, worst_price, worth
from delever.reference.margin import liquidation_price, open_loss
from delever.reference.state import Position

XBT = 10**8
XBTUSD = replace(
    PLAIN,
    symbol="XBTUSD",
    contract=Contract.INVERSE,
    atom_ticks_per_lot=2 * XBT,
    price_ticks_max=4_000,
    order_lots_max=1_000_000,
    position_lots_max=1_000_000,
    tiers=marginal_tiers([(0, 5_000, 100)]),
)


def test_values_are_rounded_up_and_worths_down() -> None:
    assert value(XBTUSD, 1_500, 15_000) == 20 * XBT
    assert value(XBTUSD, 1_600, 15_000) == 1_875 * XBT // 100
    # One lot at 1,500 is 133,333.3 atoms.
    assert value(XBTUSD, 1_500, 1) == 133_334
    assert worth(XBTUSD, 1, 1_500) == -133_334
    assert worth(XBTUSD, -1, 1_500) == 133_333
    assert cost(XBTUSD, 1, 133_334) == -133_334


def test_profit_and_funding_of_bitmex() -> None:
    desk = Desk(XBTUSD)
    buyer, seller = desk.open(2 * XBT), desk.open(100 * XBT)
    desk.trade(buyer, seller, 15_000, 1_500)
    assert desk.position(buyer).cost_atoms == -20 * XBT
    assert desk.position(buyer).margin_atoms == 2 * XBT
    # (1.00 % - 0.25 %) / 3 = 0.25 % of 20 XBT are 0.05: longs pay, shorts receive.
    desk.set_mark(1_500)
    paid = of_kind(
        desk.do(CommandKind.SETTLE_FUNDING, amount_atoms=250_000), EventKind.FUNDING_PAID
    )
    assert [words(one, Word.ACCOUNT, Word.AMOUNT_ATOMS) for one in paid] == [
        (buyer, -XBT // 20),
        (seller, XBT // 20),
    ]
    # Sold at 800: 20 - 18.75 = 1.25 XBT of profit, 1.2 net of the funding.
    desk.place(seller, Side.BUY, 15_000, 1_600)
    desk.place(buyer, Side.SELL, 15_000, 1_600, time_in_force=TimeInForce.IOC)
    assert desk.position(buyer).qty_lots == 0
    assert desk.venue.wallet(buyer) == 2 * XBT + 120 * XBT // 100
    assert desk.venue.wallet(seller) == 100 * XBT - 120 * XBT // 100


@pytest.mark.parametrize(
    ("qty_lots", "cost_atoms", "bankruptcy", "liquidation"),
    [
        # Long on 2 XBT: nothing is left where it owes 22 XBT, at 3e12 / 2.2e9 = 1,363.6. Breached
        # where 1.005 x 3e12 / p >= 2.2e9, up to 1,370.4.
        (15_000, -20 * XBT, 1_364, 1_370),
        # Short on 2 XBT: nothing is left where it is owed 18 XBT, at 1,666.7; breached where
        # 0.995 x 3e12 / p <= 1.8e9, from 1,658.3 on.
        (-15_000, 20 * XBT, 1_666, 1_659),
    ],
)
def test_prices_of_no_return(
    qty_lots: int, cost_atoms: int, bankruptcy: int, liquidation: int
) -> None:
    position = Position(1, 0, 10, qty_lots, cost_atoms, 2 * XBT)
    assert worst_price(XBTUSD, qty_lots, cost_atoms - 2 * XBT) == bankruptcy
    assert liquidation_price(XBTUSD, position) == liquidation


def test_the_bound_of_a_price_is_a_price() -> None:
    # Owing 1 atom at most is nothing a long can do, nor is being owed 1e12 atoms.
    spec = replace(XBTUSD, price_ticks_min=10)
    assert worst_price(spec, 15_000, -1) == 4_000
    assert worst_price(spec, -15_000, 10**12) == 10
    assert worst_price(spec, 15_000, -(10**15)) == 10


def test_opening_away_from_the_mark_begins_with_a_loss() -> None:
    # Bought at 1,600 where the mark is 1,500: 18.75 XBT received for what owes 20.
    assert open_loss(XBTUSD, Side.BUY, 1_600, 15_000, 1_500) == 125 * XBT // 100
    assert open_loss(XBTUSD, Side.SELL, 1_600, 15_000, 1_500) == 0
    assert open_loss(XBTUSD, Side.SELL, 1_500, 1, 1_500) == 1  # worth is rounded down


def test_a_liquidation_in_coin() -> None:
    # At 1,370 it owes 21.898 XBT of 22 and needs 0.1095: closed at 1,368 it keeps nearly nothing.
    desk = Desk(XBTUSD)
    buyer, seller, bidder = desk.open(2 * XBT), desk.open(100 * XBT), desk.open(100 * XBT)
    desk.trade(buyer, seller, 15_000, 1_500)
    desk.place(bidder, Side.BUY, 15_000, 1_368)
    assert of_kind(desk.set_mark(1_371), EventKind.LIQUIDATION_STARTED) == []
    (finished,) = of_kind(desk.set_mark(1_370), EventKind.LIQUIDATION_FINISHED)
    # 3e12 / 1,368 = 2,192,982,456.1: 7,017,543 atoms are left, less than the fee of 0.5 %.
    assert words(finished, Word.PRICE_TICKS, Word.AMOUNT_ATOMS) == (1_364, 7_017_543)
    assert desk.venue.wallet(buyer) == 0
    assert desk.venue.wallet(0) == 7_017_543
