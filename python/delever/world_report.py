"""A closed-loop run and its counterfactuals as text, and as one picture (the extra `plot`)."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator, Sequence
from importlib import import_module
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from .page import write_page
from .plotting import INK, MUTED, STYLE, _thousands, _times, require_matplotlib
from .recordings import beside_feed
from .replay import write_whole
from .report import WIDTH, dollars
from .scenario import Scenario
from .switches import parse_what_if
from .world import WorldRun

COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
CAVEAT = (
    "E is the part of a fall that the other run lacks: of the prices at the factual high and low,"
    " and of each run's own; A = fall with / without. Depth, under-reporting and how long impact"
    " lasts are priors, any of them fits the path, and E moves with them: this is one draw."
)


def run_what_if(options: argparse.Namespace, scenario: Scenario, out: Path | None) -> int:
    """Run the closed loop and its counterfactuals, print their table, draw where `out` is."""
    words = parse_what_if(options.what_if)
    live = sys.stderr.isatty() and not options.no_progress
    factual = scenario.closed_loop(seed=options.seed, accounts=options.accounts, progress=live)
    others = [factual.counterfactual(**one) for one in words]
    print(table(factual, others))
    if out is not None:
        print(f" wrote {draw(factual, others, out)}")
    if options.report:  # facts and map are the open loop's
        replay = scenario.replay(seed=options.seed, accounts=options.accounts)
        feed = beside_feed(replay, options.liquidations) if options.liquidations else None
        runs = [factual, *others]
        print(f" wrote {write_page(replay, options.report, runs=runs, feed=feed)}")
    return 0


def table(factual: WorldRun, others: Sequence[WorldRun]) -> str:
    """Write what every counterfactual changes, horizon by horizon, in 100 columns.

    Parameters
    ----------
    factual
        The run that holds the recorded path.
    others
        Its counterfactuals.
    """
    lines = [_heading(factual), "", *_rows(factual, others)]
    lines += textwrap.wrap(f" {CAVEAT}", WIDTH, subsequent_indent="   ")
    errors, held = factual.steps["path_error"], factual.steps["clipped_share"]
    lines.append(
        f" path error {100 * errors[0]:.3f} % rms at the closes · innovations at their bound"
        f" {100 * held.max():.1f} % of intervals{' · INFEASIBLE' if held.max() > 0.01 else ''}"
    )
    seconds = sum(run.seconds for run in (factual, *others))
    lines.append(
        f" {factual.steps['commands'] / 1e6:.1f} M commands a run · {seconds:.1f} s"
        f" · digest {' '.join(run.digest for run in (factual, *others))}"
    )
    return "\n".join(lines)


def _heading(run: WorldRun) -> str:
    market, value = run.config["market"], run.scenario.parameter
    names = " ".join(venue["name"] for venue in run.config["venues"])
    return (
        f"{run.scenario.name} · closed loop · seed {market['seed']} · {market['accounts']:,}"
        f" accounts\n spot, {names} · depth {dollars(value('depth_btc'))} per 1 %"
        f" · impact half-life {value('impact_half_life_s') / 3600:g} h"
        f" · true/reported {value('under_reporting'):g}"
    )


def _rows(factual: WorldRun, others: Sequence[WorldRun]) -> Iterator[str]:
    yield (
        f" {'':<24} {'horizon':<7} {'low':>8} {'fall':>8} {'liquidated':>10}"
        f" {'E at low':>8} {'E own':>6} {'A':>6}"
    )
    for run in (factual, *others):
        for number, (name, span) in enumerate(factual.horizons().items()):
            shares = factual.shares(run, span)
            line = (
                f" {run.name[:24] if number == 0 else '':<24} {name:<7} {run.low(span):>8,.0f}"
                f" {-shares.fall_without:>6.2f} % {dollars(run.liquidated(span)):>10}"
            )
            if run is not factual:
                line += f" {shares.at_low:>8.2f} {shares.own:>6.2f} {shares.amplification:>6.2f}"
            yield line


def draw(factual: WorldRun, others: Sequence[WorldRun], out: Path) -> Path:
    """Write counterfactual.png into a directory: every run's path, and what it liquidated."""
    require_matplotlib()
    out.mkdir(parents=True, exist_ok=True)
    with import_module("matplotlib").rc_context(fname=STYLE):
        figure = import_module("matplotlib.figure").Figure(figsize=(16, 11))
        import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
        axes = figure.subplots(3, 1, sharex=True, height_ratios=[3, 1.3, 1.1])
        figure.subplots_adjust(left=0.065, right=0.985, top=0.9, bottom=0.05, hspace=0.1)
        title = f"{factual.scenario.title}: the day as it was, and as it might have been"
        figure.text(0.065, 0.96, title, fontsize=21, fontweight="bold", va="center")
        figure.text(0.065, 0.925, _heading(factual).replace("\n", " · "), color=MUTED, fontsize=11)
        runs = (factual, *others)
        for number, (run, colour) in enumerate(
            zip(runs, (INK, *COLOURS * len(runs)), strict=False)
        ):
            _paths(axes, factual, run, {"color": colour, "lw": 1.4, "zorder": 9 - number})
        _finish(axes, factual)
        buffer = BytesIO()
        figure.savefig(buffer, format="png", facecolor="white")
    return write_whole(out / "counterfactual.png", buffer.getvalue())


def _paths(axes: Any, factual: WorldRun, run: WorldRun, style: dict[str, Any]) -> None:
    """Draw one run into all panels."""
    times, result = _times(run.series.time_ns), run.series.result
    day = factual.horizons()["day"]
    spot, own = result["spot"][:, 0], factual.series.result["spot"][:, 0]
    axes[0].plot(times, spot, label=f"{run.name}: low {run.low(day):,.0f}", **style)
    axes[1].plot(times, 100 * (spot / own - 1), **style)
    both = result["liquidated_long_usd"] + result["liquidated_short_usd"]
    axes[2].plot(times, np.cumsum(both.sum(axis=1)) / 1e9, **style)


def _finish(axes: Any, factual: WorldRun) -> None:
    """Shade the legs, name the axes and mark the hours."""
    dates = import_module("matplotlib.dates")
    for one, leg in product(axes, factual.scenario.legs):
        one.axvspan(*_times(leg.span), color="#8a94a3", alpha=0.13, lw=0)
    axes[0].set_ylabel(f"{factual.series.coins[0]} spot")
    axes[0].yaxis.set_major_formatter(_thousands)
    axes[0].legend(loc="upper right")
    axes[1].set_ylabel("above the factual, %")
    axes[2].set_ylabel("liquidated, $B")
    axes[2].set_xlim(*_times(factual.series.time_ns[[0, -1]]))
    locator = dates.HourLocator(byhour=range(0, 24, 3))
    axes[2].xaxis.set_major_locator(locator)
    axes[2].xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
