"""An order: what it asks for, what is left of it, where it waits, and how it takes.

This module owns the record of one order and its terms. A live order is in exactly one place: it
takes, rests in a book, waits for its trigger, waits in the queue of triggered orders, or is parked
because its peg has no price. Its open lots are always the whole quantity, shown or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .commands import (
    OrderFlag,
    OrderType,
    PegReference,
    Side,
    TimeInForce,
    TriggerKind,
    TriggerSource,
)
from .vocabulary import PositionSide


class Place(Enum):
    """Where a live order is."""

    TAKING = 0
    RESTING = 1
    PENDING = 2  # waits for its trigger
    PARKED = 3  # pegged, without a price to rest at
    QUEUED = 4  # triggered, and waits for its turn to run


@dataclass
class Trigger:
    """When a pending order begins to run; a trailing one moves with its reference."""

    kind: TriggerKind
    up: bool
    source: TriggerSource
    price_ticks: int  # 0 while a trailing trigger has seen no reference
    initial_ticks: int = 0
    distance: int = 0
    extreme_ticks: int = 0
    age: int = 0  # among equal triggers the lower comes first
    event: int = -1  # the OrderTriggered, once it has triggered

    @property
    def trailing(self) -> bool:
        """Whether the trigger follows its reference."""
        return self.kind in (TriggerKind.TRAILING_TICKS, TriggerKind.TRAILING_PPM)


@dataclass
class Peg:
    """Which price an order follows, and how far away from the touch it stays."""

    reference: PegReference
    offset_ticks: int


@dataclass(eq=False)
class Order:
    """An accepted order that is not done yet."""

    order_id: int
    account: int
    instrument: int
    side: Side
    price_ticks: int
    open_lots: int
    leg: PositionSide = PositionSide.NET
    flags: int = 0
    client_id: int = 0
    order_type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    age: int = 0
    place: Place = Place.TAKING
    display_lots: int = 0
    display_min_lots: int = 0
    visible_lots: int = 0
    minimum_lots: int = 0
    oco_group: int = 0
    expire_ns: int = 0
    budget: int = 0
    closes_position: bool = False
    protection_ticks: int | None = None
    trigger: Trigger | None = None
    peg: Peg | None = None
    unpriced: bool = False
    reserve_ticks: int = 0

    @property
    def resting(self) -> bool:
        """Whether the order is in its book."""
        return self.place is Place.RESTING

    @property
    def reduce_only(self) -> bool:
        """Whether the order may only shrink its account's position."""
        return bool(self.flags & OrderFlag.REDUCE_ONLY)

    @property
    def post_only(self) -> bool:
        """Whether the order must not trade on arrival."""
        return bool(self.flags & OrderFlag.POST_ONLY)

    @property
    def hidden(self) -> bool:
        """Whether the order is not shown at all."""
        return bool(self.flags & OrderFlag.HIDDEN_ORDER)

    @property
    def market(self) -> bool:
        """Whether the order names no price."""
        return self.order_type is OrderType.MARKET

    @property
    def iceberg(self) -> bool:
        """Whether the order shows only a part of itself at a time."""
        return self.display_lots > 0

    @property
    def part_lots(self) -> int:
        """How many lots trade before the order has to queue again."""
        return self.visible_lots if self.iceberg else self.open_lots

    @property
    def shown_lots(self) -> int:
        """How many lots the depth of the book shows."""
        return 0 if self.hidden else self.part_lots

    def crosses(self, price_ticks: int) -> bool:
        """Whether the order's limit accepts trading at a price of the other side."""
        if self.side is Side.BUY:
            return price_ticks <= self.price_ticks
        return price_ticks >= self.price_ticks


class TakerKind(Enum):
    """On whose behalf an order takes."""

    USER = 1
    LIQUIDATION = 2
    UNWIND = 3


@dataclass
class Taker:
    """An accepted order on its way through the book."""

    order: Order
    kind: TakerKind = TakerKind.USER
    market: bool = False
    cause: int = -1
    filled_value: int = 0
    fills: list[tuple[int, int]] = field(default_factory=list)  # (price, lots)
    # Whether it only looks how far it would come.
    dry_run: bool = False
    # Makers that it may not trade with, and icebergs that show their next part after it.
    skipped: list[Order] = field(default_factory=list)
    refreshes: dict[Order, int] = field(default_factory=dict)
