from typing import Self, final

from . import _core
from .venue import Venue

@final
class FastVenue:
    """The hot calls of a venue, at its current time; both work on the same state."""

    @property
    def venue(self) -> Venue | _core.Venue:
        """The venue it was made from."""

    def __new__(cls, venue: Venue | _core.Venue) -> Self: ...
    def place(
        self,
        account: int,
        instrument: int,
        side: int,
        qty_lots: int,
        price_ticks: int = 0,
        flags: int = 0,
    ) -> int:
        """Place a limit order, or a market order at price 0; return its id, or minus the reason."""

    def cancel(self, account: int, order_id: int) -> int:
        """Cancel a live order; return 0, or minus the reason."""

    @property
    def digest(self) -> int:
        """Digest of every event so far."""
