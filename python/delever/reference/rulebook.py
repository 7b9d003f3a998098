"""A venue's rules as dated data: what held when, and where it is written.

The files are in `delever/rulebooks`. Every section says from which day to which it is known to have
held, and names the source of each of its values. Day by day they are put together here; what the
engine counts in comes out of `Rulebook.spec`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from delever.errors import ConfigError
from delever.units import PPM, to_atoms, to_steps

from . import rules
from . import vocabulary as words
from .brackets import read_brackets
from .instruments import Instrument
from .rulebook_file import Dated, RulebookFile, holding, nearest, read_file
from .rulebook_prices import engine_prices
from .rulebook_procedures import procedure_of
from .rulebook_schema import BUILT, BUILT_TIERS, LISTED, SECTIONS
from .rulebook_tiers import contract_tiers


def _ppm(value: Decimal) -> int:
    return to_steps(value, PPM, "share")


_ENGINE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "basis_samples": ("mark.basis_samples", int),
    "sample_interval_ns": ("mark.sample_interval_ns", int),
    "funding_interval_ns": ("funding.interval_ns", int),
    "deleveraging": ("deleveraging.rule", lambda rule: rule != "none"),
    "unwind_interval_ns": ("fund.unwind_interval_ns", int),
    "unwind_clip_atoms": ("fund.unwind_clip", to_atoms),
    "unwind_bound_ppm": ("fund.unwind_bound", _ppm),
    "breach_at_equality": ("margin.breach_at_equality", bool),
    "cross_pool": ("margin.cross_pool", lambda name: words.CrossPool[name.upper()]),
    "self_trade": ("matching.self_trade", lambda name: words.SelfTrade[name.upper()]),
    "market_residual": (
        "matching.market_residual",
        lambda name: words.MarketResidual[name.upper()],
    ),
    "iceberg_refresh": (
        "matching.iceberg_refresh",
        lambda name: words.IcebergRefresh[name.upper()],
    ),
    "iceberg_amend_up": (
        "matching.iceberg_amend_up",
        lambda name: words.IcebergAmendUp[name.upper()],
    ),
    "stop_source": ("matching.stop_source", lambda name: words.TriggerSource[name.upper()]),
    "stop_entry": ("matching.stop_entry", lambda name: words.StopEntry[name.upper()]),
    "auction_price": ("matching.auction_price", lambda name: words.AuctionPrice[name.upper()]),
    "price_band_ppm": ("matching.price_band", _ppm),
}
"""Which term each of the engine's rules is taken from, and how."""


@dataclass(frozen=True, kw_only=True)
class Rulebook(rules.Rulebook):
    """The rules of a venue on one day: those of `delever.reference.Rulebook`, with their sources.

    Examples
    --------
    >>> rules = rulebook("binance-um", at="2026-02-05")
    >>> tuple(map(str, rules.instrument("BTCUSDT").tiers[1]))
    ('300000', '0.005', '300', '100', '0')
    >>> rules.terms["liquidation.procedure"]
    'ioc_then_takeover'
    """

    name: str = "custom"
    at: dt.date = dt.date.max
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    """Contracts that this build's engine can list; `terms` has all."""
    terms: Mapping[str, Any] = field(default_factory=dict)
    """Every value by "section.key" or "SYMBOL.key": words, integers, decimals."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where each value is written, by the same names."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Symbols without rules on that day, and what is known of them."""

    def instrument(self, symbol: str) -> Instrument:
        """Return a contract; ConfigError where it is not listed, not then, or not yet built."""
        if symbol in self.unknown:
            raise ConfigError(self.unknown[symbol])
        found = self.instruments.get(symbol)
        if found is not None and found.tick > 0:
            return found
        if found is not None:
            fix = "describe it with Instrument.linear, which takes the tiers from here"
            raise ConfigError(f"{self.name}: of {symbol} only the brackets are known; {fix}")
        if f"{symbol}.contract" not in self.terms:
            known = ", ".join(self.instruments) or "nothing"
            raise ConfigError(f"{self.name} does not list '{symbol}'; it lists {known}")
        rule = self.terms.get(f"{symbol}.tiers.rule")
        what = f"{symbol}.tiers.rule is '{rule}', which this build's engine does not have"
        raise ConfigError(f"{self.name}: {what}; it has {', '.join(BUILT_TIERS)}")

    def require_built(self) -> None:
        """Raise ConfigError naming what the venue does that this build's engine does not."""
        for key, built in BUILT.items():
            has = self.terms.get(key, built[0])
            if has not in built:
                fix = f'to run another rule in its place, say using={{"{key}": "{built[0]}"}}'
                what = f"{self.name}: {key} is '{has}', which this build's engine does not have"
                raise ConfigError(f"{what} (it has {', '.join(built)}); {fix}")

    def spec(self) -> dict[str, Any]:
        """Return the plain values the core is configured with."""
        values = {one.name: getattr(self, one.name) for one in fields(rules.Rulebook)}
        return {**values, "currencies": [asdict(one) for one in self.currencies]}


def rulebook(
    name: str,
    *,
    at: str | dt.date | None = None,
    brackets: str | Path | None = None,
    using: Mapping[str, str] | None = None,
) -> Rulebook:
    """Load the rules a venue had on a day.

    Parameters
    ----------
    name
        A file in `delever/rulebooks`, as "binance-um", or the path of a file of one's own.
    at
        The day, as a date or as text "2026-02-05"; the newest rules where it is left out.
    brackets
        A JSON file with leverage brackets, which replace the tiers: Binance's own answer to
        `leverageBracket`, or the table of ccxt and freqtrade.
    using
        Words to put in the place of the venue's, by "section.key", where this build's engine does
        not have the venue's own; `sources` says so.

    Raises
    ------
    ConfigError
        For an unknown name, a day for which no rules are known (it names the nearest that is), or
        a file that is wrong (it names the key's path).

    Examples
    --------
    >>> rulebook("binance-um", at="2026-02-05").sources["BTCUSDT.taker_fee"]
    'Binance fee schedule, USD-M, regular user (VIP 0): 0.05 %'
    >>> rulebook("bybit-linear", using={"liquidation.procedure": "ioc_then_takeover"}).sources[
    ...     "liquidation.procedure"
    ... ]
    'chosen by the user'
    """
    try:
        day = dt.date.fromisoformat(str(at)[:10]) if at is not None else None
    except ValueError:
        raise ConfigError(f"'{at}' is not a day; write it as 2026-02-05") from None
    page = _Page(read_file(name), day, read_brackets(brackets) if brackets is not None else {})
    for key, value in (using or {}).items():
        page.terms[key] = _replacement(page.file.name, key, value)
        page.sources[key] = "chosen by the user"
    for symbol, tiers in page.brackets.items():
        bare = Instrument(symbol=symbol, tick=Decimal(0), lot=Decimal(0))
        page.listed[symbol] = replace(page.listed.get(symbol, bare), tiers=tiers)
        page.unknown.pop(symbol, None)
        page.sources[f"{symbol}.tiers"] = f"brackets of the user's {Path(str(brackets)).name}"
    engine = {one.name for one in fields(rules.Rulebook)}
    held: dict[str, Any] = {
        name: convert(page.terms[key])
        for name, (key, convert) in _ENGINE.items()
        if key in page.terms and name in engine
    } | engine_prices(page.terms)
    held |= procedure_of(page.terms)
    held |= {"instruments": page.listed, "terms": page.terms, "sources": page.sources}
    return Rulebook(name=page.file.name, at=day or dt.date.max, unknown=page.unknown, **held)


class _Page:
    """What a file says of one day; no day: its newest."""

    def __init__(
        self, file: RulebookFile, day: dt.date | None, brackets: Mapping[str, Any]
    ) -> None:
        self.file, self.day, self.brackets = file, day, brackets
        self.terms: dict[str, Any] = {}
        self.sources: dict[str, str] = {}
        self.listed: dict[str, Instrument] = {}
        self.unknown: dict[str, str] = {}
        for kind in SECTIONS:
            if spans := file.of(kind):
                self._add(kind, holding(spans, day, f"{file.name} [{kind}]"))
        for symbol in file.symbols:
            self._add_contract(symbol)
        if self.unknown and len(self.unknown) == len(file.symbols) and not brackets:
            raise ConfigError(self.unknown[min(self.unknown, key=self._distance)])

    def _add(self, prefix: str, section: Dated) -> None:
        self.terms |= {f"{prefix}.{key}": value for key, value in section.values.items()}
        self.sources |= {f"{prefix}.{key}": text for key, text in section.sources.items()}

    def _add_contract(self, symbol: str) -> None:
        units, ladders = self.file.of("instrument", symbol), self.file.of("tiers", symbol)
        what = f"{self.file.name} {symbol}"
        if not units:
            raise ConfigError(f"{self.file.name}: tiers of {symbol}, but no [[instrument]]")
        try:
            own, ladder = holding(units, self.day, what), None
            if ladders and symbol not in self.brackets:
                ladder = holding(ladders, self.day, f"{what} tiers")
        except ConfigError as error:
            self.unknown[symbol] = str(error)
            return
        self._add(symbol, own)
        self.terms.setdefault(f"{symbol}.contract", "linear")
        if ladder is not None:
            self._add(f"{symbol}.tiers", ladder)
            self.sources[f"{symbol}.tiers"] = ladder.sources.get("rows", "")
        if one := _instrument(symbol, self.terms, ladder.values if ladder else {}):
            self.listed[symbol] = one

    def _distance(self, symbol: str) -> dt.timedelta:
        spans = self.file.of("tiers", symbol) or self.file.of("instrument", symbol)
        day = self.day or dt.date.max
        return abs(nearest(spans, day) - day)


def _instrument(
    symbol: str, terms: Mapping[str, Any], ladder: Mapping[str, Any]
) -> Instrument | None:
    """Return the contract, where this build's engine has its kind."""
    if ladder.get("rule", BUILT_TIERS[0]) not in BUILT_TIERS:
        return None
    own = {key: terms[f"{symbol}.{key}"] for key in LISTED if f"{symbol}.{key}" in terms}
    if ladder:
        own |= contract_tiers(ladder)
        if "leverage_default" in own:  # a venue never starts above its own limit
            own["leverage_default"] = min(own["leverage_default"], own["tiers"][0][3])
    if own.pop("contract") == "linear":
        own.pop("contract_value", None)
        return Instrument.linear(symbol, **own)
    lot, value = own.pop("lot", Decimal(1)), own.pop("contract_value", None)
    if value is None:
        raise ConfigError(f"{symbol}.contract_value: missing; say what one contract is worth")
    for key in {"order_max", "position_max"} & own.keys():
        own[key] = own[key] // lot  # the engine's lots are the venue's
    return Instrument.inverse(symbol, contract=value * lot, **own)


def _replacement(name: str, key: str, value: str) -> Any:
    section, _, rest = key.partition(".")
    kind = SECTIONS.get(section, {}).get(rest)
    if kind is None:
        raise ConfigError(f"{name}: using '{key}': unknown; give a key as liquidation.procedure")
    try:
        return kind.read(value)
    except ValueError:
        raise ConfigError(f"{name}: using {key}: {value!r} is not {kind.wants}") from None
