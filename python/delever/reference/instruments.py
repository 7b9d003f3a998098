"""What can be traded: units, limits, fees and margin tiers of one contract.

People's decimals in, the plain integers that the core and its twin are both configured with out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, NamedTuple, SupportsIndex

from delever.errors import ConfigError, DataError
from delever.units import ATOM, PPM, Number, exact, from_steps, to_atoms, to_steps

from .rules import InstrumentSpec, MarginTier

_PPM_FIELDS = ("maker_fee", "taker_fee", "liquidation_fee", "market_bound")


class Tier(NamedTuple):
    """A bracket of position notional, at the mark."""

    floor: Number
    """Notional from which it holds, in the quote currency."""
    maintenance: Number
    """Maintenance margin, as a share of the notional,"""
    deduction: Number
    """less this "maintenance amount"."""
    leverage_max: int

    def spec(self) -> dict[str, int]:
        """Return the tier in atoms and ppm."""
        return {
            "floor_atoms": to_atoms(self.floor, "tier floor"),
            "maintenance_ppm": to_steps(self.maintenance, PPM, "maintenance rate"),
            "deduction_atoms": to_atoms(self.deduction, "deduction"),
            "leverage_max": self.leverage_max,
        }


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """A linear contract, margined in its quote currency; made by `Instrument.linear`.

    Fields left at None are taken from the rulebook when a venue lists the instrument.
    """

    symbol: str
    tick: Decimal
    """Step of the price."""
    lot: Decimal
    """Step of the quantity."""
    price_max: Decimal | None = None
    order_max: Decimal | None = None
    """Largest quantity of an order."""
    position_max: Decimal | None = None
    maker_fee: Decimal | None = None
    """Share of the value; negative for a rebate."""
    taker_fee: Decimal | None = None
    liquidation_fee: Decimal | None = None
    market_bound: Decimal | None = None
    """How far from the mark a market order may trade, as a share."""
    leverage_default: int | None = None
    tiers: tuple[Tier, ...] | None = None

    @classmethod
    def linear(
        cls,
        symbol: str,
        *,
        tick: Number,
        lot: Number,
        tiers: Iterable[tuple[Number, Number, Number, int]] | None = None,
        leverage_default: int | None = None,
        **limits_and_fees: Number,
    ) -> Instrument:
        """Describe a linear contract: its units, and what the rulebook shall not decide.

        Examples
        --------
        >>> btc = Instrument.linear("BTCUSDT", tick="0.1", lot="0.001", taker_fee="0.0004")
        >>> btc.ticks("72000"), btc.lots("1.5")
        (720000, 1500)
        """
        numbers = {"tick": tick, "lot": lot, **limits_and_fees}
        unknown = numbers.keys() - {one.name for one in fields(cls)}
        if unknown:
            known = ", ".join(one.name for one in fields(cls))
            raise ConfigError(f"instrument {symbol}: unknown {sorted(unknown)}; known: {known}")
        given: dict[str, Any] = {key: exact(value, key) for key, value in numbers.items()}
        for step in ("tick", "lot"):
            if given[step] <= 0:
                raise ConfigError(f"instrument {symbol}: {step} {given[step]} is not positive")
        given["tiers"] = None if tiers is None else tuple(Tier(*row) for row in tiers)
        return cls(symbol=symbol, leverage_default=leverage_default, **given)

    def ticks(self, price: Number) -> int:
        """Return a price in ticks; DataError when it is off the grid or out of range."""
        ticks = to_steps(price, self.tick, f"price of {self.symbol}")
        if ticks < 1 or (self.price_max is not None and ticks * self.tick > self.price_max):
            span = f"from {self.tick} to {self.price_max or 'the limit of the venue'}"
            raise DataError(f"price {price} of {self.symbol} is out of range; use one {span}")
        return ticks

    def lots(self, qty: Number) -> int:
        """Return a quantity in lots; DataError unless it is a positive multiple of the lot."""
        lots = to_steps(qty, self.lot, f"quantity of {self.symbol}")
        if lots < 1:
            raise DataError(f"quantity {qty} of {self.symbol} is not positive; the side has signs")
        return lots

    def price(self, ticks: SupportsIndex) -> Decimal:
        """Return ticks as a price."""
        return from_steps(ticks, self.tick)

    def qty(self, lots: SupportsIndex) -> Decimal:
        """Return lots as a quantity."""
        return from_steps(lots, self.lot)

    def filled_from(self, other: Instrument) -> Instrument:
        """Return a copy whose missing fields are those of `other`."""
        missing = [one.name for one in fields(self) if getattr(self, one.name) is None]
        return replace(self, **{name: getattr(other, name) for name in missing})

    def spec(self) -> dict[str, Any]:
        """Return the plain integers the core is configured with."""
        missing = [one.name for one in fields(self) if getattr(self, one.name) is None]
        if missing:
            fix = "give them to Instrument.linear, or use a rulebook that lists the symbol"
            raise ConfigError(f"instrument {self.symbol} lacks {', '.join(missing)}; {fix}")
        return {
            "symbol": self.symbol,
            "atoms_per_tick_lot": to_steps(self.tick * self.lot, ATOM, "tick times lot"),
            "price_ticks_max": to_steps(self.price_max or 0, self.tick, "price_max"),
            "order_lots_max": to_steps(self.order_max or 0, self.lot, "order_max"),
            "position_lots_max": to_steps(self.position_max or 0, self.lot, "position_max"),
            **{f"{name}_ppm": to_steps(getattr(self, name), PPM, name) for name in _PPM_FIELDS},
            "leverage_default": self.leverage_default,
            "tiers": [tier.spec() for tier in self.tiers or ()],
        }

    def reference_spec(self) -> InstrumentSpec:
        """Return the same for `delever.reference.ReferenceVenue`."""
        values = self.spec()
        tiers = tuple(MarginTier(**tier) for tier in values["tiers"])
        return InstrumentSpec(**{**values, "tiers": tiers})
