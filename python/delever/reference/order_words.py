"""How an order is said: keywords as flags and terms, in people's units.

`Venue.place` takes them; what a term means, and which go together, is in `terms` and `placement`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, TypeVar

from delever.errors import DataError
from delever.units import PPM, to_steps, to_time_ns

from . import vocabulary as words
from .instruments import Instrument
from .vocabulary import CommandKind, OrderFlag, TermKind

_Choice = TypeVar("_Choice", bound=IntEnum)
_UNSAID = ("NONE", "BY_RULE", "DEFAULT")


def choice(kind: type[_Choice], value: int | str) -> _Choice:
    """Return the member of an enumeration that a number or a name, as "buy", stands for."""
    try:
        return kind[value.upper()] if isinstance(value, str) else kind(value)
    except (KeyError, ValueError):
        said = [member.name for member in kind if member.name not in _UNSAID]
        names = ", ".join(f"'{name.lower()}'" for name in said)
        raise DataError(f"{value!r} is not a {kind.__name__}; use one of {names}") from None


_FLAGS = {
    "post_only": OrderFlag.POST_ONLY,
    "reduce_only": OrderFlag.REDUCE_ONLY,
    "hidden": OrderFlag.HIDDEN_ORDER,
    "slide": OrderFlag.SLIDE_POST_ONLY | OrderFlag.POST_ONLY,
}
# A keyword of `place`: the term it belongs to, the field it fills, and how its value is counted.
_TERMS: dict[str, tuple[TermKind, str, Callable[[Instrument, Any], int]]] = {
    "trigger": (TermKind.TRIGGER, "flags", lambda _, kind: choice(words.TriggerKind, kind)),
    "trigger_price": (TermKind.TRIGGER, "price_ticks", Instrument.ticks),
    "trail": (TermKind.TRIGGER, "qty_lots", Instrument.ticks),
    "trail_share": (TermKind.TRIGGER, "qty_lots", lambda _, part: to_steps(part, PPM, "trail")),
    "direction": (TermKind.TRIGGER, "side", lambda _, way: choice(words.TriggerDirection, way)),
    "watch": (TermKind.TRIGGER, "time_in_force", lambda _, of: choice(words.TriggerSource, of)),
    "peg": (TermKind.PEG, "side", lambda _, touch: choice(words.PegReference, touch)),
    "offset": (TermKind.PEG, "price_ticks", lambda on, by: to_steps(by, on.tick, "offset")),
    "display": (TermKind.ICEBERG, "qty_lots", Instrument.lots),
    "display_min": (TermKind.ICEBERG, "amount_atoms", Instrument.lots),
    "expire": (TermKind.EXPIRY, "amount_atoms", lambda _, time: to_time_ns(time)),
    "minimum": (TermKind.MINIMUM, "qty_lots", Instrument.lots),
    "oco": (TermKind.OCO, "amount_atoms", lambda _, group: int(group)),
    "budget": (TermKind.BUDGET, "amount_atoms",
               lambda on, cost: to_steps(cost, on.tick * on.lot, "budget")),
    "close_position": (TermKind.CLOSE_POSITION, "qty_lots", lambda *_: 0),
    "protection": (TermKind.PROTECTION, "price_ticks",
                   lambda on, by: to_steps(by, on.tick, "protection")),
}  # fmt: skip


def attached(listed: Instrument, terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the ATTACH_TERM commands that say what keywords of an order ask for."""
    rows: dict[TermKind, dict[str, Any]] = {}
    for word, value in terms.items():
        if word not in _TERMS:
            known = ", ".join((*_TERMS, *_FLAGS, "self_trade"))
            raise DataError(f"an order has no '{word}'; it may have {known}")
        if value is not None and value is not False:
            kind, field, convert = _TERMS[word]
            row = rows.setdefault(kind, {"kind": CommandKind.ATTACH_TERM, "order_type": kind})
            row[field] = convert(listed, value)
    if trigger := rows.get(TermKind.TRIGGER):
        trails = {"trail": words.TriggerKind.TRAILING_TICKS,
                  "trail_share": words.TriggerKind.TRAILING_PPM}  # fmt: skip
        kinds = [kind for word, kind in trails.items() if word in terms]
        trigger.setdefault("flags", (*kinds, words.TriggerKind.STOP)[0])
    return list(rows.values())


def flags_of(terms: dict[str, Any]) -> int:
    """Take the keywords that are bits out of an order's, and return the bits."""
    flags = choice(words.SelfTrade, terms.pop("self_trade", 0)) << words.SELF_TRADE_SHIFT
    for word, bit in _FLAGS.items():
        flags |= bit * bool(terms.pop(word, False))
    return flags
