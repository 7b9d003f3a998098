"""The summary of a stress test, at most 30 lines of 100 columns; and the command."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from delever.reference.vocabulary import RejectReason
from delever.report import WIDTH, clock, dollars, sparkline

from .run import StressResult, stress


def summary(result: StressResult) -> str:
    """Return what happened, assumptions first."""
    loaded, rows, series = result.loaded, result.liquidations, result.series
    lines = [f"{result.rules.name} · {loaded['loaded']:,} positions · digest {result.digest}"]
    lines += [f" assumed {key}: {text}" for key, text in result.assumed.items()]
    for reason, number in [*loaded["refused"].items()][:3]:
        why = RejectReason(reason).name.lower().replace("_", " ")
        lines.append(f" refused {number:,} rows: {why} (first row {loaded['first_refused_row']:,})")
    share, usd = len(result.usd) / max(loaded["loaded"], 1), dollars(float(result.usd.sum()))
    lost, fees = dollars(result.lost_usd), dollars(rows["fee_usd"].sum())
    lines.append(f" liquidated {len(result.usd):,} ({share:.2%}), {usd}; lost {lost}, fees {fees}")
    for i, one in enumerate(result.listed[:4]):
        longs, shorts = map(dollars, series["liquidated_usd"][:, i].sum(0))
        index, traded = series["index"][:, i], series["last"][series["last"][:, i] > 0, i]
        ends = f"index {index[0]:,.6g} to {index[-1]:,.6g}"
        told = f"traded {traded.min():,.6g} to {traded.max():,.6g}" if traded.size else "no trade"
        lines.append(f"  {one.symbol:<12} longs {longs:>7}  shorts {shorts:>7}  {ends}, {told}")
    fund = series["fund_usd"]
    taken, moved = (dollars(series[f"{what}_usd"].sum()) for what in ("taken", "deleveraged"))
    count = len(result.deleveragings["qty_lots"])
    lines.append(f" fund ends at {dollars(fund[-1])}, low {dollars(fund.min())}; took over {taken}")
    lines.append(f" deleveraged {moved} of {count:,} positions")
    parts = np.array_split(series["liquidated_usd"].sum((1, 2)), 60)
    line = sparkline(np.array([part.sum() for part in parts]))
    lines.append(f" over time {line} to {clock(int(series['time_ns'][-1]))}")
    main = int(np.argmax(series["liquidated_usd"].sum((0, 2))))
    lines.append(f" heaviest levels of {result.listed[main].symbol}:")
    fallen = [level for level in result.levels(main) if level["count"]]
    for level in sorted(fallen, key=lambda one: -one["usd"])[:5]:
        span = f"{level['low']:>12,.6g} to {level['high']:<12,.6g}"
        lines.append(f"  {span} {level['count']:>11,} {dollars(level['usd']):>8}")
    lines.append(" largest liquidations:")
    for row in result.largest(rows, result.usd, "mark_ticks")[:4]:
        what = f"{row['qty']:+,.6g} {row['symbol']} at {row['price']:,.6g}"
        lines.append(f"  {clock(row['time_ns'])}  account {row['account']}  {what}")
    took = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in result.seconds.items())
    return "\n".join(line[:WIDTH] for line in [*lines, f" {took}"])


def add_stress_command(commands: Any) -> None:
    """Add `stress` to the command line."""
    command = commands.add_parser("stress", help="a book of positions under a price path")
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
