"""Margin modes, hedges, currencies and inverse contracts as people use them."""

from dataclasses import replace
from decimal import Decimal

import pytest
from api_helpers import bitcoin_venue, rules

import delever as dl
from delever import MarginMode, PositionSide, RejectReason

COIN = dl.Currency("BTC", weight_ppm=950_000, tick_atoms=10**7, price_ticks_max=10**7)  # 0.1 USDT


@pytest.fixture
def joined():
    """A venue whose accounts margin everything with dollars and coins together."""
    book = replace(rules(), currencies=(dl.Currency("USDT"), COIN), cross_pool=dl.CrossPool.ACCOUNT)
    return dl.Venue([book.instrument("BTCUSDT")], rulebook=book)


def test_cross_margin():
    venue = bitcoin_venue()
    alice, bob = venue.open_account("10000"), venue.open_account("1000000")
    assert venue.set_leverage(alice, "BTCUSDT", 20, mode="cross")
    assert venue.seed_position(alice, bob, 0, side="buy", qty="1", price="70000")
    position = venue.position(alice, 0)
    assert (position.margin, position.mode, position.leverage) == (0, MarginMode.CROSS, 20)
    assert venue.balance(alice) == 10000
    # The same mode again is nothing to refuse, another one is while the position is open.
    assert venue.set_leverage(alice, 0, 25, mode=MarginMode.CROSS)
    refused = venue.set_leverage(alice, 0, 30, mode="isolated")
    assert refused.reason is RejectReason.POSITION_OPEN
    assert venue.position(alice, 0).leverage == 25
    # 70,000 at 25 times need 2,800; what is left is short of the maintenance margin at 67,400.
    assert venue.withdraw(alice, "7201").reason is RejectReason.INSUFFICIENT_BALANCE
    assert venue.withdraw(alice, "7200")
    (started,) = venue.set_mark(0, "67400").events.liquidations["instrument"].tolist()
    assert started == 0xFFFF
    venue.check()


def test_a_hedge():
    venue = bitcoin_venue()
    alice, bob = venue.open_account("100000"), venue.open_account("1000000")
    assert venue.set_position_mode(alice, "hedge")
    assert venue.place(bob, 0, side="sell", qty="1", price="70000")
    assert venue.place(alice, 0, side="buy", qty="1", price="70000", position_side="long")
    assert venue.place(bob, 0, side="buy", qty="0.5", price="70000")
    assert venue.place(alice, 0, side="sell", qty="0.5", price="70000", position_side="short")
    long, short = (venue.position(alice, 0, side) for side in ("long", "short"))
    assert (long.qty, short.qty) == (1, Decimal("-0.5"))
    assert (long.position_side, short.position_side) == (PositionSide.LONG, PositionSide.SHORT)
    assert venue.position(alice, 0).qty == 0
    assert venue.adjust_margin(alice, 0, "10", position_side="short")
    assert venue.position(alice, 0, "short").margin == short.margin + 10
    assert venue.liquidation_price(alice, 0, "long") < 70000
    assert venue.liquidation_price(alice, 0, "short") > 70000
    refused = venue.place(alice, 0, side="buy", qty="1", price="60000")
    assert refused.reason is RejectReason.INVALID_ORDER
    assert venue.positions()["position_side"].tolist() == [0, 1, 2]


def test_collateral(joined):
    assert joined.update_collateral("BTC", "70000")
    alice, bob = joined.open_account("0.5", currency="BTC"), joined.open_account("1000000")
    assert joined.balance(alice) == 0
    assert joined.balance(alice, "BTC") == Decimal("0.5")
    assert joined.set_margin_mode(alice, 0, "cross")
    assert joined.seed_position(alice, bob, 0, side="buy", qty="1", price="70000")
    assert joined.transfer(alice, bob, "0.1", currency="BTC")
    assert joined.balance(bob, "BTC") == Decimal("0.1")
    assert not joined.transfer(alice, bob, "0.4", currency=1)
    assert joined.accounts("BTC")["wallet_atoms"].tolist() == [0, 40_000_000, 10_000_000]
    assert joined.set_mark(0, "70000")
    fallen = joined.update_collateral("BTC", "500")
    assert fallen.events.liquidations["account"].tolist() == [alice]
    joined.check()


def test_a_snapshot_knows_its_currencies(joined):
    alice = joined.open_account("2", currency="BTC")
    again = dl.Venue.restore(joined.snapshot())
    assert again.balance(alice, "BTC") == 2
    assert again.update_collateral("BTC", "70000.1")
    assert again.core.collateral_price(1) == 700_001


def test_an_inverse_contract():
    terms = dict.fromkeys(("maker_fee", "taker_fee", "liquidation_fee"), 0)
    usd = dl.Instrument.inverse(
        "BTCUSD",
        tick="0.5",
        contract=100,
        settle=1,
        price_max=200_000,
        order_max=10_000,
        position_max=10_000,
        market_bound="0.05",
        leverage_default=10,
        tiers=[(0, "0.005", 0, 100)],
        **terms,
    )
    book = dl.Rulebook(currencies=(dl.Currency("USDT"), COIN))
    venue = dl.Venue([usd], rulebook=book)
    alice, bob = (venue.open_account("1", currency="BTC") for _ in range(2))
    # A thousand lots of $100 at 50,000 are two coins: 0.2 of margin at ten times.
    assert venue.seed_position(alice, bob, 0, side="buy", qty=1000, price=50_000)
    position = venue.position(alice, 0)
    assert (position.qty, position.entry_price) == (1000, 50_000)
    assert position.margin == Decimal("0.2")
    assert venue.bankruptcy_price(alice, 0) == Decimal("45455.0")  # 100,000 / 2.2 coins
    assert dl.Venue.restore(venue.snapshot()).position(bob, 0).entry_price == 50_000
