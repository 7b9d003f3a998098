"""`delever stress`: a stress test from the command line."""

import argparse
import sys

from delever.cli import check_directory, check_file

from .run import stress


def stress_book(options: argparse.Namespace) -> int:
    """Run a stress test, print it and write what was asked for."""
    if options.out:
        check_directory(options.out, "--out")
    if options.json:
        check_file(options.json, "--json")
    names = ("path", "rulebook", "at", "depth", "fund", "step")
    given = {name: getattr(options, name) for name in names}
    live = sys.stderr.isatty() and not options.no_progress
    result = stress(options.positions, progress=live, **given)
    print(result)
    written = [result.to_json(options.json)] if options.json else []
    written += result.plot(options.out) if options.out else []
    print(*(f" wrote {path}" for path in written), sep="\n", end="\n" * bool(written))
    return 0
