"""verdict.png: which verdict belongs to which depth and under-reporting, with nothing fitted."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from delever.plotting import INK, MUTED, blank_figure, write_pictures
from delever.scenario import Scenario

from .reduced import ReducedMarket, reduced_market
from .verdict import CLIPPED_MAX, EXCURSION, classify, posterior

BANDS = ("#cfe8dc", "#f6e3b4", "#e9b7a2", "#e6e9ed")  # ORDERLY, AMPLIFIED, SPIRAL, no fit
BAND_NAMES = ("ORDERLY", "AMPLIFIED", "SPIRAL", "no driver follows the record")
WILD = "on the way the price leaves the recorded bars by > 1 %"
#: Published estimates: (low, high) and what they are. Depth in USD per 1 %, all venues.
DEPTHS = (
    ((350e6, 680e6), "Binance 244M (Oct 2025)\nx ~3 venues, x 0.7 ± 0.2\n[study; assumed]"),
    ((103e6, 200e6), "the same x 1/3.4: a\ncascade's median\n[min66633]"),
)
REPORTINGS = (((1.0, 1.15), "face value"), ((5.8, 6.8), "x 6.3 Bybit, Feb 2025 [Bybit]"))
MARKED = ((500e6, 1.0), (500e6, 4.0), (250e6, 4.0))
ALIKE = {"tau_hours": 4.0, "pi": 0.5}


def phase_diagram(
    scenario: Scenario, path: Path, *, cells: int = 12, seeds: int = 2, horizon: str = "day"
) -> Path:
    """Draw verdict.png: depth and under-reporting, makers steady and withdrawing (extra `plot`)."""
    markets = [reduced_market(scenario, seed=7 + i) for i in range(seeds)]
    title = f"{scenario.title}: the {horizon} hangs on two numbers nobody published"
    note = (
        f"Reduced model, {seeds} seeds, impact half-life {ALIKE['tau_hours']:g} h, half of it"
        " permanent: consequences, not a posterior. Below: without liquidations at a, b, c"
    )

    def made() -> Any:
        hatches = {"hatch.color": MUTED, "hatch.linewidth": 0.5}
        import_module("matplotlib").rcParams.update(hatches)  # until it is written
        figure = blank_figure(11.5, title, note)
        axes = figure.subplots(2, 2, sharey="row", height_ratios=(2.2, 1))
        figure.subplots_adjust(0.065, 0.055, 0.985, 0.85, wspace=0.07, hspace=0.2)
        for column, withdrawal in zip(axes.T, (False, True), strict=True):
            _panel(column[0], markets, cells, horizon, withdrawal=withdrawal)
            _paths(column[1], markets[0], withdrawal=withdrawal)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.06, 0.92), ncols=5)
        axes[0, 0].set_ylabel("under-reporting: true / reported liquidations", color=INK)
        axes[1, 0].set_ylabel("thousand USD", color=INK)
        return figure

    return write_pictures(path.parent, **{path.stem: made})[0]


def phase_grid(scenario: Scenario, *, cells: int = 10, horizon: str = "day") -> dict[str, Any]:
    """Return the endogenous share over depth and under-reporting, NaN where no driver follows.

    Makers steady, one seed: what `write_page` draws. Arrays "depth_usd" and "under_reporting"
    (cells,), "endogenous" (cells, cells), a row per under-reporting.
    """
    market = reduced_market(scenario, seed=7)
    depth, k, _, share, ok = _grid([market], cells, horizon, withdrawal=False)
    shares = np.where(ok, share, np.nan)
    return {"depth_usd": depth, "under_reporting": k, "endogenous": shares}


def _grid(markets: list[ReducedMarket], cells: int, horizon: str, *, withdrawal: bool) -> Any:
    depth, k = np.geomspace(50e6, 1e9, cells), np.geomspace(1, 10, cells)
    points = [{"depth": d, "k": r, **ALIKE} for r in k for d in depth]
    found = posterior(markets, points, withdrawal=withdrawal)
    shape = (cells, cells, len(markets))
    share = np.median(found.share[horizon].reshape(shape), axis=2)
    return depth, k, found, share, np.mean(found.feasible.reshape(shape), axis=2) >= 0.5


def _panel(
    axis: Any, markets: list[ReducedMarket], cells: int, horizon: str, *, withdrawal: bool
) -> None:
    colours = import_module("matplotlib.colors").ListedColormap(BANDS)
    depth, k, found, share, ok = _grid(markets, cells, horizon, withdrawal=withdrawal)
    shape = (cells, cells, len(markets))
    band = np.where(ok, classify(share, found.n[horizon].reshape(shape)[:, :, 0]), 3)
    axis.pcolormesh(depth, k, band, cmap=colours, vmin=-0.5, vmax=3.5)
    wild = np.median(found.excursion.reshape(shape), axis=2) > EXCURSION
    axis.contourf(depth, k, wild & ok, [0.5, 1.5], colors="none", hatches=["//"])
    ok &= ~wild
    levels = axis.contour(depth, k, np.where(ok, share, np.nan), [0.2, 0.5], colors=INK)
    axis.clabel(levels, fmt=lambda value: f"E = {value:g}")
    per_percent = _triggered_per_percent(markets[0])
    line = np.array([50e6, 1e9])
    axis.plot(line, line / per_percent, color="#a33", lw=1.5, ls="--")
    along = {"color": "#a33", "rotation": 45, "rotation_mode": "anchor", "fontsize": 10}
    axis.text(per_percent * 2.1, 2.15, f"R = 1: k/D = 1/${per_percent / 1e6:.0f}M", **along)
    for (low, high), words in DEPTHS:
        axis.axvspan(low, high, fc="none", ec=MUTED, ls=":", lw=1.2)
        axis.text(low * 1.03, 8.9, words, color=INK, fontsize=8.5, va="top")
    for (low, high), words in REPORTINGS:
        axis.axhspan(low, high, fc="none", ec=MUTED, ls=":", lw=1.2)
        axis.text(980e6, high * 1.02, words, color=INK, fontsize=8.5, ha="right")
    for mark, (d, r) in zip("abc", MARKED, strict=True):
        axis.plot(d, r, "o", mfc="white", mec=INK, ms=13)
        axis.text(d, r, mark, ha="center", va="center", fontsize=9)
    for color, name in zip(BANDS, BAND_NAMES, strict=True):
        axis.fill_between([], [], color=color, label=name)
    axis.fill_between([], [], fc="none", ec=MUTED, hatch="//", lw=0, label=WILD)
    axis.set(xscale="log", yscale="log", xlim=(50e6, 1e9), ylim=(1, 10))
    title = "depth falls with volatility" if withdrawal else "depth stays as it is"
    axis.set_title(title, loc="left", fontsize=12)
    axis.set_xlabel("depth of all venues, USD per 1 %", color=INK)
    axis.set_xticks([50e6, 100e6, 200e6, 500e6, 1e9], ["50M", "100M", "200M", "500M", "1B"])
    axis.set_yticks([1, 2, 4, 10], ["1", "2", "4", "10"])
    axis.minorticks_off()


def _triggered_per_percent(market: ReducedMarket) -> float:
    """Dollars of longs liquidated per 1 % of the day's fall at k = 1, in a deep market."""
    found = market.ask({"depth": 1e12, "k": 1.0}, branches=False)
    return float(found["liquidated_long_usd"] / (100 * found["fall"][-1]))


def _paths(axis: Any, market: ReducedMarket, *, withdrawal: bool) -> None:
    hours = np.arange(market.core.steps) / 360
    axis.plot(hours[::30], market.core.path[::30] / 1000, color=INK, lw=1.4, label="recorded")
    for mark, color, (d, k) in zip("abc", ("#0072b2", "#e69f00", "#d55e00"), MARKED, strict=True):
        terms = {"depth": d, "k": k, "withdrawal": withdrawal, **ALIKE}
        found = market.ask(terms, branches=False, series=True)
        words = f"{mark}: D = ${d / 1e6:.0f}M, k = {k:g}"
        if found["clipped_share"] > CLIPPED_MAX or max(found["share"]) > 1:
            axis.plot([], [], color=color, label=f"{words} (no fit)")
            continue
        price = np.exp(found["counterfactual_log"]) / 1000
        axis.plot(hours[::30], price[::30], color=color, lw=1.2, label=words)
    low, high = market.core.path.min() / 1000, market.core.path.max() / 1000
    axis.set_ylim(low * 0.97, high * 1.05)
    axis.set_xlabel("hours since the start", color=INK)
    axis.legend(fontsize=9, loc="lower left")
