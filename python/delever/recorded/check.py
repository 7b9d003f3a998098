"""`delever check` and `delever book`: what a pass over a feed finds, and a ladder, as text."""

import argparse
from pathlib import Path

from delever._core import Check, Feed, format_of
from delever.errors import ConfigError
from delever.recorded import itch

OPTIONS = ("format", "tick_size", "lot_size", "snapshot")


def _open(options: argparse.Namespace) -> Feed | Path:
    """Return the feed; of ITCH, which has no `Feed`, the path."""
    given = {name: vars(options)[name] for name in OPTIONS}
    given["format"] = given["format"] or format_of(Path(options.file))
    if given["format"] != "itch":
        return Feed(options.file, tolerate_gaps=True, **given)
    if unit := next((name for name in OPTIONS[1:] if given[name]), None):
        raise ConfigError(f"--{unit.replace('_', '-')}: ITCH has its own units; leave it out")
    return Path(options.file)


def check(options: argparse.Namespace) -> int:
    """Print what a pass over a feed finds."""
    print(found := Check(_open(options)))
    return 0 if found.good else 2


def book(options: argparse.Namespace) -> int:
    """Print the order book of a feed at a time."""
    feed, at = _open(options), options.at
    if isinstance(feed, Feed):
        found = feed.book(int(at) if at.isdecimal() else at)
        shown = found.ladder(feed.stream, options.levels, options.symbol)
    else:
        shown = itch.books(feed, at_ns=at).ladder(options.symbol, options.levels)
    print(f"{Path(options.file).name[:60]} at {at[:30]}\n{shown}")
    return 0
