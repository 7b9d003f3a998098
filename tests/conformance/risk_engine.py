"""The closed forms against the engine's own predicate: a position of a case on an Instrument.

The instrument's lot is the case's own quantity step and its tick the finest one that money in atoms
allows; the deduction is margin of another name. The engine's answer is a tick, so it may differ
from the closed form by one, and by what an atom is worth.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Any

from delever import Instrument
from delever.rules import evaluate

ATOM = Decimal("1e-8")
PPM = Decimal("1e-6")
VALUE_MAX = Decimal(2) ** 61 * ATOM
MONEY_MAX = Decimal(10) ** 9


def step_of(number: Decimal) -> Decimal:
    """The power of ten that a number is a multiple of."""
    return Decimal(1).scaleb(int(number.normalize().as_tuple().exponent))


def instrument_for(
    qty: Decimal, price: Decimal, rate: Decimal, fee: Decimal, *, inverse: bool
) -> Instrument | None:
    """An instrument on which this position is exact; None where the engine's units cannot."""
    lot = Decimal(1) if inverse else step_of(qty)
    tick = Decimal("1e-4") if inverse else ATOM / lot
    if rate != rate.quantize(PPM) or fee != fee.quantize(PPM) or (inverse and qty != int(qty)):
        return None
    price_max = (8 * price / tick).to_integral_value() * tick
    if not inverse and abs(qty) * price_max > VALUE_MAX:
        return None
    numbers = {
        "tick": tick,
        "price_max": price_max,
        "order_max": abs(qty),
        "position_max": abs(qty),
        "maker_fee": 0,
        "taker_fee": 0,
        "liquidation_fee": 0,
        "market_bound": "0.05",
        "maintenance_fee": fee,
        "leverage_default": 1,
        "tiers": [(0, rate, 0, 1)],
    }
    if not inverse:
        return Instrument.linear("CASE", lot=lot, **numbers)
    price_min = (price / 8 / tick).to_integral_value(ROUND_FLOOR) * tick
    return Instrument.inverse("CASE", contract=1, price_min=price_min, **numbers)


def check_engine(
    price: Decimal | None,
    *,
    qty: Decimal,
    entry: Decimal,
    wallet: Decimal,
    rate: Decimal,
    deduction: Decimal,
    fee: Decimal = Decimal(0),
    inverse: bool = False,
) -> bool:
    """Assert that the engine liquidates where the closed form says; False where it cannot tell."""
    if price is None or price <= 0 or abs(wallet) > MONEY_MAX or rate + fee >= 1:
        return False
    instrument = instrument_for(qty, max(price, entry), rate, fee, inverse=inverse)
    margin = (wallet + deduction).quantize(ATOM)
    if instrument is None or price > instrument.price_max:
        return False
    mark = (price / instrument.tick).to_integral_value() * instrument.tick
    found = evaluate(instrument, qty=qty, entry=entry, margin=margin, mark=mark)
    assert found.liquidation_price is not None
    value_of_atoms = 4 * ATOM * (price * price if inverse else 1) / abs(qty)
    near = 2 * instrument.tick + value_of_atoms
    assert abs(found.liquidation_price - price) <= near, f"engine {found} against {price}"
    return True


def schedule_instrument(
    qty: Decimal, price: Decimal, tiers: list[tuple[Any, ...]], **rules_of_tiers: Any
) -> Instrument:
    """A linear instrument of one tick and the case's lot, for its margin schedule."""
    lot, tick = step_of(qty), step_of(price)
    return Instrument.linear(
        "CASE",
        tick=tick,
        lot=lot,
        price_max=2 * price,
        order_max=qty,
        position_max=qty,
        maker_fee=0,
        taker_fee=0,
        liquidation_fee=0,
        market_bound="0.05",
        leverage_default=1000,
        tiers=tiers,
        **rules_of_tiers,
    )


def engine_margins(
    instrument: Instrument, qty: Decimal, price: Decimal, open_interest: Decimal = Decimal(0)
) -> tuple[Decimal, Decimal]:
    """(maintenance, initial) margin of a position at a price, as the engine asks for them."""
    found = evaluate(
        instrument, qty=qty, entry=price, margin=0, mark=price, open_interest=open_interest
    )
    return found.maintenance, found.initial
