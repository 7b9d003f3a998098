"""`delever stress`: a stress test from the command line."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from .run import stress


def add_stress_command(commands: Any) -> None:
    """Add `stress` to the command line."""
    command = commands.add_parser("stress", help="a book of positions under a price path")
    command._negative_number_matcher = re.compile(r"-\d")  # noqa: SLF001  ("--path -30%": a value)
    add = command.add_argument
    add("positions", metavar="POSITIONS", help="a Parquet, CSV or Arrow file")
    add("--path", required=True, help="'-30%% over 1h', or a file of prices")
    add("--rulebook", default="binance-um", metavar="NAME", help="(default binance-um)")
    add("--at", metavar="DAY", help="of the rulebook (default the newest)")
    add("--depth", type=float, metavar="USD", help="within 1 %% of the index, on either side")
    add("--fund", type=float, metavar="USD", help="insurance fund (default 1 %% of the notional)")
    add("--step", type=float, default=1.0, metavar="SECONDS", help="(default 1)")
    add("--json", type=Path, metavar="FILE", help="write the result as JSON")
    add("--out", type=Path, metavar="DIR", help="draw stress.png into it")
    add("--no-progress", action="store_true", help="no live line")
    command.set_defaults(run=_stress)


def _stress(options: argparse.Namespace) -> int:
    from delever.cli import check_directory, check_file  # noqa: PLC0415  (it imports this)

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
