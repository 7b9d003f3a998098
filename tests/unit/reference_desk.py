"""A reference venue with one plain instrument, and short names for what tests do to it."""

from __future__ import annotations

from delever.reference import (
    Command,
    CommandKind,
    Event,
    EventKind,
    InstrumentSpec,
    OrderType,
    ReferenceVenue,
    RejectReason,
    Rulebook,
    Side,
    TimeInForce,
    Word,
    marginal_tiers,
)
from delever.reference.state import Position

# One atom per tick and lot; 5 % maintenance margin; ten times leverage unless a test says
# otherwise.
PLAIN = InstrumentSpec(
    symbol="PLAINUSDT",
    atoms_per_tick_lot=1,
    price_ticks_max=1_000,
    order_lots_max=1_000,
    position_lots_max=2_000,
    tiers=marginal_tiers([(0, 50_000, 20), (50_000, 100_000, 5)]),
    liquidation_fee_ppm=5_000,
    leverage_default=10,
)


class Desk:
    """Applies commands one by one and hands out the events each led to."""

    def __init__(self, *specs: InstrumentSpec, rulebook: Rulebook | None = None) -> None:
        self.venue = ReferenceVenue(specs or (PLAIN,), rulebook or Rulebook())
        self.time_ns = 0

    def do(self, kind: CommandKind, **fields: int) -> list[Event]:
        count = len(self.venue.events)
        self.venue.apply(Command(kind=kind, time_ns=self.time_ns, **fields))
        assert self.venue.audit() == ""
        return self.venue.events[count:]

    def open(self, amount_atoms: int = 1_000_000) -> int:
        self.do(CommandKind.OPEN_ACCOUNT, amount_atoms=amount_atoms)
        return self.venue.account_count - 1

    def place(
        self,
        account: int,
        side: Side,
        qty_lots: int,
        price_ticks: int = 0,
        *,
        time_in_force: TimeInForce = TimeInForce.GTC,
        flags: int = 0,
        client_id: int = 0,
    ) -> list[Event]:
        """Place a limit order, or a market order where no price is given."""
        return self.do(
            CommandKind.PLACE_ORDER,
            account=account,
            side=side,
            qty_lots=qty_lots,
            price_ticks=price_ticks,
            order_type=OrderType.LIMIT if price_ticks else OrderType.MARKET,
            time_in_force=time_in_force,
            flags=flags,
            client_id=client_id,
        )

    def trade(self, buyer: int, seller: int, qty_lots: int, price_ticks: int) -> None:
        """Let two accounts trade with each other in an empty book."""
        self.place(seller, Side.SELL, qty_lots, price_ticks)
        self.place(buyer, Side.BUY, qty_lots, price_ticks)

    def set_mark(self, price_ticks: int) -> list[Event]:
        return self.do(CommandKind.SET_MARK, price_ticks=price_ticks)

    def position(self, account: int) -> Position:
        return self.venue.position(account, 0)

    def book(self, side: Side) -> list[tuple[int, int, int]]:
        """Return (account, price, open lots) in the order in which a side would trade."""
        orders = self.venue.instrument(0).book.orders(side)
        return [(order.account, order.price_ticks, order.open_lots) for order in orders]


def kinds(events: list[Event]) -> list[EventKind]:
    return [EventKind(event[Word.KIND]) for event in events]


def of_kind(events: list[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event[Word.KIND] == kind]


def words(event: Event, *names: Word) -> tuple[int, ...]:
    return tuple(event[name] for name in names)


def rejection(events: list[Event]) -> RejectReason:
    """Return why a command was refused; NONE where it was carried out."""
    refused = of_kind(events, EventKind.COMMAND_REJECTED)
    return RejectReason(refused[0][Word.REASON]) if refused else RejectReason.NONE


def fills(events: list[Event]) -> list[tuple[int, int, int]]:
    """Return (maker, price, lots) of every fill."""
    return [
        words(event, Word.OTHER_ACCOUNT, Word.PRICE_TICKS, Word.QTY_LOTS)  # type: ignore[misc]
        for event in of_kind(events, EventKind.ORDER_FILLED)
    ]


def order_id(events: list[Event]) -> int:
    return of_kind(events, EventKind.ORDER_ACCEPTED)[0][Word.ORDER_ID]


def cancels(events: list[Event]) -> list[tuple[int, int, int]]:
    """Return (account, lots, reason) of every cancelled order."""
    return [
        words(event, Word.ACCOUNT, Word.QTY_LOTS, Word.REASON)  # type: ignore[misc]
        for event in of_kind(events, EventKind.ORDER_CANCELLED)
    ]
