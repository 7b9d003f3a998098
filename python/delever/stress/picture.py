"""The picture of a stress test: price, liquidations over time, and the map before the path."""

from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from delever.plotting import INK, LINE, LONG, MUTED, PERP, SHORT, STYLE, require_matplotlib
from delever.replay import write_whole

from .run import StressResult


def draw(result: StressResult, out: Path) -> list[Path]:
    """Write stress.png into a directory, made if missing."""
    require_matplotlib()
    buffer = BytesIO()
    with import_module("matplotlib").rc_context(fname=STYLE):
        _figure(result).savefig(buffer, format="png", facecolor="white")
    out.mkdir(parents=True, exist_ok=True)
    return [write_whole(out / "stress.png", buffer.getvalue())]


def _figure(result: StressResult) -> Any:
    figure = import_module("matplotlib.figure").Figure(figsize=(16, 9))
    import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    series, main = (
        result.series,
        int(np.argmax(np.abs(result.series["liquidated_usd"]).sum((0, 2)))),
    )
    minutes = (series["time_ns"] - series["time_ns"][0]) / 6e10
    price, waiting = figure.subplots(1, 2, sharey=True, width_ratios=[3, 1])
    figure.subplots_adjust(left=0.065, right=0.985, top=0.88, bottom=0.4, wspace=0.03)
    symbol = result.listed[main].symbol
    price.plot(minutes, series["index"][:, main], color=INK, lw=1.4, label="index, the path")
    price.plot(minutes, series["mark"][:, main], color=PERP, lw=1.4, label="mark")
    traded = np.where(series["last"][:, main] > 0, series["last"][:, main], np.nan)
    price.plot(minutes, traded, color=LINE, lw=0.9, label="last trade")
    price.set(ylabel=f"{symbol}, USD", xlim=(0, minutes[-1]))
    price.legend(loc="best")
    low, high, usd = result.waiting[main]
    edges = np.linspace(low, high, len(usd) + 1)
    for side, color, name in ((0, LONG, "longs"), (1, SHORT, "shorts")):
        waiting.barh(
            edges[:-1], usd[:, side] / 1e6, np.diff(edges), color=color, align="edge", label=name
        )
    path = series["index"][:, main]
    waiting.set(
        xlabel="waiting per level before the path, $M", ylim=(0.97 * path.min(), 1.03 * path.max())
    )
    waiting.legend(loc="best")
    figure.text(
        0.065,
        0.95,
        f"{result.rules.name}: {result.assumed['path']}",
        fontsize=20,
        fontweight="bold",
    )
    text = f"{len(result.liquidated_usd):,} of {result.loaded['loaded']:,} positions liquidated; depth assumed: {result.assumed['depth']}"
    figure.text(0.065, 0.91, text, color=MUTED)
    below = figure.add_axes((0.065, 0.07, 0.685, 0.27), sharex=price)
    for side, color, name in ((0, LONG, "longs"), (1, SHORT, "shorts")):
        sums = series["liquidated_usd"][:, :, side].sum(1) / 1e6
        below.bar(
            minutes,
            (1 - 2 * (side == 0)) * sums,
            np.median(np.diff(minutes)),
            color=color,
            label=f"{name} liquidated",
        )
    below.axhline(0, color=MUTED, lw=0.8)
    below.set(xlabel="minutes", ylabel="per sample, $M")
    below.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    fund = below.twinx()
    fund.plot(minutes, series["fund_usd"] / 1e6, color=LINE, lw=1.4)
    fund.set_ylabel("insurance fund, $M", color=LINE)
    fund.grid(visible=False)
    below.legend(loc="lower left")
    return figure
