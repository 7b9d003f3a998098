"""The picture of a stress test: price, what waits at which price, and who fell when."""

from pathlib import Path
from typing import Any

import numpy as np

from delever._core import StressResult
from delever.plotting import SIDES, figure_of, write_pictures

BARS = 90


def draw(result: StressResult, out: Path) -> list[Path]:
    """Write stress.png into a directory, made if missing."""
    return write_pictures(out, stress=lambda: _figure(result))


def _figure(result: StressResult) -> Any:
    series = result.series
    main = int(np.argmax(series["liquidated_usd"].sum((0, 2))))
    minutes = (series["time_ns"] - series["time_ns"][0]) / 6e10
    (low, high, usd), sums = result.waiting[main], series["liquidated_usd"].sum(1) / 1e6
    levels, bars = np.linspace(low, high, len(usd) + 1), np.linspace(0, minutes[-1], BARS + 1)
    fallen = [np.histogram(minutes, bars, weights=one)[0] for one in (*sums.T, sums.sum(1))]
    top = max(1.2 * float(np.abs(usd[1:]).max()) for usd in fallen[:2]) or 1.0
    last, one = series["last"][:, main], {k: series[k][:, main] for k in ("mark", "index")}
    sides = [
        {
            "side": side,
            "colour": colour,
            "usd": usd[:, i] / 1e6,
            "fallen": fallen[i] if i else -fallen[i],
        }
        for i, side, colour in SIDES
    ]
    paths = {**one, "last": np.where(last > 0, last, np.nan), "fund": series["fund_usd"] / 1e6}
    waiting = {"levels": levels[:-1], "heights": np.diff(levels)}
    said = {"count": len(result.usd), "symbol": result.listed[main].symbol, "first": fallen[2][0]}
    fell = {"begins": bars[:-1], "widths": np.diff(bars), "bar_s": 60 * bars[1], "top": (-top, top)}
    data = {"result": result, "minutes": minutes, "end": minutes[-1], "sides": sides}
    figure = figure_of("stress", {**data, **paths, **waiting, **said, **fell})
    figure.axes[1].set(ylim=figure.axes[0].get_ylim())
    return figure
