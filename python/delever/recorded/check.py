"""`delever check` and `delever book`: what a pass over a feed finds, and a ladder, as text."""

from __future__ import annotations

import argparse

from .._core import FeedCheck
from ..errors import ConfigError, DataError
from .feed import Feed


class Check:
    """What a pass over a feed finds; `print` it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "AAPL_2012-06-21_34200000_57600000_message_1.csv")
    ...     _ = path.write_text("34200.5,1,7,100,5853300,1\\n34200.6,9,7,100,5853300,1\\n")
    ...     check = Check(Feed(path))
    >>> check.found.counts, check.good, str(check.error).partition(", ")[2]
    ({'ADD': 1}, False, "row 2, column 'type': '9' is no type of 1 .. 7; correct it")
    """

    def __init__(self, feed: Feed) -> None:
        self.feed, self.found = feed, FeedCheck()
        self.error: DataError | None = None
        try:
            for batch in feed:
                self.found.apply(batch)
        except DataError as error:
            self.error = error

    @property
    def good(self) -> bool:
        """Whether the feed is whole: no malformed row and no gap."""
        return self.error is None and self.found.gaps[0] == 0

    def __str__(self) -> str:
        head = f"{self.feed.path.name}: {self.feed.format}"
        return f"{head}\n{self.found.report(self.feed.stream)}\n  error     {self.error or 'none'}"


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check` and `book` to the command line."""
    check = commands.add_parser("check", help="validate a recorded feed")
    book = commands.add_parser("book", help="show the order book of a recorded feed at a time")
    for command, run in ((check, _check), (book, _book)):
        command.add_argument("file", metavar="FILE")
        for name in ("--format", "--tick-size", "--lot-size", "--snapshot"):
            command.add_argument(name, help=f"see delever.recorded.Feed({name[2:]}=)")
        command.set_defaults(run=run)
    book.add_argument("--at", metavar="TIME", required=True, help="2026-02-05T21:15:00Z, or ns")
    book.add_argument("--levels", type=int, default=10, metavar="N", help="default 10")
    book.add_argument("--symbol", help="of a feed of several (default the first)")


def _feed(options: argparse.Namespace) -> Feed:
    names = ("format", "tick_size", "lot_size", "snapshot")
    return Feed(options.file, tolerate_gaps=True, **{name: vars(options)[name] for name in names})


def _check(options: argparse.Namespace) -> int:
    check = Check(_feed(options))
    print(check)
    return 0 if check.good else 2


def _book(options: argparse.Namespace) -> int:
    feed = _feed(options)
    book = feed.book(int(options.at) if options.at.isdecimal() else options.at)
    symbol = options.symbol if options.symbol is not None else next(iter(feed.symbols), "")
    if symbol not in (feed.symbols or [""]):
        raise ConfigError(f"--symbol: '{symbol}' is none of {', '.join(feed.symbols[:9])}")
    instrument = feed.symbols.index(symbol) if feed.symbols else 0
    print(f"{feed.path.name[:60]} {symbol[:20]} {options.at[:18]}".rstrip())
    print(book.ladder(feed.stream, options.levels, instrument))
    return 0
