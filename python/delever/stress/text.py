"""The summary of a stress test: at most 30 lines of 100 columns; and its command."""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from delever.reference.vocabulary import RejectReason
from delever.report import WIDTH, clock, dollars, sparkline

from .run import ATOMS, StressResult, stress


def summary(result: StressResult) -> str:
    """Return what happened, assumptions first."""
    loaded, rows, series = result.loaded, result.liquidations, result.series
    count, usd = len(rows["time_ns"]), float(result.liquidated_usd.sum())
    share = count / max(loaded["loaded"], 1)
    lines = [f"{result.rules.name} · {loaded['loaded']:,} positions · digest {result.digest}"]
    lines += [f" assumed: {key}: {text}" for key, text in result.assumed.items()]
    for reason, number in loaded["refused"].items():
        why = RejectReason(reason).name.lower().replace("_", " ")
        lines.append(
            f" refused: {number:,} rows, {why} (first row {loaded['first_refused_row']:,})"
        )
    lines.append(
        f" liquidated {count:,} ({share:.2%}), {dollars(usd)}; margin lost "
        f"{dollars(result.lost_usd)}, fees {dollars(rows['fee_atoms'].sum() * ATOMS)}"
    )
    for i, one in enumerate(result.listed[:5]):
        longs, shorts = series["liquidated_usd"][:, i].sum(0).tolist()
        index, last = series["index"][:, i], series["last"][:, i]
        low = last[last > 0].min() if (last > 0).any() else index.min()
        lines.append(
            f"  {one.symbol:<12} longs {dollars(longs):>7}  shorts {dollars(shorts):>7}   "
            f"index {index[0]:,.4g} to {index[-1]:,.4g}, perpetual low {low:,.6g}"
        )
    fund = series["fund_usd"]
    lines.append(
        f" fund {dollars(fund[0])} to {dollars(fund[-1])}, low {dollars(fund.min())}; took "
        f"over {dollars(series['taken_usd'].sum())}; deleveraged "
        f"{dollars(series['deleveraged_usd'].sum())} of {len(result.deleveragings['qty_lots']):,} positions"
    )
    over = series["liquidated_usd"].sum((1, 2))
    parts = np.array([part.sum() for part in np.array_split(over, 60)])
    first, last = clock(int(series["time_ns"][0])), clock(int(series["time_ns"][-1]))
    lines.append(f" over time  {sparkline(parts)}  {first} to {last}")
    told = result.as_dict()
    for symbol, levels in list(told["by_level"].items())[:1]:
        top = sorted(levels, key=lambda level: -level["usd"])[:6]
        lines.append(f" heaviest levels of {symbol}:")
        lines += [
            f"  {level['low']:>12,.6g} to {level['high']:<12,.6g} {level['count']:>10,} "
            f"{dollars(level['usd']):>8}"
            for level in sorted(top, key=lambda one: -one["low"])
        ]
    lines.append(" largest liquidations:")
    lines += [
        f"  {clock(one['time_ns'])}  account {one['account']}  {one['qty']:+,.6g} "
        f"{one['symbol']} at {one['price']:,.6g}"
        for one in told["accounts"][:4]
    ]
    took = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in result.seconds.items())
    return "\n".join(line[:WIDTH] for line in [*lines, f" {took}"])


def add_stress_command(commands: Any) -> None:
    """Add `stress` to the command line."""
    command = commands.add_parser("stress", help="a book of positions under a price path")
    command.add_argument("positions", metavar="POSITIONS", help="a Parquet, CSV or Arrow file")
    command.add_argument("--path", required=True, help="'-30%% over 1h', or a file of prices")
    command.add_argument("--rulebook", default="binance-um", metavar="NAME")
    command.add_argument("--at", metavar="DAY", help="of the rulebook (default the newest)")
    for name, what in (("depth", "USD within 1 %% of the index"), ("fund", "insurance fund, USD")):
        command.add_argument(f"--{name}", type=float, metavar="USD", help=f"{what} (default 1 %%)")
    command.add_argument("--step", type=float, default=1.0, metavar="SECONDS")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    command.add_argument("--out", type=Path, metavar="DIR", help="draw stress.png into it")
    command.add_argument("--no-progress", action="store_true", help="no live line")
    command.set_defaults(run=_stress)


def _stress(options: argparse.Namespace) -> int:
    live = sys.stderr.isatty() and not options.no_progress
    if options.out and find_spec("matplotlib") is None:
        from delever.plotting import require_matplotlib  # noqa: PLC0415  (optional)

        require_matplotlib()
    names = ("path", "rulebook", "at", "depth", "fund", "step")
    given = {name: getattr(options, name) for name in names}
    result = stress(options.positions, progress=live, **given)
    print(result)
    written = [result.to_json(options.json)] if options.json else []
    written += result.plot(options.out) if options.out else []
    if written:
        print(" written:", ", ".join(map(str, written)))
    return 0
