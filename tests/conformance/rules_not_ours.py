"""Engine-specific rules of the vectors that are not ours, each with the reason.

A case of class `engine_specific` says in its own words which rule of its engine it shows. Where
those words match an entry here, the case may fail; everything else has to pass, and a case that
passes counts as passed whatever it shows.
"""

from __future__ import annotations

import re
from typing import Any

RULES_NOT_OURS: tuple[tuple[str, str], ...] = (
    (
        r"(CppTrader|liquibook) AON",
        "a resting all-or-none order is not combined with orders that arrive later: it trades "
        "when one taker, or its own amendment, meets its quantity",
    ),
    (
        r"empty market counts as triggered",
        "an empty market triggers no stop: where there is no price there is nothing to compare",
    ),
    (
        r"hidden liquidity inside the visible spread trades at the mid",
        "a hidden order trades at its own limit, as every order does",
    ),
    (
        r"filter and uncross",
        "resting orders with a minimum are not matched anew after every event",
    ),
    (
        r"MES of a hidden order must be met by each single execution",
        "the minimum of a taker is met by the sum of its executions; that of a resting order by "
        "each one",
    ),
)


SWITCHES_NOT_OURS: dict[tuple[str, str], str] = {
    ("iceberg_refresh", "whole_in_place"): "a refreshed part of an iceberg joins the back",
    ("stop_source", "quote_cpptrader"): "an empty market triggers no stop",
}


def rule_not_ours(case: dict[str, Any]) -> str | None:
    """Why an engine-specific case may fail; None where it has to pass."""
    if case["class"] != "engine_specific":
        return None
    for switch in case.get("semantics", {}).items():
        if switch in SWITCHES_NOT_OURS:
            return SWITCHES_NOT_OURS[switch]
    told = case["engine_specific"]
    return next((why for pattern, why in RULES_NOT_OURS if re.search(pattern, told)), None)
