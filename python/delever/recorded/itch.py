"""NASDAQ TotalView-ITCH 5.0: its messages as arrays, and the full order books of every symbol.

Numbers are the feed's own: prices in 1e-4 dollars, quantities in shares, times in nanoseconds since
midnight; an instrument is named by its symbol or its `stock_locate`. A source is a path (.gz and
the like are read directly) or bytes. Messages are found by their length bytes, or by their type
where these are zero. Memory follows what is asked for, never the size of the file.
"""

from delever._core import ITCH_EVENT_DTYPE as EVENT_DTYPE
from delever._core import ITCH_TOP_DTYPE as TOP_DTYPE
from delever._core import ItchBooks
from delever._core import itch_books as books
from delever._core import itch_decode as decode
from delever._core import itch_events as events
from delever._core import itch_feed as feed
from delever._core import itch_tops as tops

__all__ = ["EVENT_DTYPE", "TOP_DTYPE", "ItchBooks", "books", "decode", "events", "feed", "tops"]
