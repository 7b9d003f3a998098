"""Pictures, drawn with matplotlib (the extra `plot`); those of a replay: price.png and map.png.

`figures.toml`, beside this module, says what is drawn where and how; here and where the numbers
come from, Python gathers what the texts and calls there name. Prices are USD, times UTC.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np

from ._core import clock, dollars
from .extras import optional
from .metrics import MINUTE_NS, window_ends
from .replay import Replay, write_whole
from .scenario import Scenario

STYLE = Path(__file__).with_suffix(".mplstyle")
FIGURES = tomllib.loads(STYLE.with_name("figures.toml").read_text("utf-8"))
STYLES, COLOURS = FIGURES.pop("style"), FIGURES.pop("colours")
INK, MUTED, GRID, LONG, SHORT, LINE, PERP = COLOURS.values()
SIDES = ((0, "long", LONG), (1, "short", SHORT))
WRITTEN: Mapping[str, Callable[[float, int], str]] = {
    "thousands": lambda value, _: f"${value / 1000:g}k",
    "whole": lambda value, _: f"{abs(value):.0f}",
    "short": lambda value, _: f"{abs(value):g}",
}
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


def draw(replay: Replay, out: Path) -> list[Path]:
    """Write price.png and map.png into a directory."""
    shared = _shared(replay)
    price = partial(_price_figure, replay, shared)
    return write_pictures(out, price=price, map=partial(_map_figure, replay, shared))


def figure_of(kind: str, data: Mapping[str, Any]) -> Any:
    """Draw one of `figures.toml` with these numbers and texts; return matplotlib's figure."""
    form, data = (
        FIGURES[kind],
        {"colours": COLOURS, "zero": 0, **FIGURES[kind].get("data", {}), **data},
    )
    panels: list[Any] = []
    import_module("matplotlib").rcParams.update(form.get("rc", {}))  # until it is written
    figure = import_module("matplotlib.figure").Figure(figsize=(16, form["height"]))
    import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    first, second = 1 - 0.36 / form["height"], 1 - 0.74 / form["height"]
    head = {name: form.get(name, "").format_map(data) for name in ("title", "subtitle", "caption")}
    figure.text(0.065, first, head["title"], fontsize=21, fontweight="bold", va="center")
    figure.text(0.065, second, head["subtitle"], color=MUTED, va="center")
    figure.text(0.93, first, head["caption"], color=MUTED, va="center", fontsize=11, ha="right")
    figure.text(0.065, 0.02, form.get("note", ""), color=MUTED, fontsize=11)
    grid = np.ravel(figure.subplots(**form["grid"])).tolist()
    figure.subplots_adjust(**form["adjust"])
    for panel in form["panel"]:
        for row in _rows(panel, data):
            axes = panels[panel["twin"]].twinx() if "twin" in panel else grid[len(panels)]
            panels.append(axes)
            _fill(axes, panel, {**row, "inside": axes.transAxes})
    for axes in grid:
        _fill(axes, {"draw": form.get("every", ())}, data)
    figure.align_ylabels(grid if form.get("aligned") else [])
    return figure


def _fill(axes: Any, panel: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    for call in panel["draw"]:
        how = STYLES.get(call.get("style"), {}) | call
        for row in _rows(call, data):
            named = {k: _said(v, row) for k, v in how.items() if k not in _OWN}
            of = [_named(name, row) for name in call.get("of", ())]
            data = {**data, "it": getattr(axes, call["call"])(*of, **named)}
    if "yformat" in panel:
        axes.yaxis.set_major_formatter(WRITTEN[panel["yformat"]])
    if "hours" in panel:
        _mark_hours(axes, _named(panel["hours"], data))


_OWN = {"call", "of", "each", "style"}


def _rows(what: Mapping[str, Any], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**data, **row} for row in (_named(what["each"], data) if "each" in what else [{}])]


def _named(name: str, data: Mapping[str, Any]) -> Any:
    return Formatter().get_field(name, (), data)[0]  # as texts name it: "scenario.focus"


def _said(value: Any, data: Mapping[str, Any]) -> Any:
    """Return a value of `figures.toml` with what it names put in."""
    if isinstance(value, str):
        return _named(value[1:], data) if value[:1] == "=" else value.format_map(data)
    if isinstance(value, dict):
        return {name: _said(one, data) for name, one in value.items()}
    return [_said(one, data) for one in value] if isinstance(value, list) else value


def _mark_hours(axes: Any, span: Any) -> None:
    """Name every third hour of a span on a UTC axis, and every day at its beginning."""
    dates = import_module("matplotlib.dates")
    locator = dates.HourLocator(byhour=range(0, 24, 3))
    texts = {"formats": ["%Y", "%b", "%d", "%H:%M", "%H:%M", "%S"], "show_offset": False}
    days = {"zero_formats": ["", "%Y", "%b", "%d %b", "%H:%M", "%H:%M"]}
    axes.set_xlim(*utc(span))
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, **texts, **days))


def utc(ns: Any) -> Any:
    """Return times (ns since 1970) as matplotlib takes them."""
    return np.asarray(ns, dtype=np.int64).astype("M8[ns]").astype("M8[us]")


def legs_of(scenario: Scenario) -> list[dict[str, Any]]:
    """Return every leg of a scenario, with its beginning and end."""
    return [{"leg": leg, "ends": utc(leg.span)} for leg in scenario.legs]


def _shared(replay: Replay) -> dict[str, Any]:
    series, coin, focus = replay.series, replay.series.coins[0], replay.scenario.focus
    low, high = (series.extreme(coin, focus, which) for which in ("low", "high"))
    data = {"replay": replay, "coin": coin, "times": utc(series.time_ns), "low": low, "high": high}
    return data | {of: series.column(of, coin) for of in ("spot", "perp")}


def _price_figure(replay: Replay, data: Mapping[str, Any]) -> Any:
    low, high = data["low"], data["high"]
    extreme, legs = partial(replay.series.extreme, data["coin"]), legs_of(replay.scenario)
    for row in legs:
        span = row["leg"].span
        row["fall"] = 100 * (extreme(span, "low") / extreme(span, "high") - 1)
        row |= {"x": utc(sum(span) // 2), "y": high + 0.07 * (high - low)}
    price = {"price_reach": (low - 0.1 * (high - low), high + 0.12 * (high - low)), "legs": legs}
    price["labels"] = [*_labels(replay.scenario)]
    periods = {"hour": [_trailing(replay, 1)], "day": [_trailing(replay, 24)]}
    return figure_of("price", {**data, **price, **_bars(replay), **periods, **_basis(replay, data)})


def _labels(scenario: Scenario) -> Iterator[dict[str, Any]]:
    for at, price in scenario.labels:
        early = at < sum(scenario.focus) // 2
        right = early or at == scenario.labels[-1][0]
        place = {"ha": "left" if right else "right", "offset": (9 if right else -9, -15 * early)}
        yield {"xy": (utc(at), price), **place}


def _bars(replay: Replay) -> dict[str, Any]:
    series, focus = replay.series, replay.scenario.focus
    ends = np.arange(focus[0], focus[1] + 1, 5 * MINUTE_NS)[1:]
    sides = []
    for sign, side, colour in SIDES:
        sums = series.trailing(series.liquidated("all", side), 1 / 12, ends) / 1e6
        sides.append({"side": side, "colour": colour, "sums": sums if sign else -sums})
    reach = max(1.0, *(1.15 * float(np.abs(one["sums"]).max()) for one in sides))
    place = {"bars": utc(ends - 5 * MINUTE_NS // 2), "bar_width": np.timedelta64(260, "s")}
    return {**place, "bar_reach": (-reach, reach), "sides": sides}


def _trailing(replay: Replay, hours: int) -> dict[str, Any]:
    """Gather a trailing sum with published prints and the ensemble's band, in $M or $B."""
    series, scale = replay.series, 1e6 if hours == 1 else 1e9
    ends, ensemble, bands = window_ends(replay.scenario.focus), replay.ensemble, []
    sums = series.trailing(series.liquidated("all"), hours, ends) / scale
    if not isinstance(ensemble, str):
        band = ensemble["curves"][str(hours)]
        low, high = (np.array(band[which]) / scale for which in ("low", "high"))
        bands = [{"band_times": utc(band["time_ns"]), "low": low, "high": high}]
    rule = {"kind": "liquidations", "coin": "all", "side": "total", "hours": hours}
    tested = [f for f in replay.scenario.facts if f.role in ("fit", "check") and f.has(**rule)]
    prints = [(sum(f.span) // 2, f.number / scale) for f in tested if "rel" in f.tolerance]
    published = {"at": utc([at for at, _ in prints]), "published": [value for _, value in prints]}
    top = 1.12 * max([float(sums.max()), *published["published"]])
    reach = {"below": -top, "reach": top, "ticks": np.arange(0, top, 100 * -(-top // 500))}
    return {"ends": utc(ends), "sums": sums, "band": bands, **published, **reach}


def _basis(replay: Replay, data: Mapping[str, Any]) -> dict[str, Any]:
    lows = [row for row in replay.compare() if row.fact.has(kind="basis_low")]
    replayed = [row.replayed or 0.0 for row in lows]
    at, published = (
        utc([sum(row.fact.span) // 2 for row in lows]),
        [row.fact.number for row in lows],
    )
    found = {"at": at, "published": published, "replayed": replayed}
    reach = (min([-0.42, *replayed]) - 0.03, 0.2)
    return {"basis": 100 * (data["perp"] / data["spot"] - 1), "lows": found, "basis_reach": reach}


def _map_figure(replay: Replay, data: Mapping[str, Any]) -> Any:
    result = replay.result
    edges, times = np.asarray(result["map_edges"]), result["map_time_ns"]
    permille = 0.001 * (edges[1:] + edges[:-1]) / 2 / np.diff(edges) / 1e6
    waiting = (np.asarray(result["map_usd"]).sum(axis=2) * permille).T
    window = (0.92 * data["low"], 1.09 * data["high"])
    shown = waiting[(edges[:-1] >= window[0]) & (edges[1:] <= window[1])]
    top = float(np.quantile(shown[shown > 0], 0.999)) if shown.any() else 1.0
    norm = import_module("matplotlib.colors").LogNorm(vmin=top / 300, vmax=top)
    heat = {"norm": norm, "waiting": np.maximum(waiting, top / 1e6), "edges": edges}
    heat |= {"map_times": utc(np.append(times, 2 * times[-1] - times[-2])), "window": window}
    left = _left_over(replay, edges, data["low"], window)
    figure = figure_of("map", {**data, **heat, **left})
    (mesh,) = figure.axes[0].collections
    place = figure.add_axes((0.54, 0.93, 0.25, 0.014))
    bar = figure.colorbar(mesh, cax=place, orientation="horizontal", format="%g", extend="both")
    bar.set_label("$M per 0.1 % of price", fontsize=11, labelpad=2)
    bar.outline.set_visible(False)
    return figure


def _left_over(replay: Replay, edges: Any, low: float, window: Any) -> dict[str, Any]:
    """Gather what waits at the end of the focus, and how much down to some prices below the low."""
    end, times = replay.scenario.focus[1], replay.result["map_time_ns"]
    at = min(int(np.searchsorted(times, end)), len(times) - 1)
    usd = np.asarray(replay.result["map_usd"])[at].astype(np.float64) / 1e6
    middle, heights = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    shown = usd[(middle > window[0]) & (middle < window[1])].sum(axis=1)
    levels = [round(share * low, -2) for share in LEFT_BELOW]
    below = [usd[(middle < low) & (middle > level), 0].sum() for level in levels]
    pairs = zip(levels, below, strict=True)
    lines = [f"to ${level:,.0f}  {dollars(1e6 * float(left)):>7}" for level, left in pairs]
    top = round(4 / 3 * low, -2)
    above = f"shorts to ${top:,.0f}  {dollars(1e6 * float(usd[middle < top, 1].sum())):>7}"
    text = "\n".join([f"longs left below ${low:,.0f}", *lines, above])
    bars = [{"usd": usd[:, i], "side": side, "colour": colour} for i, side, colour in SIDES]
    left = {"bars": bars, "reach": max(2.4 * float(np.quantile(shown, 0.99)), 1e-3), "text": text}
    return {"prices": middle, "heights": heights, "end": clock(end), "left": left}
