"""Commands: what a caller says to a venue, field by field, and how a check refuses one.

The words and their numbers are those of `vocabulary`; a command record of the compiled
core is a command here. Names of sides and reasons are passed on, so that the rules import them
from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from .vocabulary import (
    EVERY_INSTRUMENT,
    CancelReason,
    CommandKind,
    OrderFlag,
    OrderType,
    PegReference,
    RejectReason,
    SelfTrade,
    Side,
    TermKind,
    TimeInForce,
    TradingPhase,
    TriggerDirection,
    TriggerKind,
    TriggerSource,
)

__all__ = [
    "EVERY_INSTRUMENT",
    "FIELD_NAMES",
    "CancelReason",
    "Command",
    "CommandKind",
    "OrderFlag",
    "OrderType",
    "PegReference",
    "RejectReason",
    "Rejected",
    "SelfTrade",
    "Side",
    "TermKind",
    "TimeInForce",
    "TradingPhase",
    "TriggerDirection",
    "TriggerKind",
    "TriggerSource",
    "as_command",
    "as_commands",
    "direction",
    "opposite",
    "require",
]


def opposite(side: Side) -> Side:
    """Return the side an order of this side trades with."""
    return Side.SELL if side is Side.BUY else Side.BUY


def direction(side: Side) -> int:
    """Return +1 for a buy, -1 for a sell."""
    return 1 if side is Side.BUY else -1


class Rejected(Exception):  # noqa: N818 - an outcome, not an error
    """Raised while a command is checked, before anything has changed.

    Parameters
    ----------
    reason
        The reason that goes into the CommandRejected event.
    """

    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason.name)
        self.reason = reason


def require(condition: bool, reason: RejectReason) -> None:
    """Refuse the command with a reason unless a condition holds."""
    if not condition:
        raise Rejected(reason)


@dataclass(frozen=True, slots=True)
class Command:
    """One command; the fields a kind does not read are ignored."""

    kind: int = 0
    instrument: int = 0
    side: int = 0
    order_type: int = 0
    time_in_force: int = 0
    flags: int = 0
    time_ns: int = 0
    account: int = 0
    other_account: int = 0
    order_id: int = 0
    client_id: int = 0
    price_ticks: int = 0
    qty_lots: int = 0
    amount_atoms: int = 0


FIELD_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Command))


def as_command(record: Any) -> Command:
    """Read a command from whatever carries its fields.

    Parameters
    ----------
    record
        A `Command`; a mapping from field names to integers, where a missing field is 0; a numpy
        record; or any object with the fields as attributes.

    Returns
    -------
    Command
        The same command, in plain Python integers.
    """
    if isinstance(record, Command):
        return record
    if isinstance(record, Mapping):
        unknown = set(record) - set(FIELD_NAMES)
        if unknown:
            raise ValueError(f"a command has no field {sorted(unknown)}; it has {FIELD_NAMES}")
        return Command(**{name: int(value) for name, value in record.items()})
    if getattr(record, "dtype", None) is not None:
        return Command(*(int(record[name]) for name in FIELD_NAMES))
    return Command(*(int(getattr(record, name)) for name in FIELD_NAMES))


def as_commands(records: Any) -> Iterable[Command]:
    """Read one command or a sequence of commands.

    Parameters
    ----------
    records
        One command in any form `as_command` reads, or an iterable of them.

    Returns
    -------
    Iterable[Command]
        The commands, in order.
    """
    single = isinstance(records, Command | Mapping) or hasattr(records, "kind")
    if single or getattr(records, "shape", None) == ():
        return [as_command(records)]
    return (as_command(record) for record in records)
