"""The picture of a stress test: price, what waits at which price, and who fell when."""

from pathlib import Path
from typing import Any

import numpy as np

from delever._core import StressResult
from delever.plotting import INK, LINE, LONG, MUTED, PERP, SHORT, blank_figure, write_pictures

BARS = 90
SIDES = ((0, LONG, "longs"), (1, SHORT, "shorts"))


def draw(result: StressResult, out: Path) -> list[Path]:
    """Write stress.png into a directory, made if missing."""
    return write_pictures(out, stress=lambda: _figure(result))


def _figure(result: StressResult) -> Any:
    share = f"{len(result.usd):,} of {result.loaded['loaded']:,} positions liquidated"
    head = f"{result.rules.name}: {result.assumed['path']}"
    figure = blank_figure(9, head, f"{share}; depth assumed {result.assumed['depth']}")
    main = int(np.argmax(result.series["liquidated_usd"].sum((0, 2))))
    series, symbol = result.series, result.listed[main].symbol
    minutes = (series["time_ns"] - series["time_ns"][0]) / 6e10
    axes = figure.subplots(2, 2, sharex="col", width_ratios=[3, 1], height_ratios=[3, 2])
    figure.subplots_adjust(left=0.07, right=0.98, top=0.87, bottom=0.08, wspace=0.04, hspace=0.16)
    (price, waiting), (fallen, empty) = axes
    index, last = series["index"][:, main], series["last"][:, main]
    price.plot(minutes, np.where(last > 0, last, np.nan), color=LINE, lw=1.0, label="last trade")
    price.plot(minutes, series["mark"][:, main], color=PERP, lw=2.0, label="mark")
    price.plot(minutes, index, color=INK, lw=1.2, label="index, the path")
    price.set(ylabel=f"{symbol}, USD", xlim=(0, minutes[-1]))
    price.legend(loc="best")
    low, high, usd = result.waiting[main]
    edges = np.linspace(low, high, len(usd) + 1)
    for side, color, name in SIDES:
        style = {"height": np.diff(edges), "align": "edge", "color": color, "label": name}
        waiting.barh(edges[:-1], usd[:, side] / 1e6, **style)
    waiting.set(
        ylim=price.get_ylim(), yticklabels=[], title="waiting before the path, $M per level"
    )
    waiting.tick_params(labelbottom=True)
    waiting.legend(loc="best")
    empty.set_axis_off()
    sums = series["liquidated_usd"].sum(1) / 1e6
    bars, top = np.linspace(0, minutes[-1], BARS + 1), 0.0
    for side, color, name in SIDES:
        heights = np.histogram(minutes, bars, weights=sums[:, side])[0] * (1 if side else -1)
        fallen.bar(bars[:-1], heights, np.diff(bars), align="edge", color=color, label=name)
        top = max(top, 1.2 * float(np.abs(heights[1:]).max()))
    top = top or 1.0
    fallen.axhline(0, color=MUTED, lw=0.8)
    fallen.set(
        xlabel="minutes", ylabel=f"liquidated per {60 * bars[1]:.3g} s, $M", ylim=(-top, top)
    )
    first = np.histogram(minutes, bars, weights=sums.sum(1))[0][0]
    fallen.set_title(f"in the first bar ${first:,.4g}M", loc="left", fontsize=12, color=MUTED)
    fallen.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    fallen.legend(loc="lower right")
    fund = fallen.twinx()
    fund.plot(minutes, series["fund_usd"] / 1e6, color=LINE, lw=1.4)
    fund.set_ylabel("insurance fund, $M", color=LINE)
    fund.grid(visible=False)
    return figure
