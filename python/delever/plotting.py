"""Two pictures of a replay, drawn with matplotlib (the extra `plot`): price.png and map.png.

Colours are of the Okabe-Ito set (safe for colour-blind readers) and carry no meaning alone: longs
go down, shorts go up, what was published is an open diamond, what was replayed is a line.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ._core import clock, dollars
from .extras import optional
from .metrics import MINUTE_NS, window_ends
from .replay import Replay, write_whole
from .scenario import Scenario

INK, MUTED, GRID = "#1b1f24", "#6b7480", "#e6e9ed"
LONG, SHORT, LINE, PERP = "#d55e00", "#009e73", "#0072b2", "#e69f00"
STYLE = Path(__file__).with_suffix(".mplstyle")
PUBLISHED = {"ls": "none", "marker": "D", "ms": 8, "mfc": "none", "mec": INK, "mew": 1.6}
LABELLED = {"ls": "none", "marker": "o", "ms": 6, "mfc": "white", "mec": INK, "mew": 1.4}
#: Levels below the low up to which waiting longs are summed: 58,200 … 43,000 of 60,000.
LEFT_BELOW = (0.97, 55 / 60, 50 / 60, 43 / 60)


require_matplotlib = partial(optional, "matplotlib", "pictures need {}", "plot")


def write_pictures(out: Path, **figures: Callable[[], Any]) -> list[Path]:
    """Write NAME.png for every figure into a directory, made if missing; each whole or not."""
    require_matplotlib()
    pictures = {}
    with import_module("matplotlib").rc_context(fname=STYLE):
        for name, make in figures.items():
            buffer = BytesIO()
            make().savefig(buffer, format="png", facecolor="white")
            pictures[name] = buffer.getvalue()
    out.mkdir(parents=True, exist_ok=True)
    return [write_whole(out / f"{name}.png", data) for name, data in pictures.items()]


def blank_figure(height: float, title: str, subtitle: str, caption: str = "") -> Any:
    """Return a figure without axes, 16 inches wide, that draws into memory."""
    figure = import_module("matplotlib.figure").Figure(figsize=(16, height))
    import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    first, second = 1 - 0.36 / height, 1 - 0.74 / height
    figure.text(0.065, first, title, fontsize=21, fontweight="bold", va="center")
    figure.text(0.065, second, subtitle, color=MUTED, va="center")
    figure.text(0.93, first, caption, color=MUTED, va="center", fontsize=11, ha="right")
    return figure


def mark_hours(axes: Any, span: Any) -> None:
    """Name every third hour of a span on a UTC axis, and every day at its beginning."""
    dates = import_module("matplotlib.dates")
    locator = dates.HourLocator(byhour=range(0, 24, 3))
    texts = {"formats": ["%Y", "%b", "%d", "%H:%M", "%H:%M", "%S"], "show_offset": False}
    days = {"zero_formats": ["", "%Y", "%b", "%d %b", "%H:%M", "%H:%M"]}
    axes.set_xlim(*utc(span))
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, **texts, **days))


def shade_legs(rows: Any, scenario: Scenario) -> None:
    """Shade a scenario's legs in every panel."""
    for axes, leg in product(rows, scenario.legs):
        axes.axvspan(*utc(leg.span), color="#8a94a3", alpha=0.13, lw=0)


def draw(replay: Replay, out: Path) -> list[Path]:
    """Write price.png and map.png into a directory."""
    pages = _Pages(replay)
    return write_pictures(out, price=pages.price_figure, map=pages.map_figure)


def utc(ns: Any) -> Any:
    """Return times (ns since 1970) as matplotlib takes them."""
    return np.asarray(ns, dtype=np.int64).astype("M8[ns]").astype("M8[us]")


def thousands(value: float, _: int) -> str:
    """Name a tick."""
    return f"${value / 1000:g}k"


class _Pages:
    """Both pictures of one replay, panel by panel."""

    def __init__(self, replay: Replay) -> None:
        self.replay, self.scenario, self.series = replay, replay.scenario, replay.series
        self.coin, self.times = self.series.coins[0], utc(self.series.time_ns)
        self.spot, self.perp = (self.series.column(of, self.coin) for of in ("spot", "perp"))
        focus, extreme = self.scenario.focus, self.series.extreme
        self.low, self.high = (extreme(self.coin, focus, which) for which in ("low", "high"))
        self.window = (0.92 * self.low, 1.09 * self.high)

    def price_figure(self) -> Any:
        """Draw price, liquidations, their trailing day, and the basis, on one UTC axis."""
        text = "Spot path imposed; perpetual, liquidations and basis replayed on a matching engine"
        figure = self._figure(13.0, self.scenario.title, text)
        rows = figure.subplots(4, 1, sharex=True, height_ratios=[3.6, 2.8, 1.5, 1.1])
        figure.subplots_adjust(left=0.065, right=0.93, top=0.915, bottom=0.04, hspace=0.12)
        self._price(rows[0])
        self._liquidations(rows[1])
        self._trailing(rows[2], 24)
        rows[2].set_ylabel("trailing 24 h, $B")
        self._basis(rows[3])
        shade_legs(rows, self.scenario)
        mark_hours(rows[3], self.scenario.focus)
        figure.align_ylabels(rows)
        return figure

    def map_figure(self) -> Any:
        """Draw the liquidations still waiting, over time and price, and what is left at the end."""
        result = self.replay.result
        text = "Positions that would be liquidated at each price; the white path eats them"
        title = f"{self.coin} liquidations waiting, as modelled (not observed)"
        figure = self._figure(9.6, title, text)
        axes, margin = figure.subplots(1, 2, sharey=True, width_ratios=[4.2, 1])
        figure.subplots_adjust(left=0.065, right=0.985, top=0.875, bottom=0.06, wspace=0.03)
        edges = np.asarray(result["map_edges"])
        permille = 0.001 * (edges[1:] + edges[:-1]) / 2 / np.diff(edges) / 1e6
        waiting = (np.asarray(result["map_usd"]).sum(axis=2) * permille).T
        shown = waiting[(edges[:-1] >= self.window[0]) & (edges[1:] <= self.window[1])]
        top = float(np.quantile(shown[shown > 0], 0.999)) if shown.any() else 1.0
        norm = import_module("matplotlib.colors").LogNorm(vmin=top / 300, vmax=top)
        times, waiting = result["map_time_ns"], np.maximum(waiting, top / 1e6)
        times = utc(np.append(times, 2 * times[-1] - times[-2]))
        mesh = axes.pcolormesh(times, edges, waiting, norm=norm, cmap="magma")
        axes.plot(self.times, self.spot, color="w", lw=1.6)
        axes.grid(visible=False)
        axes.set_ylim(*self.window)
        axes.yaxis.set_major_formatter(thousands)
        mark_hours(axes, self.scenario.focus)
        place = figure.add_axes((0.54, 0.93, 0.25, 0.014))
        bar = figure.colorbar(mesh, cax=place, orientation="horizontal", format="%g", extend="both")
        bar.set_label("$M per 0.1 % of price", fontsize=11, labelpad=2)
        bar.outline.set_visible(False)
        self._left_over(margin, edges)
        return figure

    def _figure(self, height: float, title: str, subtitle: str) -> Any:
        run = f"seed {self.replay.seed} · {self.replay.accounts:,} accounts"
        return blank_figure(height, title, subtitle, f"delever · {self.scenario.name} · {run}")

    def _price(self, axes: Any) -> None:
        coin, extreme, scenario = self.coin, self.series.extreme, self.scenario
        axes.plot(self.times, self.perp, color=PERP, lw=2.2, label="perpetual, replayed")
        axes.plot(self.times, self.spot, color=INK, lw=1.2, label="spot, imposed")
        low, high = self.low, self.high
        ylim = (low - 0.1 * (high - low), high + 0.12 * (high - low))
        axes.set(ylim=ylim, ylabel=f"{coin} spot and perpetual")
        axes.yaxis.set_major_formatter(thousands)
        for leg in scenario.legs:
            fall = extreme(coin, leg.span, "low") / extreme(coin, leg.span, "high") - 1
            text, at = f"{leg.name}  {100 * fall:.1f} %", utc(sum(leg.span) // 2)
            axes.text(at, high + 0.07 * (high - low), text, ha="center", color=MUTED, fontsize=11)
        for at, price in scenario.labels:
            early = at < sum(scenario.focus) // 2
            right = early or at == scenario.labels[-1][0]
            side = {"ha": "left" if right else "right", "xytext": (9 if right else -9, -15 * early)}
            place = {"xy": (utc(at), price), "textcoords": "offset points", "va": "center"}
            axes.plot(utc(at), price, zorder=5, **LABELLED)
            axes.annotate(f"{price:,.0f}", fontweight="bold", **place, **side)
        axes.legend(loc="lower left", ncols=2)

    def _liquidations(self, axes: Any) -> None:
        series, focus = self.series, self.scenario.focus
        ends = np.arange(focus[0], focus[1] + 1, 5 * MINUTE_NS)[1:]
        middle, width, reach = utc(ends - 5 * MINUTE_NS // 2), np.timedelta64(260, "s"), 1.0
        for side, color, sign in (("long", LONG, -1), ("short", SHORT, 1)):
            sums = series.trailing(series.liquidated("all", side), 1 / 12, ends) / 1e6
            axes.bar(middle, sign * sums, width, color=color, label=f"{side}s liquidated per 5 min")
            reach = max(reach, 1.15 * float(sums.max()))
        axes.set(ylim=(-reach, reach), ylabel="per 5 min, $M")
        axes.axhline(0, color=MUTED, lw=0.8)
        axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
        axes.legend(loc="lower left")
        hourly = axes.twinx()
        hourly.grid(visible=False)
        top = self._trailing(hourly, 1)
        hourly.set(yticks=np.arange(0, top, 100 * -(-top // 500)), ylim=(-top, top))
        hourly.set_ylabel("trailing 1 h, $M", color=LINE, y=0.75)
        hourly.tick_params(colors=LINE)
        hourly.legend(loc="upper left")

    def _trailing(self, axes: Any, hours: int) -> float:
        """Draw a trailing sum with published prints and the ensemble's band; return its reach."""
        series, scale = self.series, 1e6 if hours == 1 else 1e9
        ends, ensemble = window_ends(self.scenario.focus), self.replay.ensemble
        line = series.trailing(series.liquidated("all"), hours, ends) / scale
        axes.plot(utc(ends), line, color=LINE, lw=1.8, label=f"trailing {hours} h, replayed")
        if not isinstance(ensemble, str):
            band = ensemble["curves"][str(hours)]
            low, high = (np.array(band[which]) / scale for which in ("low", "high"))
            axes.fill_between(utc(band["time_ns"]), low, high, color=LINE, alpha=0.2, lw=0)
        rule = {"kind": "liquidations", "coin": "all", "side": "total", "hours": hours}
        tested = [f for f in self.scenario.facts if f.role in ("fit", "check") and f.has(**rule)]
        prints = [(sum(f.span) // 2, f.number / scale) for f in tested if "rel" in f.tolerance]
        at, values = [at for at, _ in prints], [value for _, value in prints]
        axes.plot(utc(at), values, zorder=5, label="published", **PUBLISHED)
        reach = 1.12 * max([float(line.max()), *values])
        axes.set_ylim(0, reach)
        return reach

    def _basis(self, axes: Any) -> None:
        basis = 100 * (self.perp / self.spot - 1)
        axes.axhline(0, color=MUTED, lw=0.8)
        axes.fill_between(self.times, basis, 0, color=PERP, alpha=0.6, lw=0)
        lows = [row for row in self.replay.compare() if row.fact.has(kind="basis_low")]
        at = utc([sum(row.fact.span) // 2 for row in lows])
        published = [row.fact.number for row in lows]
        axes.plot(at, published, label="published, at the lows", **PUBLISHED)
        replayed = [row.replayed or 0.0 for row in lows]
        axes.plot(at, replayed, "_", ms=15, mec=LINE, mew=3, label="replayed, at the lows")
        axes.set(ylim=(min([-0.42, *replayed]) - 0.03, 0.2), ylabel="basis, %")
        axes.legend(loc="lower left", ncols=2)

    def _left_over(self, axes: Any, edges: Any) -> None:
        """Draw what waits at the end of the focus, and how much down to some prices below 60k."""
        end, times = self.scenario.focus[1], np.asarray(self.replay.result["map_time_ns"])
        at = min(int(np.searchsorted(times, end)), len(times) - 1)
        usd = np.asarray(self.replay.result["map_usd"])[at].astype(np.float64) / 1e6
        middle, height = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
        for side, color, name in ((0, LONG, "longs"), (1, SHORT, "shorts")):
            label = f"{name}, $M per ${height[0]:.0f}"
            axes.barh(middle, usd[:, side], height, color=color, label=label)
        shown = usd[(middle > self.window[0]) & (middle < self.window[1])].sum(axis=1)
        axes.set_xlim(0, max(2.4 * float(np.quantile(shown, 0.99)), 1e-3))
        axes.axhline(self.low, color=INK, lw=1.0, ls=":")
        axes.locator_params(axis="x", nbins=4, prune="lower")
        axes.tick_params(left=False)
        axes.set_title(f"left at {clock(end)}", loc="left", fontsize=12, color=MUTED)
        axes.legend(loc="upper right")
        levels = [round(share * self.low, -2) for share in LEFT_BELOW]
        below = [usd[(middle < self.low) & (middle > level), 0].sum() for level in levels]
        pairs = zip(levels, below, strict=True)
        lines = [f"to ${level:,.0f}  {dollars(1e6 * float(left)):>7}" for level, left in pairs]
        top = round(4 / 3 * self.low, -2)
        above = f"shorts to ${top:,.0f}  {dollars(1e6 * float(usd[middle < top, 1].sum())):>7}"
        text = "\n".join([f"longs left below ${self.low:,.0f}", *lines, above])
        box = {"facecolor": "white", "edgecolor": GRID, "alpha": 0.9, "boxstyle": "round,pad=0.45"}
        style = {"family": "DejaVu Sans Mono", "fontsize": 10, "linespacing": 1.5, "bbox": box}
        axes.text(0.97, 0.49, text, transform=axes.transAxes, ha="right", va="top", **style)
