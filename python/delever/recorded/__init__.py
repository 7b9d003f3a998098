"""Recorded feeds: what exchanges and vendors wrote down, as events and as order books.

`Feed(path)` reads LOBSTER, Databento (DBN market by order), Bitstamp order events, Tardis CSV and
Binance depth recordings in bounded memory: iterate for arrays of events, or ask for the
`book(at=...)`. An event (`EVENT_DTYPE`) has `time_ns` (the venue's, UTC), `receive_time_ns` (the
recorder's; 0: none), `order_reference` (0: none), `price_ticks`, `qty_lots`, `sequence` (the
venue's update number, or the row), `instrument` (a place in `Feed.symbols`), `kind` (`FeedKind`),
`side` (1 buy, 2 sell, 0 neither) and `flags` (`FeedFlag`).
"""

from .._core import FEED_EVENT_DTYPE as EVENT_DTYPE
from .._core import FeedFlag, FeedKind, RecordedBook, SeedScan
from .check import Check
from .feed import Feed

__all__ = ["EVENT_DTYPE", "Check", "Feed", "FeedFlag", "FeedKind", "RecordedBook", "SeedScan"]
