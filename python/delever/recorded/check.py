"""`delever check` and `delever book`: what a pass over a feed finds, and a ladder, as text."""

import argparse
from pathlib import Path
from typing import Any

from delever._core import Check, Feed, format_of
from delever.errors import ConfigError
from delever.recorded import itch

OPTIONS = ("format", "tick_size", "lot_size", "snapshot")


def add_commands(commands: Any) -> None:
    """Add `check` and `book` to the command line."""
    check = commands.add_parser("check", help="validate a recorded feed")
    book = commands.add_parser("book", help="show the order book of a recorded feed at a time")
    for command, show in ((check, _check), (book, _book)):
        command.add_argument("file", metavar="FILE")
        for name in OPTIONS:
            command.add_argument(f"--{name.replace('_', '-')}", help="as of delever.recorded.Feed")
        command.set_defaults(run=show)
    when = "2026-02-05T21:15:00Z, ns; ITCH: 09:30:00"
    book.add_argument("--at", metavar="TIME", required=True, help=when)
    book.add_argument("--levels", type=int, default=10, metavar="N", help="default 10")
    book.add_argument("--symbol", help="of a feed of several (default the first; ITCH: none)")


def _open(options: argparse.Namespace) -> Feed | Path:
    """Return the feed; of ITCH, which has no `Feed`, the path."""
    given = {name: vars(options)[name] for name in OPTIONS}
    given["format"] = given["format"] or format_of(Path(options.file))
    if given["format"] != "itch":
        return Feed(options.file, tolerate_gaps=True, **given)
    if unit := next((name for name in OPTIONS[1:] if given[name]), None):
        raise ConfigError(f"--{unit.replace('_', '-')}: ITCH has its own units; leave it out")
    return Path(options.file)


def _check(options: argparse.Namespace) -> int:
    print(check := Check(_open(options)))
    return 0 if check.good else 2


def _book(options: argparse.Namespace) -> int:
    feed, at = _open(options), options.at
    if isinstance(feed, Feed):
        book = feed.book(int(at) if at.isdecimal() else at)
        shown = book.ladder(feed.stream, options.levels, options.symbol)
    else:
        shown = itch.books(feed, at_ns=at).ladder(options.symbol, options.levels)
    print(f"{Path(options.file).name[:60]} at {at[:30]}\n{shown}")
    return 0
