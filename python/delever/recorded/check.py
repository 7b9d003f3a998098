"""`delever check` and `delever book`: what a pass over a feed finds, and a ladder, as text."""

import argparse
from typing import Any

from delever._core import FeedCheck
from delever.errors import DataError
from delever.recorded.feed import Feed

OPTIONS = ("format", "tick_size", "lot_size", "snapshot")


class Check:
    """What a pass over a feed finds: `counts` by kind, the first `error`, and the rest printed.

    It is `good` without a malformed row and without a gap. `found` has the numbers.
    """

    def __init__(self, feed: Feed) -> None:
        self.feed, self.found = feed, FeedCheck()
        self.error: DataError | None = None
        try:
            for batch in feed:
                self.found.apply(batch)
        except DataError as error:
            self.error = error
        self.counts = self.found.counts
        self.good = self.error is None and self.found.gaps[0] == 0

    def __str__(self) -> str:
        head = f"{self.feed.path.name}: {self.feed.format}"
        return f"{head}\n{self.found.report(self.feed.stream)}\n  error     {self.error or 'none'}"


def add_commands(commands: Any) -> None:
    """Add `check` and `book` to the command line."""
    check = commands.add_parser("check", help="validate a recorded feed")
    book = commands.add_parser("book", help="show the order book of a recorded feed at a time")
    for command, show in ((check, _check), (book, _book)):
        command.add_argument("file", metavar="FILE")
        for name in OPTIONS:
            command.add_argument(f"--{name.replace('_', '-')}", help="as of delever.recorded.Feed")
        command.set_defaults(run=show)
    book.add_argument("--at", metavar="TIME", required=True, help="2026-02-05T21:15:00Z, or ns")
    book.add_argument("--levels", type=int, default=10, metavar="N", help="default 10")
    book.add_argument("--symbol", help="of a feed of several (default the first)")


def _open(options: argparse.Namespace) -> Feed:
    return Feed(options.file, tolerate_gaps=True, **{name: vars(options)[name] for name in OPTIONS})


def _check(options: argparse.Namespace) -> int:
    print(check := Check(_open(options)))
    return 0 if check.good else 2


def _book(options: argparse.Namespace) -> int:
    feed = _open(options)
    book = feed.book(int(options.at) if options.at.isdecimal() else options.at)
    print(f"{feed.path.name[:60]} at {options.at[:30]}")
    print(book.ladder(feed.stream, options.levels, options.symbol))
    return 0
