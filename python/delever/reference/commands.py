"""Commands, and the vocabulary they are written in.

This module owns the names and numbers of everything a caller can say to a venue: command kinds,
order sides, types, times in force and flags, and the reasons a command or a live order is turned
away. The numbers are those of ``csrc/venue/command.hpp`` and ``csrc/venue/reject.hpp``; a command
record of the compiled core is a command here, field by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import IntEnum, IntFlag
from typing import Any

EVERY_INSTRUMENT = 0xFFFF


class CommandKind(IntEnum):
    """What a command asks for."""

    OPEN_ACCOUNT = 1
    DEPOSIT = 2
    WITHDRAW = 3
    FUND_INSURANCE = 4
    SET_LEVERAGE = 5
    ADJUST_MARGIN = 6
    PLACE_ORDER = 7
    CANCEL_ORDER = 8
    AMEND_ORDER = 9
    CANCEL_ALL = 10
    SEED_POSITION = 11
    UPDATE_INDEX = 12
    SET_MARK = 13
    SETTLE_FUNDING = 14


class Side(IntEnum):
    """Which side of the book an order belongs to."""

    NONE = 0
    BUY = 1
    SELL = 2

    @property
    def opposite(self) -> Side:
        """The side an order of this side trades with."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def direction(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1


class OrderType(IntEnum):
    """Whether the caller names the price or the venue bounds it."""

    MARKET = 1
    LIMIT = 2


class TimeInForce(IntEnum):
    """What happens to the part of an order that does not trade at once."""

    GTC = 1
    IOC = 2
    FOK = 3


class OrderFlag(IntFlag):
    """Bits of ``Command.flags``."""

    POST_ONLY = 1
    REDUCE_ONLY = 2
    HOLD_POINT = 4
    SELF_TRADE_MAKER = 8
    SELF_TRADE_BOTH = 16


ORDER_FLAGS_ALL = 31


class RejectReason(IntEnum):
    """Why a command was refused."""

    NONE = 0
    UNKNOWN_COMMAND = 1
    TIME_REVERSED = 2
    UNKNOWN_ACCOUNT = 3
    UNKNOWN_INSTRUMENT = 4
    UNKNOWN_ORDER = 5
    INVALID_ORDER = 6
    INVALID_QTY = 7
    INVALID_PRICE = 8
    INVALID_AMOUNT = 9
    INVALID_LEVERAGE = 10
    DUPLICATE_CLIENT_ID = 11
    INSUFFICIENT_MARGIN = 12
    INSUFFICIENT_BALANCE = 13
    LEVERAGE_ABOVE_TIER = 14
    POSITION_LIMIT = 15
    WOULD_TAKE = 16
    UNFILLABLE = 17
    REDUCE_ONLY_WOULD_INCREASE = 18
    OPEN_ORDERS_EXIST = 19
    LEVERAGE_BELOW_POSITION = 20
    NO_POSITION = 21
    SEED_WOULD_REDUCE = 22
    NO_MARK = 23


class CancelReason(IntEnum):
    """Why a live order left the book, or a remainder was not kept."""

    NONE = 0
    REQUESTED = 1
    MASS_CANCEL = 2
    IMMEDIATE_REMAINDER = 3
    SELF_TRADE = 4
    REDUCE_ONLY = 5
    INSUFFICIENT_MARGIN = 6
    LIQUIDATION = 7
    DELEVERAGING = 8


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
