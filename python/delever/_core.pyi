"""The compiled core: everything in ticks, lots, atoms, nanoseconds and ids.

`delever.Venue` and `delever.scenario` are the doors for people; this is what they stand on.
"""

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import (
    Any,
    Final,
    NamedTuple,
    Self,
    TypeAlias,
    final,
    type_check_only,
)

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Buffer, CapsuleType

from .errors import DataError
from .reference.instruments import Instrument
from .reference.rulebook import Rulebook
from .scenario import Fact, Scenario
from .stress.positions import Positions
from .units import Time

__version__: str

_C_API: CapsuleType
"""The function table of delever/capi/delever.h."""

COMMAND_DTYPE: np.dtype[np.void]
"""One command: 64 bytes, see csrc/venue/command.hpp."""

def commands(
    columns: Mapping[str, ArrayLike] | None = ..., /, **more: ArrayLike
) -> NDArray[np.void]:
    """Write commands from columns; a single value stands for every row."""

def layout() -> str:
    """Describe the command and event records, field by field, with their layout versions."""

COMMAND_LAYOUT_VERSION: Final[int]
EVENT_LAYOUT_VERSION: Final[int]
COMMAND_KIND_MAX: Final[int]
EVENT_KIND_MAX: Final[int]
REJECT_REASON_MAX: Final[int]
CANCEL_REASON_MAX: Final[int]
ORDER_FLAGS_ALL: Final[int]
INSURANCE_FUND_ACCOUNT: Final[int]
EVERY_INSTRUMENT: Final[int]
AMOUNT_ATOMS_MAX: Final[int]
PPM_SCALE: Final[int]
RATE_E8_SCALE: Final[int]

def event_schema() -> dict[str, list[tuple[str, str]]]:
    """Family name -> [(column, what it holds)], in column order."""

class _Machine:
    def __init__(
        self,
        instruments: Sequence[Mapping[str, Any]],
        rulebook: Mapping[str, Any],
        retention: int,
        trace: bool,
    ) -> None: ...
    def apply(self, commands: NDArray[np.void] | Mapping[str, ArrayLike]) -> None:
        """Apply records of COMMAND_DTYPE, or their columns, with the interpreter lock released."""

    def snapshot(self) -> bytes:
        """Return the whole state."""

    def branch(self) -> Self:
        """Return a copy that continues on its own, with an empty event log."""

    def set_retention(self, mask: int) -> None:
        """Keep these families from now on."""

    def events(self, family: int) -> dict[str, NDArray[np.int64]]:
        """Return the columns of a family: read-only views that never move."""

    def event_rows(self) -> tuple[int, ...]:
        """Return the number of retained rows of each family."""

    def event_words(self) -> NDArray[np.int64]:
        """Return all events since the start, 16 words each; empty unless the venue traces."""

    def clear_events(self) -> None:
        """Forget retained events; earlier views then show later ones."""

    def order(self, order_id: int) -> tuple[int, int, int, int, int, int, int, int, int] | None:
        """Return what is known of a live order; None: not live.

        (account, instrument, side, price_ticks, open_lots, client_id, state, visible_lots,
        trigger_ticks); state 1 rests, 2 waits for its trigger, 3 is parked.
        """

    def orders(self, instrument: int) -> dict[str, NDArray[np.int64]]:
        """Return columns over live orders: bids, asks by priority; pending, parked by age."""

    def mark(self, instrument: int) -> int:
        """Return the mark price in ticks; 0 while unset."""

    def index(self, instrument: int) -> int:
        """Return the index price in ticks; 0 while unset."""

    def last_price(self, instrument: int) -> int:
        """Return the price of the last fill in ticks; 0 while unset."""

    def phase(self, instrument: int) -> int:
        """Return the TradingPhase."""

    def indicative(self, instrument: int) -> tuple[int, int]:
        """Return (price_ticks, volume_lots) of an uncross now; (0, 0) without a cross."""

    def best(self, instrument: int, side: int) -> int:
        """Return the best displayed price in ticks; -1 when there is none."""

    def depth(
        self, instrument: int, side: int, levels: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return (price_ticks, open_lots, orders) of the best levels, best first."""

    @property
    def instrument_count(self) -> int:
        """Instruments."""

    @property
    def live_orders(self) -> int:
        """Live orders, resting or waiting."""

    @property
    def last_order(self) -> int:
        """Id of the last accepted order."""

    @property
    def last_rejection(self) -> int:
        """RejectReason of the last command; 0 if it was carried out."""

    @property
    def time_ns(self) -> int:
        """Time of the last command."""

    @property
    def digest(self) -> int:
        """Digest of all events so far."""

    @property
    def command_count(self) -> int:
        """Commands applied."""

    @property
    def event_count(self) -> int:
        """Events so far, kept or not."""

@final
class Venue(_Machine):
    """A venue in ticks, lots, atoms and ids.

    Parameters
    ----------
    instruments
        `Instrument.spec()` of each, in the order of their ids.
    rulebook
        `Rulebook.spec()`.
    retention
        Which event families are kept: bit f for family f, in the order of `event_schema()`.
    trace
        Also keep every event whole, for `event_words`.
    """

    @staticmethod
    def restore(snapshot: bytes) -> Venue:
        """Return a venue that continues where the snapshot was taken."""

    def handle(self) -> CapsuleType:
        """Return a capsule with this venue for the C interface (capi.pxd)."""

    def set_advisor(
        self,
        ranking: Callable[[dict[str, NDArray[np.int64]]], ArrayLike] | None,
        procedure: Callable[[dict[str, int]], int] | None,
    ) -> None:
        """Set the functions that a rulebook with ranking 7 or reduce 6 asks; None: nobody.

        Both get account, instrument, position_side, qty_lots, cost_atoms, margin_atoms, mark_ticks,
        equity_atoms and maintenance_atoms: `ranking` as columns of the candidates, by account and
        leg, and returns an int64 score for each, the largest is deleveraged first; `procedure` of
        one position, and returns how many lots a step closes. Equity and maintenance are those of
        the pool in cross margin. What they raise stops the batch before that command, with the
        venue as it was; batches are rehearsed on a copy. Snapshots do not keep the functions.
        """

    def account(self, account: int, currency: int = 0) -> tuple[int, int]:
        """Return (wallet_atoms, reserved_atoms)."""

    def accounts(self, currency: int = 0) -> dict[str, NDArray[np.int64]]:
        """Return columns over all accounts, by account id."""

    def is_hedged(self, account: int) -> bool:
        """Return whether an account has two positions per instrument."""

    def is_cross(self, account: int, instrument: int) -> bool:
        """Return whether an account's positions on an instrument are in cross margin."""

    def position(self, account: int, instrument: int, leg: int = 0) -> tuple[int, int, int, int]:
        """Return (qty_lots, cost_atoms, margin_atoms, leverage)."""

    def positions(self) -> dict[str, NDArray[np.int64]]:
        """Return columns over all open positions."""

    def liquidation_price(self, account: int, instrument: int, leg: int = 0) -> int:
        """Return the threshold tick; -1 where no mark liquidates, or it depends on others."""

    def bankruptcy_price(self, account: int, instrument: int, leg: int = 0) -> int:
        """Return it in ticks; -1 without a position."""

    @property
    def pool_work(self) -> list[int]:
        """Questions asked of cross-margin pools so far, guards set, and pools that are hot now."""

    @property
    def currency_count(self) -> int:
        """Currencies of the rulebook."""

    def ledger(self, currency: int) -> tuple[int, int, int]:
        """Return (fees_atoms, dust_atoms, net_deposits_atoms) of a currency."""

    def collateral_price(self, currency: int) -> int:
        """Return the index of a currency in its ticks; 0: unknown."""

    def funding(self, instrument: int) -> tuple[int, int, int, int]:
        """Return (rate_e8, next_time_ns, interval_ns, own_rate_e8) of an instrument."""

    def rebuild_guards(self, seed: int) -> None:
        """Set every threshold anew, with random budgets (0: the usual ones); changes no event."""

    def margin_terms(self, account: int, instrument: int, leg: int = 0) -> dict[str, Any]:
        """Return the terms behind a position's prices, in atoms and ticks."""

    def liquidation_levels(
        self, instrument: int, cross: bool = False
    ) -> dict[str, NDArray[np.int64]]:
        """Return lots waiting for liquidation by mark, as columns; conditional ones apart."""

    def breaches_at(
        self, instrument: int, mark_ticks: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (accounts, deficit_ppm) a mark would liquidate, in the order of a round."""

    def audit(self) -> str:
        """Return the first broken identity, or an empty string; visits everything."""

    @property
    def account_count(self) -> int:
        """Accounts, the insurance fund's included."""

    @property
    def last_account(self) -> int:
        """Id of the newest account."""

    @property
    def fees_atoms(self) -> int:
        """Trading fees collected, rebates deducted."""

    @property
    def dust_atoms(self) -> int:
        """What roundings left over."""

    @property
    def net_deposits_atoms(self) -> int:
        """Deposits minus withdrawals."""

FEED_EVENT_DTYPE: np.dtype[np.void]
"""One event of a recorded feed: 56 bytes, see csrc/feed/feed_event.hpp."""

TOP_OF_BOOK_DTYPE: np.dtype[np.void]
"""time_ns, sequence, bid_ticks, bid_lots, ask_ticks, ask_lots; 0 lots: that side is empty."""

RESTING_LEVEL_DTYPE: np.dtype[np.void]
"""price_ticks, qty_lots, orders (0 in a book of totals)."""

class FeedKind(enum.IntEnum):
    """What a recorded event says."""

    CLEAR = 1
    """The instrument's book is empty from here on."""
    ADD = 2
    """An order rests."""
    MODIFY = 3
    """An order now has this price and this remainder; an unknown one rests."""
    REDUCE = 4
    """An order shrinks by qty_lots."""
    DELETE = 5
    """An order leaves; qty_lots is what was left, where the feed says it."""
    EXECUTE = 6
    """A resting order trades qty_lots, and shrinks by it."""
    FILL = 7
    """A resting order traded; the event that shrinks it follows."""
    TRADE = 8
    """A trade that names no resting order; the side is the taker's."""
    LEVEL = 9
    """The total at a price is now qty_lots; 0: nothing is there."""
    QUOTE = 10
    """The best price of a side as the venue states it."""
    STATUS = 11
    """A halt or a resumption; qty_lots is the venue's code."""

class FeedFlag(enum.IntFlag):
    """Bits of the field `flags`."""

    LAST = 1
    """The venue's update ends here: only now is the book one that it showed."""
    SNAPSHOT = 2
    """Part of a snapshot, not of what happened."""
    GAP = 4
    """The venue's numbering has a hole before this event."""
    LATE = 8
    """About an order that was already deleted: changes no book."""

def sniff_feed(name: str, head: bytes) -> str:
    """Return the format that a file's first bytes, or else its name, speak of.

    Raises DataError where they speak of none.
    """

class FeedStream:
    """A decoder of one recorded feed: bytes in, events out."""

    def __init__(
        self,
        format: str,  # noqa: A002
        *,
        name: str = "",
        tick_size: str = "",
        lot_size: str = "",
        sample: bytes = b"",
        snapshot: bytes = b"",
        tolerate_gaps: bool = False,
    ) -> None: ...
    def decode(self, data: bytes) -> NDArray[np.void]:
        """Return the events of the next bytes; those before a fault, if there is one."""

    def finish(self) -> NDArray[np.void]:
        """Return the events that were held back until the end."""

    @property
    def fault(self) -> tuple[int, str, str] | None:
        """(row, column, message) of what could not be decoded; nothing is decoded after it."""

    @property
    def symbols(self) -> list[str]:
        """The names of the instruments, in the order of their numbers."""

    @property
    def tick_size(self) -> str:
        """The tick size, given or deduced."""

    @property
    def lot_size(self) -> str:
        """The lot size, given or deduced."""

    @property
    def rows(self) -> int:
        """Rows, or records, read so far."""

    @property
    def ignored_rows(self) -> int:
        """Rows of kinds that no event stands for."""

class Feed:
    """A recorded feed. Each iteration reads it from the start, an array of events at a time."""

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        format: str | None = ...,  # noqa: A002
        tick_size: str | None = ...,
        lot_size: str | None = ...,
        snapshot: str | PathLike[str] | None = ...,
        tolerate_gaps: bool = ...,
        chunk_bytes: int = ...,
    ) -> None: ...
    @property
    def path(self) -> Path: ...
    @property
    def format(self) -> str: ...
    @property
    def tick_size(self) -> str: ...
    @property
    def lot_size(self) -> str: ...
    @property
    def tolerate_gaps(self) -> bool: ...
    @property
    def stream(self) -> FeedStream: ...
    @property
    def symbols(self) -> list[str]:
        """Names of the instruments read so far."""

    def __iter__(self) -> FeedPass: ...
    def seed(self, *, every: bool = ...) -> NDArray[np.void]:
        """Return the orders that rested before (`every`: or came later, unseen) as ADD events."""

    def book(self, at: Time | None = ...) -> RecordedBook:
        """Return the book at a time (None: the end), begun with `seed` where no snapshot is."""

class Check:
    """What a pass over a feed finds: `counts` by kind, the first `error`, and the rest printed."""

    def __init__(self, feed: Feed | Path) -> None: ...
    @property
    def feed(self) -> Feed | Path: ...
    @property
    def found(self) -> Any: ...
    @property
    def error(self) -> DataError | None: ...
    @property
    def counts(self) -> dict[str, int]: ...
    @property
    def good(self) -> bool: ...

class FeedPass:
    """One pass over a recorded feed."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> NDArray[np.void]: ...

def format_of(path: str | PathLike[str]) -> str:
    """Return the format that a file's first bytes or its name speak of; "itch" has no `Feed`."""

class RecordedBook:
    """The books that a feed's events lead to, by instrument; sides are 1 (buy) and 2 (sell)."""

    def __init__(self) -> None: ...
    def apply(self, events: NDArray[np.void], until_ns: int = ...) -> int:
        """Apply events in order until one is later; return how many were applied."""

    def tops(self, events: NDArray[np.void]) -> NDArray[np.void]:
        """Apply events; return the top of the book after each that ends an update.

        A row of TOP_OF_BOOK_DTYPE is of the instrument of its event.
        """

    def depth(self, side: int, levels: int = 10, instrument: int = 0) -> NDArray[np.void]:
        """Return the best levels of a side, best first, as RESTING_LEVEL_DTYPE."""

    def best(self, side: int, instrument: int = 0) -> tuple[int, int] | None:
        """Return (price_ticks, qty_lots) of the best level of a side; None where it is empty."""

    def queue(self, side: int, price_ticks: int, instrument: int = 0) -> list[tuple[int, int]]:
        """Return (order_reference, qty_lots) of the orders at a price, the first one first."""

    def levels(self, side: int, instrument: int = 0) -> int:
        """Return how many prices of a side have something resting."""

    def live_orders(self, instrument: int = 0) -> int:
        """Return how many orders rest; 0 in a book of totals."""

    def ladder(self, stream: FeedStream, levels: int = 10, symbol: str | None = None) -> str:
        """Return both sides as text, best first, in the units of the feed's stream."""

    @property
    def contradictions(self) -> int:
        """How many events named an order not there, or added one twice."""

class FeedCheck:
    """What a pass over a feed finds. Places are (count, time_ns and sequence of the first)."""

    def __init__(self) -> None: ...
    def apply(self, events: NDArray[np.void]) -> None:
        """Take in the next events."""

    def report(self, stream: FeedStream) -> str:
        """Return all of it as text, in the units of the feed's stream."""

    @property
    def counts(self) -> dict[str, int]:
        """Events by the name of their kind."""

    @property
    def updates(self) -> int:
        """How many of the venue's updates have ended: so many states were looked at."""

    @property
    def time_range_ns(self) -> tuple[int, int]:
        """The earliest and the latest time_ns."""

    @property
    def crossed(self) -> tuple[int, int, int]:
        """States in which the best bid was at or above the best ask."""

    @property
    def gaps(self) -> tuple[int, int, int]:
        """Events that `FeedFlag.GAP` marks."""

    @property
    def contradictions(self) -> int:
        """How many events named an order not there, or added one twice."""

class SeedScan:
    """The orders that rested before a recording of orders began."""

    def __init__(self) -> None: ...
    def apply(self, events: NDArray[np.void]) -> None:
        """Take in the next events."""

    def orders(self, *, every: bool = False) -> NDArray[np.void]:
        """Return the orders found, as ADD events to be applied before all others.

        `every`: those too that are numbered above the first one added.
        """

class LiquidationMap:
    """Thresholds waiting at ticks, and which of them a mark crosses."""

    def __init__(self, price_ticks_max: int) -> None: ...
    def __len__(self) -> int: ...
    def insert(self, ticks: ArrayLike, *, longs: bool) -> int:
        """Add thresholds of longs (crossed at marks <= tick) or shorts (>=).

        Items are numbered in the order of insertion; the first one's number is returned.
        """

    def count_crossing(self, marks: ArrayLike) -> int:
        """Return how many of these marks cross any threshold; changes nothing."""

    def drain(self, mark: int) -> NDArray[np.int64]:
        """Take out every item that the mark crosses; their numbers, ascending."""

ITCH_EVENT_DTYPE: np.dtype[np.void]
"""What moved an order or printed a trade: 48 bytes, see csrc/feed/itch_layout.hpp."""

@type_check_only
class _ItchStream:
    def feed(self, chunk: Buffer) -> int:
        """Take a chunk of the stream; how many of its bytes were decoded or kept."""

    def finish(self) -> None:
        """Say that the stream ends here: bytes left over become the fault."""

    @property
    def fault(self) -> str | None:
        """What is wrong with the stream and where, or None."""

    @property
    def stopped(self) -> bool:
        """Whether decoding stopped before a message later than it should go."""

    @property
    def messages(self) -> int:
        """Messages decoded so far."""

    @property
    def offset(self) -> int:
        """Bytes decoded so far."""

    @property
    def time_ns(self) -> int:
        """Time of the last message, since midnight."""

class ItchBooks(_ItchStream):
    """Full order books of all symbols of an ITCH 5.0 stream."""

    def __init__(self, until_ns: int | None = None) -> None: ...
    def counts(self) -> dict[str, int]:
        """Messages so far, by type."""

    def results(self) -> dict[str, int]:
        """Count updates of the books by what came of them."""

    def symbols(self) -> dict[int, str]:
        """Names by stock locate."""

    def depth(
        self, symbol: str | int, levels: int = 10
    ) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """(bids, asks): the best levels as RESTING_LEVEL_DTYPE, best first."""

    def ladder(self, symbol: str | int | None = None, levels: int = 10) -> str:
        """Return both sides of a book as text, best first, in dollars.

        `symbol` may be left out where the directory has one only.
        """

    def queue(self, symbol: str | int, side: str, price: int) -> NDArray[np.void]:
        """Return the orders of a level (order_reference, qty_lots), first in the queue first."""

    def order(self, reference: int) -> dict[str, Any] | None:
        """Return the live order (symbol, side, price_ticks, qty_lots), or None."""

    def crossed(self) -> list[int]:
        """Stock locates whose best bid is at or above the best ask."""

    @property
    def live_orders(self) -> int:
        """Orders in the books."""

    @property
    def bytes(self) -> int:
        """Memory the records take."""

class ItchCheck(_ItchStream):
    """What a pass over an ITCH 5.0 stream finds."""

    def __init__(self) -> None: ...
    @property
    def counts(self) -> dict[str, int]:
        """Messages so far, by type."""

    @property
    def crossed(self) -> tuple[int, int, int]:
        """Orders that came and left a book crossed: (count, first time, number of its message)."""

    @property
    def backward(self) -> tuple[int, int, int]:
        """Messages earlier than one before them, likewise."""

    @property
    def results(self) -> dict[str, int]:
        """Updates of the books so far, by what came of them."""

    def report(self) -> str:
        """All of it as text."""

def itch_time_ns(text: str) -> int:
    """Return nanoseconds since midnight of a time such as 09:30:00.5."""

class ItchTables(_ItchStream):
    """The messages of an ITCH 5.0 stream, a table per type."""

    def __init__(self) -> None: ...
    def tables(self) -> dict[str, NDArray[np.void]]:
        """Structured arrays by type, copied."""

class ItchTotals(_ItchStream):
    """What an ITCH 5.0 stream holds."""

    def __init__(self) -> None: ...
    def totals(self) -> dict[str, Any]:
        """Messages by type; shares added, executed, cancelled, printed; a checksum."""

class ItchEvents(_ItchStream):
    """What moves orders or prints trades in an ITCH 5.0 stream."""

    def __init__(self) -> None: ...
    def take(self) -> NDArray[np.void]:
        """Take out the events since the last call, as ITCH_EVENT_DTYPE."""

ITCH_TOP_DTYPE: np.dtype[np.void]
"""The best bid and ask of a symbol: 48 bytes, see csrc/feed/itch_tops.hpp."""

class ItchTops(_ItchStream):
    """The best bid and ask of every symbol of an ITCH 5.0 stream, as they change."""

    def __init__(self) -> None: ...
    def take(self) -> NDArray[np.void]:
        """Take out the changes since the last call, as ITCH_TOP_DTYPE."""

LIQUIDATION_DTYPE: np.dtype[np.void]
"""One liquidation: 32 bytes, see csrc/feed/liquidation.hpp."""

class PriceBarReader:
    """Candles or trades of one file, as bars."""

    def __init__(self, path: str, trade_bar_ns: int) -> None: ...
    def feed(self, data: bytes) -> None:
        """Read the next bytes of the file."""

    def finish(self) -> NDArray[np.void]:
        """Say that the file has ended; its bars."""

class LiquidationReader:
    """Liquidations of one file."""

    def __init__(self, path: str) -> None: ...
    def feed(self, data: bytes) -> None:
        """Read the next bytes of the file."""

    def finish(self) -> tuple[NDArray[np.void], list[str]]:
        """Say that the file has ended; its liquidations, and the symbols they number."""

def laid_bars(parts: Sequence[tuple[Any, ...]]) -> NDArray[np.void]:
    """One path of bars from (bar_ns, start_ns, open, high, low, close); shorter ones win."""

def observed_rows(
    liquidations: NDArray[np.void], rules: Sequence[tuple[int, int, str]]
) -> NDArray[np.int64]:
    """Return the rows that a feed of these rules (from_ns, window_ns, keeps) showed, ascending."""

def cascades(
    parents: NDArray[np.int64], times_ns: NDArray[np.int64], usd: NDArray[np.float64]
) -> NDArray[np.void]:
    """Return the trees of these parents (-1: none): root, size, usd, start_ns, end_ns, depth."""

def hill_fit(
    values: NDArray[np.float64], minimum: float, *, integers: bool = False
) -> dict[str, float]:
    """Return the tail exponent of the values of at least a minimum, and its distance from them."""

class PassageMap:
    """Who last moved the price through each level."""

    def __init__(self) -> None: ...
    def move(self, from_ticks: int, to_ticks: int, mover: int) -> None:
        """Say that the price went there through a mover's trading (-1: nobody's)."""

    def mover_through(self, level_ticks: int, falling: bool) -> int:
        """Return who last brought the price to this level; -1: nobody known."""

def simulate_hawkes(
    base_per_s: float, branching: float, decay_per_s: float, horizon_s: float, seed: int
) -> NDArray[np.float64]:
    """Return times in s of a Hawkes process with an exponential kernel."""

def fit_hawkes(times_s: NDArray[np.float64], horizon_s: float) -> dict[str, float]:
    """Return base rate, branching ratio and decay, by maximum likelihood."""

def branching_from_counts(times_s: NDArray[np.float64], horizon_s: float, window_s: float) -> float:
    """Return the mean-variance estimate of the branching ratio."""

def burst_times(times_s: NDArray[np.float64], apart_s: float) -> NDArray[np.float64]:
    """Return the first time of each run of events no further apart than this."""

class ReducedWorld:
    """The leveraged population of one coin on one price, drawn once."""

    def __init__(
        self,
        config: dict[str, Any],
        control_s: float = 10.0,
        clip: float = 0.01,
        patience: float = 0.0,
        cluster_share: float = 0.0,
        k_max: float = 1.0,
    ) -> None: ...
    @staticmethod
    def fixed(
        threshold_log: ArrayLike,
        size_usd: ArrayLike,
        first_log_price: float,
        steps: int,
        step_s: float = 10.0,
    ) -> ReducedWorld:
        """Positions with a threshold each, held from start to end."""

    def ask(
        self,
        terms: dict[str, Any],
        horizons: Sequence[tuple[int, int]],
        kicks: Sequence[int] = ...,
        branches: bool = False,
        kick_horizon: int = 360,
        kick_usd: float = 0.0,
        innovations: ArrayLike | None = None,
        series: bool = False,
    ) -> dict[str, Any]:
        """Falls with and without liquidations, and kicks."""

    def run(self, terms: dict[str, Any], innovations: ArrayLike | None = None) -> dict[str, Any]:
        """One run's series per interval."""

    def ladder(
        self,
        terms: dict[str, Any],
        prices: Sequence[float],
        innovations: ArrayLike | None = None,
    ) -> list[tuple[float, float, float, float]]:
        """Rows (price, liquidated USD, pushed log, stop price) below the end of a run."""

    @property
    def steps(self) -> int: ...
    @property
    def held(self) -> int: ...
    @property
    def intents(self) -> int: ...
    @property
    def time_ns(self) -> list[int]: ...
    @property
    def path(self) -> NDArray[np.float64]: ...

class World:
    """A closed market of spot and venues, from a configuration dict."""

    def __init__(self, config: dict[str, Any]) -> None: ...
    def run(self, until_ns: int) -> None:
        """Run every step that begins before `until_ns`; the interpreter stays free."""

    def result(self) -> dict[str, Any]:
        """Copy steps, innovations and the venues' series so far into numpy arrays."""

    @property
    def time_ns(self) -> int: ...
    @property
    def end_ns(self) -> int: ...
    @property
    def digest(self) -> int: ...
    @property
    def commands(self) -> int: ...
    @property
    def audit(self) -> str: ...

_Source: TypeAlias = str | PathLike[str] | Buffer

class ItchPass:
    """One pass of a source through an ITCH stream."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...

def itch_feed(stream: _ItchStream, source: _Source, *, strict: bool = ...) -> ItchPass:
    """Feed the source to a stream, a chunk at each step; DataError where it is malformed."""

def itch_decode(source: _Source, *, strict: bool = ...) -> dict[str, NDArray[np.void]]:
    """Return every message with every field, as one structured array per message type."""

def itch_events(source: _Source, *, strict: bool = ...) -> Iterator[NDArray[np.void]]:
    """Yield what moves orders or prints trades (A F E C X D U P Q B), as EVENT_DTYPE."""

def itch_tops(source: _Source, *, strict: bool = ...) -> Iterator[NDArray[np.void]]:
    """Yield each change of a symbol's best bid or ask, as TOP_DTYPE; 0 where a side is empty."""

def itch_books(source: _Source, *, at_ns: int | str | None = ..., strict: bool = ...) -> ItchBooks:
    """Return the books of all symbols at a time since midnight; None: at the end of the stream."""

class Simulation:
    """One market day on the venue, from a configuration dict."""

    def __init__(self, config: dict[str, Any]) -> None: ...
    def run(self, until_ns: int) -> None:
        """Run every step that begins before `until_ns`; the interpreter stays free."""

    def result(self) -> dict[str, Any]:
        """Series and counts so far, copied into numpy arrays."""

    @property
    def time_ns(self) -> int: ...
    @property
    def end_ns(self) -> int: ...
    @property
    def commands(self) -> int: ...
    @property
    def audit(self) -> str: ...

class StressRun:
    """A book of positions under a price path."""

    def __init__(
        self,
        instruments: list[dict[str, Any]],
        rulebook: dict[str, Any],
        tick_usd: Sequence[float],
        lot: Sequence[float],
        contract_usd: Sequence[float],
        sample_ns: int,
    ) -> None: ...
    def load(
        self,
        *,
        holder: NDArray[np.int64],
        instrument: NDArray[np.int64],
        qty: NDArray[np.float64],
        entry_price: NDArray[np.float64],
        leverage: NDArray[np.float64],
        margin: NDArray[np.float64],
        wallet: NDArray[np.float64],
        cross: NDArray[np.int64],
    ) -> None:
        """Load rows; an empty column is not known."""

    def prepare(
        self,
        time_ns: NDArray[np.int64],
        price_ticks: NDArray[np.int64],
        depth_usd: Sequence[float],
        insurance_usd: float,
    ) -> None:
        """Set path, depth and fund; once, after loading."""

    def run(self, until_step: int) -> None:
        """Run the steps before this one; the interpreter stays free."""

    def waiting_usd(
        self, instrument: int, low_usd: float, high_usd: float, bins: int
    ) -> NDArray[np.float64]:
        """Return notional of loaded positions by liquidation price, (bins, 2)."""

    def liquidations(self) -> dict[str, NDArray[np.int64]]:
        """Return one row per liquidation, as columns."""

    def deleveragings(self) -> dict[str, NDArray[np.int64]]:
        """Return one row per deleveraged position, as columns."""

    def series(self) -> dict[str, NDArray[Any]]:
        """Give samples over time, in USD."""

    def loaded(self) -> dict[str, Any]:
        """Say what was loaded, and what was refused by RejectReason."""

    def state(self) -> tuple[int, int, float, float]:
        """Return (step, liquidations, their notional in USD, the fund in USD)."""

    def audit(self) -> str:
        """Return the first broken identity, or an empty string."""

    @property
    def digest(self) -> int: ...

@final
class MatchingEngine(_Machine):
    """Order books without accounts, in ticks, lots and ids; parameters as those of `Venue`."""

    @staticmethod
    def restore(snapshot: bytes) -> MatchingEngine:
        """Return an engine that continues where the snapshot was taken."""

class Series:
    """What a replay recorded, by bin and coin, in reported dollars."""

    def __init__(self, scenario: Any, result: Mapping[str, Any]) -> None: ...
    @property
    def scenario(self) -> Any: ...
    @property
    def result(self) -> Mapping[str, Any]: ...
    @property
    def coins(self) -> list[str]:
        """As "BTC", in the order of the columns."""

    @property
    def paths(self) -> dict[str, NDArray[np.void]]:
        """The published bars of each coin."""

    @property
    def all_coins_factor(self) -> float: ...
    @property
    def reported(self) -> float: ...
    @property
    def time_ns(self) -> NDArray[np.int64]:
        """End of each bin, ns since 1970."""

    def column(self, name: str, coin: str) -> NDArray[np.float64]:
        """Return one array of the result for one coin, or for "all" scaled to the market."""

    def liquidated(self, coin: str, side: str = ...) -> NDArray[np.float64]:
        """Return reported dollars per bin; side is long, short or total."""

    def price(self, coin: str, at_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return spot at given times: simulated inside the simulation, published outside."""

    def extreme(self, coin: str, span: Sequence[int], which: str, market: str = ...) -> float:
        """Return the "low" or "high" within a span, of the "spot" or the "perp"."""

    def rows(self, span: Sequence[int]) -> NDArray[np.bool_]:
        """Return which bins lie within a span."""

    def hourly(self) -> list[dict[str, Any]]:
        """Return a row per hour: prices of the first coin at its end, liquidations of all."""

    def trailing(
        self, values: NDArray[np.float64], hours: float, ends: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return sums over the hours before each end."""

MEASURED_KINDS: tuple[str, ...]

def measure(metric: Mapping[str, Any], series: Series) -> float | None:
    """Return the replayed value under a fact's window rule, in its unit; None: not replayed."""

def window_ends(ends: Sequence[int]) -> NDArray[np.int64]:
    """Return every minute from the first to the last window end."""

def trailing_sum(
    time_ns: NDArray[np.int64], values: NDArray[np.float64], hours: float, ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return sums over the `hours` before each end; what is in a bin is spread evenly over it."""

def rsi(closes: NDArray[np.float64], periods: int) -> float:
    """Return Wilder's relative strength index after the last close, 0 to 100."""

def new_low_percent(lows: NDArray[np.float64], before: float) -> NDArray[np.float64]:
    """Return by how many percent each bin lowers the running low; `before` is the low so far."""

class Baseline(NamedTuple):
    """The value of either model, in the fact's unit."""

    constant: float | None = ...
    persistence: float | None = ...

class Baselines:
    """Two models without an engine, fitted on a scenario's fit facts and a replay's path."""

    def __init__(self, scenario: Scenario, series: Series) -> None: ...
    @property
    def usd_per_percent(self) -> float: ...
    def percent(self, fact: Fact) -> float:
        """Return by how many percent the fact's hours lowered the running low."""

    def of(self, fact: Fact) -> Baseline:
        """Return what both say about a fact."""

class StressResult:
    """What a path did to a book: columns by liquidation, by deleveraging, and over time."""

    def __init__(self, *args: Any) -> None: ...
    @property
    def rules(self) -> Rulebook: ...
    @property
    def listed(self) -> list[Instrument]: ...
    @property
    def positions(self) -> Positions: ...
    @property
    def assumed(self) -> dict[str, str]: ...
    @property
    def loaded(self) -> dict[str, Any]: ...
    @property
    def liquidations(self) -> dict[str, NDArray[np.int64]]: ...
    @property
    def deleveragings(self) -> dict[str, NDArray[np.int64]]: ...
    @property
    def series(self) -> dict[str, NDArray[Any]]: ...
    @property
    def waiting(self) -> list[tuple[float, float, NDArray[np.float64]]]: ...
    @property
    def digest(self) -> str: ...
    @property
    def seconds(self) -> dict[str, float]: ...
    @property
    def usd(self) -> NDArray[np.float64]:
        """Notional of each liquidation, at the mark."""

    @property
    def lost_usd(self) -> float:
        """What liquidation took from its accounts, in USD: see `docs/stress.md`."""

    def levels(self, at: int) -> list[dict[str, Any]]:
        """Return the liquidations of an instrument by mark, from the highest level down."""

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain data: what `--json` writes, and `docs/stress.md` describes."""

    def to_json(self, path: str | Path) -> Path:
        """Write the result as JSON: the whole file or nothing."""

    def plot(self, out: str | Path = ...) -> list[Path]:
        """Draw stress.png into a directory; needs the extra `plot`."""

SWITCHES: tuple[str, ...]

def what_if(**words: object) -> dict[str, str]: ...
def parse_what_if(texts: Iterable[str]) -> list[dict[str, Any]]: ...
def engine_switches(words: Mapping[str, str]) -> dict[str, Any]: ...
def within(value: object, rule: Mapping[str, Any], replayed: float | None) -> bool | None: ...
def tolerance(rule: Mapping[str, Any], unit: str) -> str: ...
def combined(
    config: Mapping[str, Any], steps: Mapping[str, Any], price: ArrayLike
) -> dict[str, Any]: ...
def largest_fall(log_price: ArrayLike) -> tuple[float, int, int]: ...
def has_hours(metric: Mapping[str, Any], series: Series) -> bool: ...
def beside_feed(
    series: Series, rows: NDArray[np.void], symbols: Sequence[str]
) -> dict[str, NDArray[Any]]: ...
def filled_bars(path: NDArray[np.void], bars: NDArray[np.void]) -> NDArray[np.void]: ...
def scenario_table(
    file: dict[str, Any], form: dict[str, Any], kinds: dict[str, str], where: str
) -> tuple[dict[str, Any], list[tuple[str, str, object, str]]]: ...
def scenario_missing(table: Mapping[str, Any], form: dict[str, Any]) -> list[str]: ...
def time_ns(text: object) -> int: ...
def figure(value: float | str | tuple[float, ...] | None, unit: str) -> str:
    """Write a value of a fact as people do; None is a dash."""

def exact_figure(value: float | str | tuple[float, ...], unit: str) -> str:
    """Write a value of a fact with every digit it has."""

def dollars(value: float) -> str:
    """Write $431M, $2.51B or $63,280: three digits, or the whole price."""

def clock(ns: int) -> str:
    """Write a time in ns since 1970 as day and UTC."""

def sparkline(values: NDArray[np.float64]) -> str:
    """Draw one block per value, the largest full."""

def at_entry(
    instrument: NDArray[np.int64],
    qty: NDArray[np.float64],
    entry_price: NDArray[np.float64],
    contract_usd: Sequence[float],
) -> tuple[list[float], list[float]]:
    """(notional in USD, mean price) of every contract, linear where its USD are 0."""

def positions_from(columns: dict[str, Any], known: dict[str, str]) -> tuple[Any, ...]:
    """Return the fields of `delever.stress.Positions` from a table's columns."""

def path_in_words(
    source: str, start: Sequence[float], step_s: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (time_ns, prices) of a move in words, from the prices at the start."""

def path_from_table(
    columns: dict[str, Any], symbols: Sequence[str], step_s: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (time_ns, prices) of a table's columns, interpolated in between."""
