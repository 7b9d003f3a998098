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
_TIER_RULES = ("marginal", "step", "size_linear")
_RATE_E12 = Decimal("1e-12")
_OPTIONAL_STEPS = {
    "maintenance_fee": ("maintenance_fee_ppm", PPM),
    "maintenance_slope": ("maintenance_slope_e12", _RATE_E12),
    "initial_slope": ("initial_slope_e12", _RATE_E12),
    "open_interest_lower": ("open_interest_lower_atoms", ATOM),
    "open_interest_upper": ("open_interest_upper_atoms", ATOM),
}
_OPTIONAL = {"contract", "settle", "price_min", "tier_rule", *_OPTIONAL_STEPS}


class Tier(NamedTuple):
    """A bracket of position notional, at the mark."""

    floor: Number
    """Notional from which it holds, in the quote currency."""
    maintenance: Number
    """Maintenance margin, as a share of the notional,"""
    deduction: Number
    """less this "maintenance amount"."""
    leverage_max: int
    initial: Number = 0
    """Least initial margin, as a share of the notional."""

    def spec(self) -> dict[str, int]:
        """Return the tier in atoms and ppm."""
        return {
            "floor_atoms": to_atoms(self.floor, "tier floor"),
            "maintenance_ppm": to_steps(self.maintenance, PPM, "maintenance rate"),
            "deduction_atoms": to_atoms(self.deduction, "deduction"),
            "leverage_max": self.leverage_max,
            **(
                {"initial_ppm": to_steps(self.initial, PPM, "initial rate")} if self.initial else {}
            ),
        }


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """A contract: `Instrument.linear`, margined in its quote currency, or `Instrument.inverse`.

    Fields left at None are taken from the rulebook when a venue lists the instrument; from
    `contract` on they may stay so.
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
    contract: Decimal | None = None
    """Quote currency that one lot of an inverse contract is worth; None: linear."""
    settle: int | None = None
    """Which of the venue's currencies it is margined in, by number."""
    price_min: Decimal | None = None
    """Lowest price; one tick where none is given."""
    tier_rule: str | None = None
    """'marginal' (also None), 'step' or 'size_linear'."""
    maintenance_fee: Decimal | None = None
    """Closing fee that counts as maintenance, as a share of the notional."""
    maintenance_slope: Decimal | None = None
    """size_linear: what the maintenance rate rises per unit of quantity, inverse: per coin."""
    initial_slope: Decimal | None = None
    open_interest_lower: Decimal | None = None
    """Open interest from which the initial rate rises,"""
    open_interest_upper: Decimal | None = None
    """and at which it reaches 1."""

    @classmethod
    def linear(
        cls,
        symbol: str,
        *,
        tick: Number,
        lot: Number,
        tiers: Iterable[tuple[Any, ...]] | None = None,
        leverage_default: int | None = None,
        settle: int | None = None,
        tier_rule: str | None = None,
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
        given |= {"leverage_default": leverage_default, "settle": settle, "tier_rule": tier_rule}
        if tier_rule not in (None, *_TIER_RULES):
            known = ", ".join(_TIER_RULES)
            raise ConfigError(f"instrument {symbol}: tier_rule {tier_rule!r}; give one of {known}")
        return cls(symbol=symbol, **given)

    @classmethod
    def inverse(cls, symbol: str, *, tick: Number, contract: Number, **others: Any) -> Instrument:
        """Describe an inverse contract, whose lots are worth `contract` of the quote currency each.

        It is margined in the coin, the venue's currency number `settle`; the other arguments are
        those of `linear`, money (floors, deductions, open interest) in coins.

        Examples
        --------
        >>> btc = Instrument.inverse("BTCUSD", tick="0.5", contract=100, settle=1)
        >>> btc.lots(30), btc.contract
        (30, Decimal('100'))
        """
        return cls.linear(symbol, tick=tick, lot=1, contract=contract, **others)

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
        unset = [one.name for one in fields(self) if getattr(self, one.name) is None]
        missing = [name for name in unset if name not in _OPTIONAL]
        if missing:
            fix = "give them to Instrument.linear, or use a rulebook that lists the symbol"
            raise ConfigError(f"instrument {self.symbol} lacks {', '.join(missing)}; {fix}")
        return {
            "symbol": self.symbol,
            **self._contract_spec(),
            "price_ticks_max": to_steps(self.price_max or 0, self.tick, "price_max"),
            "order_lots_max": to_steps(self.order_max or 0, self.lot, "order_max"),
            "position_lots_max": to_steps(self.position_max or 0, self.lot, "position_max"),
            **{f"{name}_ppm": to_steps(getattr(self, name), PPM, name) for name in _PPM_FIELDS},
            "leverage_default": self.leverage_default,
            "tiers": [tier.spec() for tier in self.tiers or ()],
        }

    def _contract_spec(self) -> dict[str, int]:
        """Return what one lot is worth, and of the optional fields those that are set."""
        if self.contract is None:
            scale = {"atoms_per_tick_lot": to_steps(self.tick * self.lot, ATOM, "tick times lot")}
        else:
            worth = to_steps(self.contract / ATOM, self.tick, "contract in atoms")
            scale = {"contract": 1, "atoms_per_tick_lot": 1, "atom_ticks_per_lot": worth}
        for name, (key, step) in _OPTIONAL_STEPS.items():
            if (value := getattr(self, name)) is not None:
                per_lot = name.endswith("slope") and self.contract is None
                scale[key] = to_steps(value * self.lot if per_lot else value, step, name)
        if self.price_min is not None:
            scale["price_ticks_min"] = to_steps(self.price_min, self.tick, "price_min")
        if self.settle is not None:
            scale["settle_currency"] = self.settle
        if self.tier_rule is not None:
            scale["tier_rule"] = _TIER_RULES.index(self.tier_rule)
        return scale

    def reference_spec(self) -> InstrumentSpec:
        """Return the same for `delever.reference.ReferenceVenue`."""
        values = self.spec()
        tiers = tuple(MarginTier(**tier) for tier in values["tiers"])
        return InstrumentSpec(**{**values, "tiers": tiers})
