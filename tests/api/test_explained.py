"""Liquidation prices, bankruptcy prices and margin ratios: exact, and explained by their terms."""

import copy
import dataclasses
import pickle
import re
from decimal import Decimal

import numpy as np
import pytest
from api_helpers import bitcoin_venue, levered_long, rules

import delever as dl
from delever.reference.vocabulary import EventKind

ETH = dl.Instrument.linear(
    "ETHUSDT",
    tick="0.01",
    lot="0.001",
    price_max="100000",
    order_max="100000",
    position_max="100000",
    maker_fee=0,
    taker_fee=0,
    liquidation_fee="0.0125",
    market_bound="0.05",
    leverage_default=20,
    maintenance_fee="0.0005",
    tiers=[("0", "0.005", "0", 100), ("1000000", "0.01", "5000", 50)],
)
COIN = dl.Instrument.inverse(
    "BTCUSD",
    tick="0.5",
    contract=100,
    price_min="100",
    price_max="1000000",
    order_max=100000,
    position_max=1000000,
    maker_fee=0,
    taker_fee=0,
    liquidation_fee="0.01",
    market_bound="0.05",
    leverage_default=20,
    tiers=[("0", "0.005", "0", 100), ("100", "0.01", "0.5", 50)],
)


def liquidated(venue, instrument, price):
    """Who a mark would liquidate, on a copy."""
    twin = venue.branch()
    twin.set_mark(instrument, price)
    risk = twin.events.risk
    return set(risk["account"][risk["kind"] == EventKind.LIQUIDATION_STARTED].tolist())


def number(text, name):
    return Decimal(re.search(rf"{name} (-?[\d.]+)", text).group(1))


def two_markets(mode):
    """Alice is long ETH and short BTC in cross (or isolated) margin, Bob the other way round."""
    venue = dl.Venue([rules().instrument("BTCUSDT"), ETH], rulebook=rules())
    alice, bob = venue.open_account("60000"), venue.open_account("9000000")
    for listed in ("BTCUSDT", ETH):
        assert venue.set_margin_mode(alice, listed, mode)
    assert venue.seed_position(alice, bob, ETH, side="buy", qty="100", price="2500")
    assert venue.seed_position(alice, bob, "BTCUSDT", side="sell", qty="1.5", price="72000")
    venue.set_mark("BTCUSDT", "72500")
    venue.set_mark(ETH, "2450.5")
    return venue, alice


def test_an_isolated_price_is_solved_from_its_own_terms():
    venue = bitcoin_venue()
    trader, _ = levered_long(venue)
    venue.set_mark("BTCUSDT", "69000")
    price = venue.liquidation_price(trader, "BTCUSDT")
    text = price.explain()
    margin, cost, rate = number(text, "margin"), number(text, "cost"), number(text, "rate")
    solved = (cost - margin) / (1 - rate)
    assert abs(number(text, "equal at P  =") - solved) < Decimal("1e-8")
    assert price <= solved < price + Decimal("0.1")
    assert "1.000" in text
    assert "isolated" in text
    assert "69000" in text
    assert trader in liquidated(venue, "BTCUSDT", price)
    assert trader not in liquidated(venue, "BTCUSDT", price + Decimal("0.1"))
    assert venue.bankruptcy_price(trader, "BTCUSDT") == cost - margin


@pytest.mark.parametrize("mode", ["isolated", "cross"])
@pytest.mark.parametrize(("listed", "step"), [("BTCUSDT", "0.1"), (ETH, "0.01")])
def test_prices_are_where_the_venue_liquidates(mode, listed, step):
    venue, alice = two_markets(mode)
    price = venue.liquidation_price(alice, listed)
    towards_safety = Decimal(step) * (1 if venue.position(alice, listed).qty > 0 else -1)
    assert alice in liquidated(venue, listed, price)
    assert alice not in liquidated(venue, listed, price + towards_safety)
    text = price.explain()
    assert ("wallet" in text) == (mode == "cross")
    equal = number(text, "equal at P  =")
    assert min(price, price + towards_safety) <= equal <= max(price, price + towards_safety)


def test_a_cross_price_moves_with_the_others():
    venue, alice = two_markets("cross")
    before = venue.liquidation_price(alice, ETH)
    venue.set_mark("BTCUSDT", "70000")  # 3,750 gained on the short
    after = venue.liquidation_price(alice, ETH)
    assert after < before - 35
    text = after.explain()
    assert number(text, "profit of others") == 3000  # sold at 72,000
    assert number(text, "- others") == 0 if "- others" in text else "others" in text


def test_an_inverse_price_is_where_the_venue_liquidates():
    book = dataclasses.replace(rules(), currencies=(dl.reference.Currency("BTC"),))
    venue = dl.Venue([COIN], rulebook=book)
    alice, bob = venue.open_account("10"), venue.open_account("1000")
    assert venue.seed_position(alice, bob, COIN, side="buy", qty=5000, price="50000")
    venue.set_mark(COIN, "50000")
    price = venue.liquidation_price(alice, COIN)
    text = price.explain()
    margin, cost = number(text, "margin"), number(text, r"\+ cost")
    assert margin == Decimal("0.5")
    assert cost == 10
    equal = number(text, "equal at P  =")
    assert abs(equal - Decimal(500000) * Decimal("1.005") / (margin + cost)) < Decimal("1e-8")
    assert price <= equal < price + Decimal("0.5")
    assert alice in liquidated(venue, COIN, price)
    assert alice not in liquidated(venue, COIN, price + Decimal("0.5"))


def test_both_legs_of_a_hedge_move_with_the_mark():
    venue = dl.Venue([rules().instrument("BTCUSDT"), ETH], rulebook=rules())
    alice, bob, carol = (venue.open_account(paid) for paid in ("30000", "9000000", "9000000"))
    venue.fund_insurance("50000000")  # nobody is deleveraged
    assert venue.set_position_mode(alice, "hedge")
    assert venue.set_margin_mode(alice, ETH, "cross")
    assert venue.seed_position(alice, bob, ETH, side="buy", qty="150", price="2500")
    assert venue.seed_position(alice, carol, ETH, side="sell", qty="50", price="2600")
    venue.set_mark(ETH, "2550")
    price = venue.liquidation_price(alice, ETH, "long")
    assert alice in liquidated(venue, ETH, price)
    assert alice not in liquidated(venue, ETH, price + Decimal("0.01"))
    assert abs(number(price.explain(), "equal at P  =") - price) < Decimal("0.01")
    assert venue.liquidation_price(alice, ETH, "short") is None  # a rise is a gain, all in all
    # Closing the long alone at this price leaves nothing, the short at its mark.
    bankrupt = venue.bankruptcy_price(alice, ETH, "long")
    assert 0 <= 30_000 + 150 * (bankrupt - 2500) + 50 * (2600 - 2550) < Decimal("1.5")


def test_collateral_in_coin_is_weighed():
    coins = (
        dl.reference.Currency(),
        dl.reference.Currency("BTC", 900_000, 10**7, 10_000_000),
    )
    book = dataclasses.replace(
        rules(),
        currencies=coins,
        cross_pool=dl.reference.CrossPool.ACCOUNT,
    )
    venue = dl.Venue([dataclasses.replace(COIN, settle=1), ETH], rulebook=book)
    alice, bob = venue.open_account("1000"), venue.open_account("9000000")
    venue.deposit(alice, "0.5", currency="BTC")
    venue.deposit(bob, "500", currency="BTC")
    venue.update_collateral("BTC", "50000")
    for listed in (COIN, ETH):
        assert venue.set_margin_mode(alice, listed, "cross")
    assert venue.seed_position(alice, bob, ETH, side="buy", qty="40", price="2500")
    assert venue.seed_position(alice, bob, COIN, side="sell", qty=1000, price="50000")
    venue.set_mark(ETH, "2500")
    venue.set_mark(COIN, "50000")
    assert venue.margin_ratio(alice, ETH) < 1
    price = venue.liquidation_price(alice, ETH)
    assert alice in liquidated(venue, ETH, price)
    assert alice not in liquidated(venue, ETH, price + Decimal("0.01"))
    weighed = venue.liquidation_price(alice, COIN)
    assert "weight" in weighed.explain()
    assert alice in liquidated(venue, COIN, weighed)
    assert alice not in liquidated(venue, COIN, weighed - Decimal("0.5"))


def test_the_margin_ratio_is_one_where_it_liquidates():
    venue, alice = two_markets("cross")
    ratio = venue.margin_ratio(alice, ETH)
    assert ratio == venue.margin_ratio(alice, "BTCUSDT")
    text = ratio.explain()
    assert ratio == number(text, "maintenance") / number(text, "/ equity")
    twin = venue.branch()
    twin.set_mark(ETH, venue.liquidation_price(alice, ETH) + Decimal("0.01"))
    assert Decimal("0.99") < twin.margin_ratio(alice, ETH) < 1


def test_without_a_position_there_is_no_price():
    venue = bitcoin_venue()
    alice = venue.open_account("100")
    assert venue.liquidation_price(alice, 0) is None
    assert venue.bankruptcy_price(alice, 0) is None
    assert venue.margin_ratio(alice, 0) is None


def test_explained_numbers_survive_copies():
    venue, alice = two_markets("isolated")
    price = venue.liquidation_price(alice, ETH)
    for again in (copy.copy(price), pickle.loads(pickle.dumps(price))):
        assert again == price
        assert again.explain() == price.explain()


def test_the_map_adds_up_to_the_positions():
    venue, alice = two_markets("cross")
    random = np.random.default_rng(3)
    crowd = [venue.open_account("1000000") for _ in range(40)]
    for one, other in zip(crowd[::2], crowd[1::2], strict=True):
        venue.set_leverage(one, ETH, int(random.integers(1, 50)))
        qty = str(random.integers(1, 30_000) / Decimal(1000))
        assert venue.seed_position(one, other, ETH, side="buy", qty=qty, price="2450")
    levels = venue.liquidation_map(ETH)
    assert "cross_long_lots" not in levels
    assert (np.diff(levels["price_ticks"]) > 0).all()
    held = venue.positions()
    held = held.where((held["instrument"] == 1) & (held["cross"] == 0))
    waiting = held.where(held["liquidation_ticks"] >= 0)
    for name, sign in (("long", 1), ("short", -1)):
        lots = np.where(waiting["qty_lots"] * sign > 0, abs(waiting["qty_lots"]), 0)
        assert levels[f"{name}_lots"].sum() == lots.sum() > 0
        notional = (lots * waiting["liquidation_ticks"]).sum() * 1000  # atoms per tick and lot
        assert levels[f"{name}_notional_atoms"].sum() == notional
    both = venue.liquidation_map(ETH, cross=True)
    at = np.flatnonzero(both["cross_long_lots"])
    price = venue.liquidation_price(alice, ETH)
    assert [ETH.price(tick) for tick in both["price_ticks"][at].tolist()] == [price]
    assert both["cross_long_lots"].sum() == 100_000
    assert both["long_lots"].sum() == levels["long_lots"].sum()
