"""Random rules of index, mark and funding: every method of every venue, with soon reached limits.

This module owns how they are drawn for a generated venue. All values are sound: the compiled core
accepts them too.
"""

from __future__ import annotations

import random
from typing import Any

from .price_words import (
    BookPrice,
    FundingCap,
    FundingFormula,
    ImpactOf,
    IndexOutlier,
    IndexRule,
    MarkMethod,
    PaidOn,
    PremiumAverage,
    PremiumOf,
)
from .rules import InstrumentSpec

_SECOND = 1_000_000_000
_HOUR = 3_600 * _SECOND


def random_price_rules(rng: random.Random, spec: InstrumentSpec) -> dict[str, Any]:
    """Draw how a venue makes its prices; values of impact orders suit one of its instruments."""
    return {**_mark_rules(rng, spec), **_index_rules(rng), **_funding_rules(rng)}


def _mark_rules(rng: random.Random, spec: InstrumentSpec) -> dict[str, Any]:
    lot_atoms = max(1, spec.price_ticks_max * spec.atoms_per_tick_lot // 2)
    return {
        "mark_method": rng.choice(list(MarkMethod)),
        "mark_basis": rng.choice(list(BookPrice)),
        "mark_ema_ns": rng.choice([1, 2 * _SECOND, 150 * _SECOND]),
        "mark_book_ema_ns": rng.choice([_SECOND, 30 * _SECOND]),
        "mark_band_ppm": rng.choice([0, 5_000, 30_000]),
        "mark_update_ns": rng.choice([0, 0, _SECOND, 3 * _SECOND]),
        "impact_atoms": rng.choice([0, 1, lot_atoms, 5 * lot_atoms, 40 * lot_atoms]),
        "impact_of": rng.choice([ImpactOf.NOTIONAL, *ImpactOf]),
        "impact_bound_ppm": rng.choice([0, 0, 1_000, 50_000]),
    }


def _index_rules(rng: random.Random) -> dict[str, Any]:
    return {
        "index_rule": rng.choice(list(IndexRule)),
        "index_outlier": rng.choice(list(IndexOutlier)),
        "index_outlier_ppm": rng.choice([0, 5_000, 30_000, 1_000_000]),
        "index_stale_ns": rng.choice([0, 1, 2 * _SECOND, 10 * _SECOND]),
    }


def _funding_rules(rng: random.Random) -> dict[str, Any]:
    adapts = rng.random() < 0.8
    return {
        "funding_formula": rng.choice(list(FundingFormula)),
        "premium_of": rng.choice(list(PremiumOf)),
        "premium_average": rng.choice(list(PremiumAverage)),
        "premium_sample_ns": rng.choice([0, 1, _SECOND, 5 * _SECOND]),
        "funding_period_ns": rng.choice([_HOUR, 8 * _HOUR]),
        "funding_interest_e8": rng.choice([0, 10_000, 10_000, -30_000]),
        "funding_clamp_e8": rng.choice([0, 50_000, 1_000_000]),
        "funding_damper_e8": rng.choice([0, 25_000, 777_777]),
        "funding_cap_ppm": rng.choice([50, 50, 3_000, 750_000]),
        "funding_cap_of": rng.choice([*FundingCap, FundingCap.SHARE, FundingCap.SHARE]),
        "funding_paid_on": rng.choice(list(PaidOn)),
        "funding_interval_at_cap_ns": rng.choice([30 * _SECOND, _HOUR]) if adapts else 0,
        "funding_interval_calm_ns": rng.choice([0, 45 * _SECOND, 4 * _HOUR]),
        "calm_settlements": rng.choice([0, 1, 2]),
        "calm_rate_e8": rng.choice([0, 25_000, 5_000_000]),
    }
