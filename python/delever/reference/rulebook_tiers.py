"""A [[tiers]] section as the terms of a contract: one ladder whatever the venue's rule is called.

Steps are written out (a further step adds the first tier's maintenance rate to both rates); what
grows with the size, or with the open interest, becomes one tier with slopes or bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_ZERO = Decimal(0)


def contract_tiers(ladder: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of `Instrument.linear` that say the same.

    Examples
    --------
    >>> row = {"floor": Decimal(0), "maintenance": Decimal("0.005"), "initial": Decimal("0.01")}
    >>> terms = contract_tiers({"rule": "step", "rows": [row]})
    >>> terms["tier_rule"], terms["tiers"][0][3]
    ('step', 100)
    """
    rule, rows = ladder["rule"], ladder["rows"]
    if rule == "marginal":
        return {"tiers": [tuple(row.values()) for row in rows]}
    if rule == "step":
        return {"tier_rule": rule, "tiers": [_tier(row) for row in _steps(ladder)]}
    row = {"floor": _ZERO, **rows[0]}
    if rule == "size_linear":
        slopes = {"maintenance_slope": row["slope"], "initial_slope": row["slope"]}
        return {"tier_rule": rule, "tiers": [_tier(row)], **slopes}
    bounds = {key: row[key] for key in ("open_interest_lower", "open_interest_upper")}
    return {"tiers": [_tier(row)], **(bounds if row["open_interest_upper"] > 0 else {})}


def _tier(row: Mapping[str, Any]) -> tuple[Any, ...]:
    initial = row["initial"]
    leverage_max = int(1 / initial) if initial > 0 else 1
    return (row["floor"], row["maintenance"], _ZERO, leverage_max, initial)


def _steps(ladder: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = list(ladder["rows"])
    base = rows[0]["maintenance"]
    for _ in range(len(rows), ladder.get("step_count", 0) + 1):
        last = rows[-1]
        further = {"maintenance": last["maintenance"] + base, "initial": last["initial"] + base}
        if further["initial"] > 1 or further["maintenance"] > 1:
            break
        rows.append({"floor": last["floor"] + ladder["step"], **further})
    return rows
