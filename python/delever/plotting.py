"""Two pictures of a replay, drawn with matplotlib (the extra `plot`): price.png and map.png.

Colours are of the Okabe-Ito set (safe for colour-blind readers) and carry no meaning alone: longs
go down, shorts go up, what was published is an open diamond, what was replayed is a line.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import ConfigError
from .metrics import MINUTE_NS, window_ends
from .replay import write_whole
from .report import clock, dollars

if TYPE_CHECKING:
    from .replay import Replay

INK, MUTED, GRID = "#1b1f24", "#6b7480", "#e6e9ed"
LONG, SHORT, LINE, PERP = "#d55e00", "#009e73", "#0072b2", "#e69f00"
STYLE = Path(__file__).with_suffix(".mplstyle")
PUBLISHED = {"ls": "none", "marker": "D", "ms": 8, "mfc": "none", "mec": INK, "mew": 1.6}
LABELLED = {"ls": "none", "marker": "o", "ms": 6, "mfc": "white", "mec": INK, "mew": 1.4}
MAP_USD = (55_000, 80_000)
LEFT_BELOW_USD = (58_200, 55_000, 50_000, 43_000)


def require_matplotlib() -> None:
    """Raise ConfigError, naming the extra, where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise ConfigError("pictures need matplotlib; pip install 'delever[plot]'")


def draw(replay: Replay, out: Path) -> list[Path]:
    """Write price.png and map.png into a directory, made if missing; each whole or not at all."""
    require_matplotlib()
    pictures = {}
    with import_module("matplotlib").rc_context(fname=STYLE):
        for name, make in (("price.png", price_figure), ("map.png", map_figure)):
            buffer = BytesIO()
            make(replay).savefig(buffer, format="png", facecolor="white")
            pictures[name] = buffer.getvalue()
    out.mkdir(parents=True, exist_ok=True)
    return [write_whole(out / name, data) for name, data in pictures.items()]


def price_figure(replay: Replay) -> Any:
    """Draw price, liquidations, their trailing day, and the basis, on one UTC axis."""
    subtitle = "Spot path imposed; perpetual, liquidations and basis replayed on a matching engine"
    figure = _figure(replay, 13.0, replay.scenario.title, subtitle)
    rows = figure.subplots(4, 1, sharex=True, height_ratios=[3.6, 2.8, 1.5, 1.1])
    figure.subplots_adjust(left=0.065, right=0.93, top=0.915, bottom=0.04, hspace=0.12)
    _price(rows[0], replay)
    _liquidations(rows[1], replay)
    _trailing(rows[2], replay, 24)
    rows[2].set_ylabel("trailing 24 h, $B")
    _basis(rows[3], replay)
    for axes in rows:
        for leg in replay.scenario.legs:
            axes.axvspan(*_times(leg.span), color="#8a94a3", alpha=0.13, lw=0)
    _time_axis(rows[3], replay)
    figure.align_ylabels(rows)
    return figure


def map_figure(replay: Replay) -> Any:
    """Draw the liquidations still waiting, over time and price, and what is left at the end."""
    result, coin = replay.result, replay.series.coins[0]
    subtitle = "Positions that would be liquidated at each price; the white path eats them"
    title = f"{coin} liquidations waiting, as modelled (not observed)"
    figure = _figure(replay, 9.6, title, subtitle)
    axes, margin = figure.subplots(1, 2, sharey=True, width_ratios=[4.2, 1])
    figure.subplots_adjust(left=0.065, right=0.985, top=0.875, bottom=0.06, wspace=0.03)
    edges = np.asarray(result["map_edges"])
    permille = 0.001 * (edges[1:] + edges[:-1]) / 2 / np.diff(edges) / 1e6
    waiting = (np.asarray(result["map_usd"]).sum(axis=2) * permille).T
    shown = waiting[(edges[:-1] >= MAP_USD[0]) & (edges[1:] <= MAP_USD[1])]
    top = float(np.quantile(shown[shown > 0], 0.999)) if shown.any() else 1.0
    norm = import_module("matplotlib.colors").LogNorm(vmin=top / 300, vmax=top)
    times = result["map_time_ns"]
    times = _times(np.append(times, 2 * times[-1] - times[-2]))
    mesh = axes.pcolormesh(times, edges, np.maximum(waiting, top / 1e6), norm=norm, cmap="magma")
    axes.plot(_times(replay.series.time_ns), replay.series.column("spot", coin), color="w", lw=1.6)
    axes.grid(visible=False)
    axes.set_ylim(*MAP_USD)
    axes.yaxis.set_major_formatter(_thousands)
    _time_axis(axes, replay)
    place = figure.add_axes((0.54, 0.93, 0.25, 0.014))
    bar = figure.colorbar(mesh, cax=place, orientation="horizontal", format="%g", extend="both")
    bar.set_label("$M per 0.1 % of price", fontsize=11, labelpad=2)
    bar.outline.set_visible(False)
    _left_over(margin, replay, edges)
    return figure


def _figure(replay: Replay, height: float, title: str, subtitle: str) -> Any:
    figure = import_module("matplotlib.figure").Figure(figsize=(16, height))
    import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    caption = (
        f"delever · {replay.scenario.name} · seed {replay.seed} · {replay.accounts:,} accounts"
    )
    first, second = 1 - 0.36 / height, 1 - 0.74 / height
    figure.text(0.065, first, title, fontsize=21, fontweight="bold", va="center")
    figure.text(0.065, second, subtitle, color=MUTED, va="center")
    figure.text(0.93, first, caption, fontsize=11, color=MUTED, ha="right", va="center")
    return figure


def _times(ns: Any) -> Any:
    return np.asarray(ns, dtype=np.int64).astype("M8[ns]").astype("M8[us]")


def _thousands(value: float, _: int) -> str:
    return f"${value / 1000:.0f}k"


def _time_axis(axes: Any, replay: Replay) -> None:
    dates = import_module("matplotlib.dates")
    locator = dates.HourLocator(byhour=range(0, 24, 3))
    texts = {"formats": ["%Y", "%b", "%d", "%H:%M", "%H:%M", "%S"], "show_offset": False}
    days = {"zero_formats": ["", "%Y", "%b", "%d %b", "%H:%M", "%H:%M"]}
    axes.set_xlim(*_times(replay.scenario.focus))
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, **texts, **days))


def _price(axes: Any, replay: Replay) -> None:
    series, scenario = replay.series, replay.scenario
    times, coin = _times(series.time_ns), series.coins[0]
    axes.plot(times, series.column("perp", coin), color=PERP, lw=2.2, label="perpetual, replayed")
    axes.plot(times, series.column("spot", coin), color=INK, lw=1.2, label="spot, imposed")
    low, high = (series.extreme(coin, scenario.focus, which) for which in ("low", "high"))
    axes.set_ylim(low - 0.1 * (high - low), high + 0.12 * (high - low))
    axes.yaxis.set_major_formatter(_thousands)
    axes.set_ylabel(f"{coin} spot and perpetual")
    for leg in scenario.legs:
        fall = series.extreme(coin, leg.span, "low") / series.extreme(coin, leg.span, "high") - 1
        text, at = f"{leg.name}  {100 * fall:.1f} %", _times(sum(leg.span) // 2)
        axes.text(at, high + 0.07 * (high - low), text, ha="center", color=MUTED, fontsize=11)
    for at, price in scenario.labels:
        early = at < sum(scenario.focus) // 2
        right = early or at == scenario.labels[-1][0]
        side = {"ha": "left" if right else "right", "xytext": (9 if right else -9, -15 * early)}
        place = {"xy": (_times(at), price), "textcoords": "offset points", "va": "center"}
        axes.plot(_times(at), price, zorder=5, **LABELLED)
        axes.annotate(f"{price:,.0f}", fontweight="bold", **place, **side)
    axes.legend(loc="lower left", ncols=2)


def _liquidations(axes: Any, replay: Replay) -> None:
    series, focus = replay.series, replay.scenario.focus
    ends = np.arange(focus[0], focus[1] + 1, 5 * MINUTE_NS)[1:]
    middle, width, reach = _times(ends - 5 * MINUTE_NS // 2), np.timedelta64(260, "s"), 1.0
    for side, color, sign in (("long", LONG, -1), ("short", SHORT, 1)):
        sums = series.trailing(series.liquidated("all", side), 1 / 12, ends) / 1e6
        axes.bar(middle, sign * sums, width, color=color, label=f"{side}s liquidated per 5 min")
        reach = max(reach, 1.15 * float(sums.max()))
    axes.set_ylim(-reach, reach)
    axes.axhline(0, color=MUTED, lw=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    axes.set_ylabel("per 5 min, $M")
    axes.legend(loc="lower left")
    hourly = axes.twinx()
    hourly.grid(visible=False)
    top = _trailing(hourly, replay, 1)
    hourly.set_yticks(np.arange(0, top, 100 * -(-top // 500)))
    hourly.set_ylim(-top, top)
    hourly.set_ylabel("trailing 1 h, $M", color=LINE, y=0.75)
    hourly.tick_params(colors=LINE)
    hourly.legend(loc="upper left")


def _trailing(axes: Any, replay: Replay, hours: int) -> float:
    """Draw a trailing sum with its published prints and the ensemble's band; return its reach."""
    series, scale = replay.series, 1e6 if hours == 1 else 1e9
    ends = window_ends(replay.scenario.focus)
    line = series.trailing(series.liquidated("all"), hours, ends) / scale
    axes.plot(_times(ends), line, color=LINE, lw=1.8, label=f"trailing {hours} h, replayed")
    if not isinstance(replay.ensemble, str):
        band = replay.ensemble["curves"][str(hours)]
        low, high = (np.array(band[which]) / scale for which in ("low", "high"))
        axes.fill_between(_times(band["time_ns"]), low, high, color=LINE, alpha=0.2, lw=0)
    prints = [
        (sum(fact.span) // 2, fact.number / scale)
        for fact in replay.scenario.facts
        if fact.has(kind="liquidations", coin="all", side="total", hours=hours)
        and fact.role in ("fit", "check")
        and "rel" in fact.tolerance
    ]
    at, values = zip(*prints, strict=True) if prints else ((), ())
    axes.plot(_times(at), values, zorder=5, label="published", **PUBLISHED)
    reach = 1.12 * max([float(line.max()), *values])
    axes.set_ylim(0, reach)
    return reach


def _basis(axes: Any, replay: Replay) -> None:
    series, coin = replay.series, replay.series.coins[0]
    basis = 100 * (series.column("perp", coin) / series.column("spot", coin) - 1)
    axes.axhline(0, color=MUTED, lw=0.8)
    axes.fill_between(_times(series.time_ns), basis, 0, color=PERP, alpha=0.6, lw=0)
    lows = [row for row in replay.compare() if row.fact.has(kind="basis_low")]
    at = _times([sum(row.fact.span) // 2 for row in lows])
    axes.plot(at, [row.fact.number for row in lows], label="published, at the lows", **PUBLISHED)
    replayed = [row.replayed or 0.0 for row in lows]
    axes.plot(at, replayed, "_", ms=15, mec=LINE, mew=3, label="replayed, at the lows")
    axes.set_ylim(min([-0.42, *replayed]) - 0.03, 0.2)
    axes.set_ylabel("basis, %")
    axes.legend(loc="lower left", ncols=2)


def _left_over(axes: Any, replay: Replay, edges: Any) -> None:
    """Draw what waits at the end of the focus, and how much down to some prices below 60k."""
    end = replay.scenario.focus[1]
    times = np.asarray(replay.result["map_time_ns"])
    at = min(int(np.searchsorted(times, end)), len(times) - 1)
    usd = np.asarray(replay.result["map_usd"])[at].astype(np.float64) / 1e6
    middle, height = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    for side, color, name in ((0, LONG, "longs"), (1, SHORT, "shorts")):
        label = f"{name}, $M per ${height[0]:.0f}"
        axes.barh(middle, usd[:, side], height, color=color, label=label)
    shown = usd[(middle > MAP_USD[0]) & (middle < MAP_USD[1])].sum(axis=1)
    axes.set_xlim(0, max(2.4 * float(np.quantile(shown, 0.99)), 1e-3))
    axes.axhline(60e3, color=INK, lw=1.0, ls=":")
    axes.locator_params(axis="x", nbins=4, prune="lower")
    axes.tick_params(left=False)
    axes.set_title(f"left at {clock(end)}", loc="left", fontsize=12, color=MUTED)
    axes.legend(loc="upper right")
    lines = ["longs left below $60,000"]
    for level in LEFT_BELOW_USD:
        waiting = float(usd[(middle < 60e3) & (middle > level), 0].sum())
        lines.append(f"to ${level:,}  {dollars(1e6 * waiting):>7}")
    above = float(usd[middle < 80e3, 1].sum())
    lines.append(f"shorts to $80,000  {dollars(1e6 * above):>7}")
    box = {"facecolor": "white", "edgecolor": GRID, "alpha": 0.9, "boxstyle": "round,pad=0.45"}
    style = {"family": "DejaVu Sans Mono", "fontsize": 10, "linespacing": 1.5, "bbox": box}
    place = {"transform": axes.transAxes, "ha": "right", "va": "top"}
    axes.text(0.97, 0.49, "\n".join(lines), **style, **place)
