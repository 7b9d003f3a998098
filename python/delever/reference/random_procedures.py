"""Random liquidation procedures, put together from every word there is.

This module owns which procedure a random venue has. Intervals are short and sums are of the size
of a few lots, so that every step, window and limit is soon reached. All values are sound: the
compiled core accepts them too.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from .procedure_words import (
    ClosePrice,
    CloseTimeInForce,
    FundTrigger,
    LastResort,
    LiquidationFee,
    Ranking,
    Reduce,
    Remainder,
)
from .rules import Rulebook

_SECOND = 1_000_000_000
# How many venues have more than the plain procedure.
STEPPED_SHARE = 0.85


def random_procedure(rng: random.Random, rulebook: Rulebook, lot_atoms: int) -> Rulebook:
    """Give a rulebook a random procedure.

    Parameters
    ----------
    rng
        Where all randomness comes from.
    rulebook
        The rules so far.
    lot_atoms
        What a typical lot is worth.
    """
    rankings = [one for one in Ranking if one is not Ranking.USER]
    rulebook = replace(
        rulebook, ranking=rng.choice(rankings), ranking_seed=rng.choice([0, 7, 2**63 - 1])
    )
    if rng.random() >= STEPPED_SHARE:
        return rulebook
    reduce = rng.choice([one for one in Reduce if one is not Reduce.ASKED])
    fees = [LiquidationFee.FILLED, *LiquidationFee]
    rulebook = replace(
        rulebook,
        reduce=reduce,
        close_price=rng.choice([ClosePrice.BANKRUPTCY, *ClosePrice]),
        close_tif=rng.choice([CloseTimeInForce.IMMEDIATE, *CloseTimeInForce]),
        remainder=rng.choice([Remainder.TAKEOVER, *Remainder]),
        step_interval_ns=rng.choice([1, 5 * _SECOND, 60 * _SECOND]),
        fraction_ppm=rng.choice([1, 200_000, 500_000, 1_000_000]),
        fraction_above_atoms=rng.choice([0, 0, 5 * lot_atoms]),
        clip_atoms=rng.choice([1, 3 * lot_atoms, 30 * lot_atoms]),
        clip_lots=rng.choice([0, 0, 2, 20]),
        step_tiers_from=rng.choice([0, 1, 1, 2]),
        vault_ppm=rng.choice([0, 300_000, 666_667, 900_000]),
        liquidation_fee_of=rng.choice(fees),
        bankruptcy_adjustment_ppm=rng.choice([1_000_000, 2_000_000, 0]),
        spread_to_maintenance_ppm=rng.choice([100_000, 1_500_000]),
    )
    return replace(rulebook, **_last_resort(rng, rulebook))


def _last_resort(rng: random.Random, rulebook: Rulebook) -> dict[str, Any]:
    """Draw who pays in the end; where the fund takes over at once, mostly the other side."""
    resorts = [LastResort.BANKRUPTCY, *LastResort]
    if rulebook.remainder == Remainder.TAKEOVER:
        resorts += [LastResort.MARK, LastResort.PREVIOUS_MARK, LastResort.BANKRUPTCY] * 2
    return {
        "last_resort": rng.choice(resorts),
        "fund_trigger": rng.choice([FundTrigger.DEPLETED, *FundTrigger]),
        "fund_fall_ppm": rng.choice([1, 300_000, 1_000_000]),
        "fund_window_ns": rng.choice([1, 20 * _SECOND, 8 * 3_600 * _SECOND]),
        "deleveraging": rng.random() < 0.95,
        "mark_beyond_ppm": rng.choice([0, 0, 1, 20_000]),
    }
