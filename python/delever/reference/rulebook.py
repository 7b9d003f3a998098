"""A venue's rules as dated data: what held when, and where it is written.

The files are in `delever/rulebooks`. Every section says from which day to which it is known to have
held, and names the source of each of its values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from delever.errors import ConfigError
from delever.units import PPM, to_atoms, to_steps

from . import rules
from .instruments import Instrument

_SHELF = Path(__file__).parents[1] / "rulebooks"


@dataclass(frozen=True, kw_only=True)
class Rulebook(rules.Rulebook):
    """The rules of a venue on one day: those of `delever.reference.Rulebook`, with their sources.

    Examples
    --------
    >>> rules = rulebook("binance-um", at="2026-02-05")
    >>> rules.instrument("BTCUSDT").tiers[0]
    Tier(floor='0', maintenance='0.004', deduction='0', leverage_max=150, initial=0)
    """

    name: str = "custom"
    at: dt.date = dt.date.max
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where each value is written, by "section.key"."""

    def instrument(self, symbol: str) -> Instrument:
        """Return the instrument of that symbol; ConfigError where the venue does not list it."""
        if symbol not in self.instruments:
            known = ", ".join(self.instruments) or "nothing"
            raise ConfigError(f"{self.name} does not list '{symbol}'; it lists {known}")
        return self.instruments[symbol]

    def spec(self) -> dict[str, Any]:
        """Return the plain values the core is configured with."""
        values = {one.name: getattr(self, one.name) for one in fields(rules.Rulebook)}
        return {**values, "currencies": [asdict(one) for one in self.currencies]}


@cache
def _parsed(name: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  (import time)

    path = _SHELF / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in _SHELF.glob("*.toml")))
        raise ConfigError(f"unknown rulebook '{name}'; known: {known}")
    return tomllib.loads(path.read_text("utf-8"))


def _holding(sections: list[dict[str, Any]], day: dt.date | None, what: str) -> dict[str, Any]:
    """Return what held on a day, without its dates; the newest where no day is asked for."""
    spans = [(one["from"], one.get("until", dt.date.max), one) for one in sections]
    held = [span for span in spans if day is None or span[0] <= day <= span[1]]
    if not held:
        known = "; ".join(f"{since} to {until}" for since, until, _ in spans)
        raise ConfigError(f"{what}: no rules are known for {day}, only for {known}")
    newest = max(held, key=itemgetter(0))[2]
    return {key: value for key, value in newest.items() if key not in ("from", "until")}


def rulebook(name: str, *, at: str | dt.date | None = None) -> Rulebook:
    """Load the rules a venue had on a day.

    Parameters
    ----------
    name
        A file in `delever/rulebooks`, as "binance-um".
    at
        The day, as a date or as text "2026-02-05"; the newest rules where it is left out.

    Raises
    ------
    ConfigError
        For an unknown name, or a day for which no rules are known.

    Examples
    --------
    >>> rulebook("binance-um", at="2026-02-05").sources["BTCUSDT.taker_fee"]
    'Binance fee schedule, USD-M, regular user (VIP 0): 0.05 %'
    """
    try:
        day = dt.date.fromisoformat(str(at)[:10]) if at is not None else None
    except ValueError:
        raise ConfigError(f"'{at}' is not a day; write it as 2026-02-05") from None
    parsed = _parsed(name)
    held = _holding(parsed["rules"], day, name)
    sources = {f"rules.{key}": value for key, value in held.pop("source").items()}
    held["unwind_clip_atoms"] = to_atoms(held.pop("unwind_clip"))
    held["unwind_bound_ppm"] = to_steps(held.pop("unwind_bound"), PPM, "unwind_bound")
    listed: dict[str, Instrument] = {}
    for symbol in dict.fromkeys(one["symbol"] for one in parsed["instrument"]):
        dated = [one for one in parsed["instrument"] if one["symbol"] == symbol]
        terms = _holding(dated, day, f"{name} {symbol}")
        sources |= {f"{symbol}.{key}": value for key, value in terms.pop("source").items()}
        listed[symbol] = Instrument.linear(**terms)
    return Rulebook(name=name, at=day or dt.date.max, instruments=listed, sources=sources, **held)
