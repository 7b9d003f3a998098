"""A8: in a cascade no money is made or lost, interest stays balanced, nobody solvent is liquidated.

Counted from what a user can see, in atoms, after every move of the mark: deposits = wallets
(account 0 is the fund) + fees of all fills + margins - costs of positions, for what the open
positions would fetch at any one price cancels between longs and shorts.
"""

import numpy as np
import pytest

import delever as dl
from delever import EventKind

ATOMS = 10**8


def instrument():
    return dl.Instrument.linear(
        "BTCUSDT",
        tick="0.1",
        lot="0.001",
        price_max="200000",
        order_max="1000",
        position_max="10000",
        maker_fee="0.0002",
        taker_fee="0.0005",
        liquidation_fee="0.01",
        market_bound="0.05",
        leverage_default=10,
        tiers=[(0, "0.005", 0, 100), (100_000, "0.01", 500, 50)],
    )


def crowded_venue(random, fund):
    """Longs and shorts at five to fifty times leverage, and a maker's bids and offers."""
    venue = dl.Venue([instrument()], rulebook=dl.rulebook("binance-um", at="2026-02-05"))
    venue.set_mark("BTCUSDT", "70000")
    deposits = 0
    for _ in range(120):
        long, short = (venue.open_account(20_000) for _ in range(2))
        deposits += 40_000
        for account in (long, short):
            mode = "isolated" if random.random() < 0.7 else "cross"
            venue.set_leverage(account, "BTCUSDT", int(random.integers(5, 50)), mode=mode)
        qty = f"{random.uniform(0.2, 3):.3f}"
        price = f"{70_000 * random.uniform(0.995, 1.005):.1f}"
        venue.seed_position(long, short, "BTCUSDT", side="buy", qty=qty, price=price)
    maker = venue.open_account(10**8)
    if fund:
        venue.fund_insurance(fund)
    return venue, maker, deposits + 10**8 + fund


def quote(venue, maker, price, random):
    venue.cancel_all(maker)
    for step in range(1, 6):
        for side, sign in (("buy", -1), ("sell", 1)):
            at = f"{price * (1 + sign * 0.0006 * step):.1f}"
            qty = f"{random.uniform(0.5, 4):.3f}"
            venue.place(maker, "BTCUSDT", side=side, qty=qty, price=at)


def check_accounts(venue, deposits):
    venue.check()
    positions, wallets = venue.positions(), venue.accounts()
    assert int(positions["qty_lots"].sum()) == 0
    margins, costs = (int(positions[f"{of}_atoms"].sum()) for of in ("margin", "cost"))
    fees = sum(int(venue.events.fills[f"{of}_fee_atoms"].sum()) for of in ("taker", "maker"))
    assert int(wallets["wallet_atoms"].sum()) + margins - costs + fees == deposits * ATOMS


@pytest.mark.parametrize("fund", [0, 10_000])  # without one, losses are deleveraged
@pytest.mark.parametrize("seed", range(4))
def test_a_cascade_makes_and_loses_no_money(seed, fund):
    random = np.random.default_rng(seed)
    venue, maker, deposits = crowded_venue(random, fund)
    check_accounts(venue, deposits)
    price, liquidated, deleveraged, accounts = 70_000.0, 0, 0, set()
    for move in range(60):
        price *= 1 + (0.006 if move > 40 else -0.004) + 0.002 * random.standard_normal()
        quote(venue, maker, price, random)
        risk = venue.set_mark("BTCUSDT", f"{price:.1f}").events.risk
        started = risk.of(EventKind.LIQUIDATION_STARTED)
        liquidated += len(started["account"])
        deleveraged += len(risk.of(EventKind.ACCOUNT_DELEVERAGED)["account"])
        accounts |= set(started["account"].tolist())
        assert (started["other_amount"] >= 0).all(), "equity was above maintenance"
        check_accounts(venue, deposits)
        held = venue.positions()
        ratios = [venue.margin_ratio(a, "BTCUSDT") for a in set(held["account"].tolist())]
        assert all(ratio is None or ratio < 1 for ratio in ratios), "a breach was left standing"
    assert liquidated > 60
    assert len(accounts) > 40
    assert fund or deleveraged > 0
