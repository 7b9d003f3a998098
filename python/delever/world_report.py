"""A closed-loop run and its counterfactuals as text, and as one picture (the extra `plot`)."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from . import plotting
from .inference.phase import phase_grid
from .page import write_page
from .recordings import beside_feed
from .replay import BUILD, write_json
from .report import MINUS, WIDTH, checks, dollars
from .scenario import Scenario
from .switches import parse_what_if
from .world import WorldRun

COLOURS = (plotting.INK, "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
MEMBER_ACCOUNTS, MEMBER_STEP_S = 100_000, 10.0
CAVEAT = (
    "E is the part of a fall that the other run lacks: of the prices at the factual high and low,"
    " and of each run's own; A = fall with / without. Depth, under-reporting and how long impact"
    " lasts are priors, any of them fits the path, and E moves with them: this is one draw."
)
PARTS = "of the price at the high, mean over the orders of switching off; one draw"
CAVEAT_OF_PICTURE = (
    "Same news, same intents, other mechanisms. One draw of what nobody published (depth, true /"
    " reported, how long impact lasts), and the gap moves with it."
)


def run_what_if(options: argparse.Namespace, scenario: Scenario, out: Path | None) -> int:
    """Run the closed loop and its counterfactuals, print their table and facts, write the rest."""
    words = parse_what_if(options.what_if)
    live = sys.stderr.isatty() and not options.no_progress
    factual = scenario.closed_loop(seed=options.seed, accounts=options.accounts, progress=live)
    runs = [factual, *(factual.counterfactual(**one) for one in words)]
    print(table(factual, runs[1:]), "", *checks(factual), sep="\n")
    written = [] if out is None else draw(factual, runs[1:], out)
    if options.json:
        told = {"scenario": scenario.name, "seed": options.seed, "build": BUILD}
        told |= {"accounts": factual.config["market"]["accounts"]}
        told |= {"runs": [run.as_dict(factual) for run in runs]}
        written.append(write_json(options.json, told))
    if options.report:  # facts and map are the open loop's
        replay = scenario.replay(seed=options.seed, accounts=options.accounts)
        feed = beside_feed(replay, options.liquidations) if options.liquidations else None
        phase = phase_grid(scenario)
        written.append(write_page(replay, options.report, runs=runs, feed=feed, phase=phase))
    print(*(f" wrote {path}" for path in written), sep="\n", end="\n" * bool(written))
    return 0


def table(factual: WorldRun, others: Sequence[WorldRun]) -> str:
    """Write what every counterfactual changes, horizon by horizon, in 100 columns."""
    lines = [_heading(factual), "", *_rows(factual, others)]
    lines += textwrap.wrap(f" {CAVEAT}", WIDTH, subsequent_indent="   ")
    day = factual.horizons()["day"]
    lines.append(
        f" the venues' public feeds showed {dollars(factual.shown(day))} of the factual day's"
        f" {dollars(factual.liquidated(day))}"
    )
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


def mechanisms_text(scenario: Scenario, seed: int, accounts: int | None) -> str:
    """Return a table for `delever replay NAME --mechanisms`, at steps of 10 s."""
    count = accounts or MEMBER_ACCOUNTS
    factual = scenario.closed_loop(seed=seed, accounts=count, step_s=MEMBER_STEP_S)
    parts = factual.attribution()
    names = list(parts["day"])
    lines = [_heading(factual), f" {'FALL, Shapley':<16}" + "".join(f"{n:>14}" for n in names)]
    for horizon, of in parts.items():
        figures = "".join(f"{of[name]:>12.2f} %" for name in names)
        lines.append(f" {horizon:<7} {-sum(of.values()):>6.2f} %{figures}")
    return "\n".join([*lines, f" steps of {MEMBER_STEP_S:g} s; {PARTS}"])


def draw(factual: WorldRun, others: Sequence[WorldRun], out: Path) -> list[Path]:
    """Write counterfactual.png into a directory: every run's path, and what it liquidated."""
    return plotting.write_pictures(out, counterfactual=lambda: _figure(factual, others))


def _figure(factual: WorldRun, others: Sequence[WorldRun]) -> Any:
    title = f"{factual.scenario.title}: the day as it was, and as it might have been"
    figure = plotting.blank_figure(11, title, _heading(factual).replace("\n", " ·"))
    axes = figure.subplots(3, 1, sharex=True, height_ratios=[3, 1.1, 1.1])
    figure.subplots_adjust(left=0.065, right=0.93, top=0.905, bottom=0.075, hspace=0.1)
    for number, (run, colour) in enumerate(zip((factual, *others), cycle(COLOURS), strict=False)):
        _paths(axes, factual, run, {"color": colour, "lw": 1.6, "zorder": 9 - number})
    plotting.shade_legs(axes, factual.scenario)
    plotting.mark_hours(axes[2], (factual.scenario.start, factual.scenario.end))
    axes[0].set_ylabel(f"{factual.series.coins[0]} spot")
    axes[0].yaxis.set_major_formatter(plotting.thousands)
    axes[0].legend(loc="upper right")
    axes[1].set_ylabel("above the factual, %")
    axes[2].set_ylabel("liquidated so far, $B")
    figure.text(0.065, 0.02, CAVEAT_OF_PICTURE, color=plotting.MUTED, fontsize=11)
    figure.align_ylabels(axes)
    return figure


def _paths(axes: Any, factual: WorldRun, run: WorldRun, style: dict[str, Any]) -> None:
    """Draw one run into all panels, and name its low."""
    times, result = plotting.utc(run.series.time_ns), run.series.result
    spot, own = result["spot"][:, 0], factual.series.result["spot"][:, 0]
    shares = factual.shares(run, factual.horizons()["day"])
    share = f", E = {shares.endogenous:.2f}" if run is not factual else ""
    label = f"{run.name}: {MINUS}{shares.fall_without:.1f} %{share}"
    axes[0].plot(times, spot, label=label, **style)
    axes[0].fill_between(times, spot, own, color=style["color"], alpha=0.15, lw=0)
    low, at = run.low(factual.horizons()["day"]), int(np.argmin(result["spot_low"][:, 0]))
    place = {"xytext": (9, -4), "textcoords": "offset points", "va": "top"}
    axes[0].plot(times[at], low, **{**plotting.LABELLED, "mec": style["color"]}, zorder=10)
    axes[0].annotate(f"{low:,.0f}", (times[at], low), color=style["color"], weight="bold", **place)
    axes[1].plot(times, 100 * (spot / own - 1), **style)
    both = result["liquidated_long_usd"] + result["liquidated_short_usd"]
    axes[2].plot(times, np.cumsum(both.sum(axis=1)) / 1e9, **style)
