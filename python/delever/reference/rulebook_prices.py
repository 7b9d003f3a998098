"""What a rulebook file says of index, mark and funding, in what the engine counts in.

This module owns the words of the sections [[mark]], [[index]] and [[funding]] that say how prices
are made, and their translation. What a file leaves out is as the engine has it by default; a venue
whose premium is not sampled by its file's word settles at rates that are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from delever.units import PPM, to_atoms, to_steps

from . import price_words as words

_E8 = Decimal("1e-8")
_MARKS = {
    "median_of_three": words.MarkMethod.MEDIAN_OF_THREE,
    "index_plus_basis": words.MarkMethod.INDEX_PLUS_BASIS,
    "index_with_funding": words.MarkMethod.INDEX_WITH_FUNDING,
    "ema_in_band": words.MarkMethod.EMA_IN_BAND,
    "median_of_oracle_book_and_venues": words.MarkMethod.ORACLE_BOOK_VENUES,
    "oracle": words.MarkMethod.ORACLE,
}
_FORMULAS = {
    "premium_and_clamped_interest": words.FundingFormula.PREMIUM_AND_INTEREST,
    "premium_and_clamped_interest_over_interval": words.FundingFormula.PREMIUM_AND_INTEREST_OVER,
    "premium_alone": words.FundingFormula.PREMIUM_ALONE,
    "damped_premium": words.FundingFormula.DAMPED_PREMIUM,
    "premium_and_default_rate": words.FundingFormula.PREMIUM_AND_DEFAULT,
}
_AVERAGES = {
    "linear_weights": words.PremiumAverage.LINEAR,
    "equal_weights": words.PremiumAverage.EQUAL,
    "previous_interval": words.PremiumAverage.PREVIOUS,
}
_CAPS = {
    "share": words.FundingCap.SHARE,
    "maintenance_rate": words.FundingCap.MAINTENANCE,
    "initial_less_maintenance": words.FundingCap.INITIAL_LESS_MAINTENANCE,
}
_PAID_ON = {"mark": words.PaidOn.MARK, "oracle": words.PaidOn.INDEX}


def _ppm(value: Decimal) -> int:
    return to_steps(value, PPM, "share")


def _e8(value: Decimal) -> int:
    return to_steps(value, _E8, "rate")


_ENGINE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "mark.formula": ("mark_method", _MARKS.__getitem__),
    "mark.basis_of": ("mark_basis", lambda name: words.BookPrice[name.upper()]),
    "mark.ema_ns": ("mark_ema_ns", int),
    "mark.book_ema_ns": ("mark_book_ema_ns", int),
    "mark.band": ("mark_band_ppm", _ppm),
    "mark.update_interval_ns": ("mark_update_ns", int),
    "mark.impact_notional": ("impact_atoms", to_atoms),
    "mark.impact_bound": ("impact_bound_ppm", _ppm),
    "index.rule": ("index_rule", lambda name: words.IndexRule[name.upper()]),
    "index.outlier": ("index_outlier", lambda name: words.IndexOutlier[name.upper()]),
    "index.outlier_beyond": ("index_outlier_ppm", _ppm),
    "index.stale_ns": ("index_stale_ns", int),
    "funding.formula": ("funding_formula", _FORMULAS.__getitem__),
    "funding.premium_of": ("premium_of", lambda name: words.PremiumOf[name.upper()]),
    "funding.average": ("premium_average", _AVERAGES.__getitem__),
    "funding.premium_sample_ns": ("premium_sample_ns", int),
    "funding.period_ns": ("funding_period_ns", int),
    "funding.impact_notional": ("impact_atoms", to_atoms),
    "funding.impact_margin": ("impact_atoms", to_atoms),
    "funding.interest": ("funding_interest_e8", _e8),
    "funding.clamp": ("funding_clamp_e8", _e8),
    "funding.damper": ("funding_damper_e8", _e8),
    "funding.cap": ("funding_cap_ppm", _ppm),
    "funding.cap_of": ("funding_cap_of", _CAPS.__getitem__),
    "funding.paid_on": ("funding_paid_on", _PAID_ON.__getitem__),
    "funding.interval_at_cap_ns": ("funding_interval_at_cap_ns", int),
    "funding.interval_calm_ns": ("funding_interval_calm_ns", int),
    "funding.calm_settlements": ("calm_settlements", int),
    "funding.calm_rate": ("calm_rate_e8", _e8),
}


def engine_prices(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return the engine's rules of prices for the terms of one day.

    Parameters
    ----------
    terms
        Values by "section.key"; others than those of prices are left alone.

    Returns
    -------
    dict[str, Any]
        Values by the names of `delever.reference.Rulebook`.

    Examples
    --------
    >>> engine_prices({"mark.formula": "oracle", "funding.cap": Decimal(6)})
    {'mark_method': <MarkMethod.ORACLE: 5>, 'funding_cap_ppm': 6000000}
    """
    found = {name: convert(terms[key]) for key, (name, convert) in _ENGINE.items() if key in terms}
    if "funding.impact_margin" in terms:
        found["impact_of"] = words.ImpactOf.MARGIN
    return found
