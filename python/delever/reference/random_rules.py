"""Random instruments and rulebooks, small enough that every limit and tier is soon reached.

This module owns what a generated venue is built from. All values are sound: the compiled core
accepts them too.
"""

from __future__ import annotations

import random
from dataclasses import replace

from .random_contracts import random_pool_rules, vary
from .random_prices import random_price_rules
from .random_procedures import random_procedure
from .rules import InstrumentSpec, Rulebook, marginal_tiers
from .vocabulary import (
    AuctionPrice,
    IcebergAmendUp,
    IcebergRefresh,
    MarketResidual,
    SelfTrade,
    StopEntry,
    TriggerSource,
)

_SECOND = 1_000_000_000
_HOUR = 3_600 * _SECOND
# How many venues have more than plain, isolated, linear contracts in one currency.
RICH_SHARE = 0.7
# How many make their prices in another way than the default.
PRICED_SHARE = 0.6


def random_instrument(rng: random.Random, symbol: str) -> InstrumentSpec:
    """Draw a small instrument whose tiers, limits and range are soon reached.

    Parameters
    ----------
    rng
        Where all randomness comes from.
    symbol
        The instrument's name.

    Returns
    -------
    InstrumentSpec
        The instrument.
    """
    # Mostly small; a wide price range and 128-bit products now and then.
    price_ticks_max, multiplier = rng.choice(
        [(500, 1), (500, 97), (1_500, 3), (4_000, 1), (4_000, 10), (300_000, 1), (1_500, 10**11)]
    )
    order_lots_max = rng.choice([30, 80, 200])
    # Floors are multiples of 200 atoms and rates of 5,000 ppm: deductions are whole atoms.
    unit = price_ticks_max * multiplier * order_lots_max // 4 // 200 * 200
    brackets = [(0, 5_000, 100), (unit, 10_000, 50), (3 * unit, 25_000, 20), (8 * unit, 100_000, 5)]
    return InstrumentSpec(
        symbol=symbol,
        atoms_per_tick_lot=multiplier,
        price_ticks_max=price_ticks_max,
        order_lots_max=order_lots_max,
        position_lots_max=order_lots_max * rng.choice([1, 3]),
        tiers=marginal_tiers(brackets[: rng.randint(2, 4)]),
        maker_fee_ppm=rng.choice([-150, -50, 0, 200]),
        taker_fee_ppm=rng.choice([0, 400, 550, 3_000]),
        liquidation_fee_ppm=rng.choice([0, 5_000, 12_500]),
        market_bound_ppm=rng.choice([10_000, 50_000, 400_000]),
        leverage_default=rng.choice([5, 20, 50, 100]),
    )


def random_rules(rng: random.Random) -> tuple[list[InstrumentSpec], Rulebook]:
    """Draw the instruments and the rulebook of a small venue.

    Parameters
    ----------
    rng
        Where all randomness comes from.

    Returns
    -------
    tuple[list[InstrumentSpec], Rulebook]
        One to three instruments, and the rulebook.
    """
    count = rng.choice([1, 1, 2, 2, 3])
    instruments = [random_instrument(rng, f"COIN{number}USDT") for number in range(count)]
    spec = instruments[0]
    lot_atoms = spec.price_ticks_max * spec.atoms_per_tick_lot // 2
    rulebook = Rulebook(
        basis_samples=rng.choice([1, 2, 5, 30]),
        sample_interval_ns=rng.choice([1, _SECOND, 5 * _SECOND]),
        funding_interval_ns=rng.choice([60 * _SECOND, _HOUR, 8 * _HOUR]),
        deleveraging=rng.random() < 0.7,
        unwind_interval_ns=rng.choice([1, _SECOND, 5 * _SECOND]),
        unwind_clip_atoms=rng.choice([1, 3 * lot_atoms, 20 * lot_atoms, 10**13]),
        unwind_bound_ppm=rng.choice([5_000, 50_000, 300_000]),
        breach_at_equality=rng.random() < 0.7,
        self_trade=rng.choice([SelfTrade.TAKER, SelfTrade.TAKER, *list(SelfTrade)[1:]]),
        market_residual=rng.choice([MarketResidual.CANCEL, *MarketResidual]),
        iceberg_refresh=rng.choice([IcebergRefresh.AT_ONCE, *IcebergRefresh]),
        iceberg_amend_up=rng.choice(list(IcebergAmendUp)),
        stop_source=rng.choice([TriggerSource.LAST, *list(TriggerSource)[1:]]),
        stop_entry=rng.choice([StopEntry.RUN, *StopEntry]),
        auction_price=rng.choice(list(AuctionPrice)),
        price_band_ppm=rng.choice([0, 0, 50_000, 300_000]),
    )
    if rng.random() < RICH_SHARE:
        rulebook = replace(rulebook, **random_pool_rules(rng))
        currency_count = len(rulebook.currencies)
        instruments = [vary(rng, one, currency_count) for one in instruments]
    rulebook = random_procedure(rng, rulebook, lot_atoms)
    if rng.random() < PRICED_SHARE:
        rulebook = replace(rulebook, **random_price_rules(rng, spec))
    return instruments, rulebook
