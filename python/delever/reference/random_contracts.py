"""Random contracts of every kind: inverse, other tier rules, other currencies to settle in.

This module owns how a plain random instrument is varied, and which currencies and pools a random
venue has. All values are sound: the compiled core accepts them too.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from .contracts import value
from .rules import Currency, InstrumentSpec, MarginTier, marginal_tiers
from .vocabulary import Contract, CrossPool, MarginMode, TierRule

Bracket = tuple[int, int, int]  # floor, maintenance rate in ppm, highest leverage


def random_currencies(rng: random.Random) -> tuple[Currency, ...]:
    """Draw one to three currencies; an atom of each is worth some atoms of the first."""
    others = [
        Currency(
            symbol,
            weight_ppm=rng.choice([1_000_000, 950_000, 800_000]),
            tick_atoms=rng.choice([200_000, 97_003, 1_400_000]),
            price_ticks_max=1_000,
        )
        for symbol in ("BTC", "ETH")
    ]
    return (Currency("USDT"), *others[: rng.choice([0, 1, 2, 2])])


def random_pool_rules(rng: random.Random) -> dict[str, Any]:
    """Draw what the rulebook says about currencies and cross margin."""
    return {
        "currencies": random_currencies(rng),
        "cross_pool": rng.choice([CrossPool.CURRENCY, CrossPool.ACCOUNT, CrossPool.ACCOUNT]),
        "margin_mode_default": rng.choice(
            [MarginMode.CROSS, MarginMode.CROSS, MarginMode.ISOLATED]
        ),
    }


def vary(rng: random.Random, spec: InstrumentSpec, currency_count: int) -> InstrumentSpec:
    """Vary a plain instrument.

    Parameters
    ----------
    rng
        Where all randomness comes from.
    spec
        A linear instrument with marginal tiers.
    currency_count
        How many currencies the venue has.

    Returns
    -------
    InstrumentSpec
        The instrument, of any kind.
    """
    spec = replace(
        spec,
        settle_currency=rng.randrange(currency_count),
        price_ticks_min=rng.choice([1, max(1, spec.price_ticks_max // 100)]),
        maintenance_fee_ppm=rng.choice([0, 0, 500]),
    )
    if rng.random() < 0.4:
        lot_atoms = rng.choice([50, 997, 1_000_000])
        atom_ticks = lot_atoms * spec.price_ticks_max // 2
        spec = replace(spec, contract=Contract.INVERSE, atom_ticks_per_lot=atom_ticks)
    unit = _typical_value(spec) // 4 // 200 * 200 or 200
    if rng.random() < 0.3:
        lower = rng.choice([0, unit])
        spec = replace(
            spec, open_interest_lower_atoms=lower, open_interest_upper_atoms=lower + 20 * unit
        )
    return _with_tiers(rng, spec, unit)


def _typical_value(spec: InstrumentSpec) -> int:
    return value(spec, max(1, spec.price_ticks_max // 2), spec.order_lots_max)


def _with_tiers(rng: random.Random, spec: InstrumentSpec, unit: int) -> InstrumentSpec:
    """Give an instrument tiers of a random rule."""
    brackets: list[Bracket] = [
        (0, 5_000, 100),
        (unit, 10_000, 50),
        (3 * unit, 25_000, 20),
        (8 * unit, 100_000, 5),
    ]
    del brackets[rng.randint(2, 4) :]
    rule = rng.choice(list(TierRule))
    if rule is TierRule.SIZE_LINEAR:
        return _rising_with_size(rng, spec)
    if rule is TierRule.STEP:
        tiers = tuple(MarginTier(floor, rate, 0, leverage) for floor, rate, leverage in brackets)
    else:
        tiers = marginal_tiers(brackets)
    if rng.random() < 0.5:
        tiers = tuple(replace(one, initial_ppm=2 * one.maintenance_ppm) for one in tiers)
    return replace(spec, tier_rule=rule, tiers=tiers)


def _rising_with_size(rng: random.Random, spec: InstrumentSpec) -> InstrumentSpec:
    """Let the rates rise by a few per cent over the largest position there may be."""
    rise_e12 = rng.choice([20, 100]) * 10**9
    slope = rise_e12 // spec.position_lots_max
    if spec.contract == Contract.INVERSE:
        largest = value(spec, max(1, spec.price_ticks_max // 2), spec.position_lots_max)
        slope = min(10**12, rise_e12 * 10**8 // largest)
    return replace(
        spec,
        tier_rule=TierRule.SIZE_LINEAR,
        tiers=(MarginTier(0, 10_000, 0, 50, initial_ppm=rng.choice([0, 20_000])),),
        maintenance_slope_e12=slope,
        initial_slope_e12=rng.choice([0, slope]),
        leverage_default=min(50, spec.leverage_default),
    )
