"""Recorded feeds: what exchanges and vendors wrote down, as events and as order books.

Iterate over a `Feed` for arrays of events, or ask it for the `book` at a time. An event
(`EVENT_DTYPE`) has `time_ns` (the venue's, UTC), `receive_time_ns` (the recorder's; 0: none),
`order_reference` (0: none), `price_ticks`, `qty_lots`, `sequence` (the venue's update number, or
the row), `instrument` (a place in `Feed.symbols`), `kind`, `side` (1 buy, 2 sell) and `flags`.
"""

from delever._core import FEED_EVENT_DTYPE as EVENT_DTYPE
from delever._core import Check, Feed, FeedFlag, FeedKind, RecordedBook, SeedScan

__all__ = ["EVENT_DTYPE", "Check", "Feed", "FeedFlag", "FeedKind", "RecordedBook", "SeedScan"]
