"""The compiled core: everything in ticks, lots, atoms, nanoseconds and ids.

`delever.Venue` and `delever.scenario` are the doors for people; this is what they stand on.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import CapsuleType

__version__: str

_C_API: CapsuleType
"""The function table of delever/capi/delever.h."""

COMMAND_DTYPE: np.dtype[np.void]
"""One command: 64 bytes, see csrc/venue/command.hpp."""

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
    def apply(self, commands: NDArray[np.void]) -> None:
        """Apply records of COMMAND_DTYPE in order, with the interpreter lock released."""

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

    def account(self, account: int) -> tuple[int, int]:
        """Return (wallet_atoms, reserved_atoms)."""

    def accounts(self) -> dict[str, NDArray[np.int64]]:
        """Return columns over all accounts, by account id."""

    def position(self, account: int, instrument: int) -> tuple[int, int, int, int]:
        """Return (qty_lots, cost_atoms, margin_atoms, leverage)."""

    def positions(self) -> dict[str, NDArray[np.int64]]:
        """Return columns over all open positions."""

    def liquidation_price(self, account: int, instrument: int) -> int:
        """Return the threshold tick; -1 where no mark liquidates."""

    def bankruptcy_price(self, account: int, instrument: int) -> int:
        """Return it in ticks; -1 without a position."""

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

@final
class MatchingEngine(_Machine):
    """Order books without accounts, in ticks, lots and ids; parameters as those of `Venue`."""

    @staticmethod
    def restore(snapshot: bytes) -> MatchingEngine:
        """Return an engine that continues where the snapshot was taken."""
