"""One self-contained page of a replay, with plots that can be zoomed and read off (plotly).

What a run has is drawn, what it has not is left out and said: the price paths of other runs beside
the factual one, liquidations by venue and side, the map of waiting liquidations under the path, the
tree of cascades, open interest, the fund, the phase diagram, and a table of every fact.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ConfigError
from .metrics import MINUTE_NS, Series
from .replay import Replay, write_whole
from .report import MARKS, figure, render

INK, LONG, SHORT, PERP = "#1b1f24", "#d55e00", "#009e73", "#e69f00"
OTHERS = ("#0072b2", "#cc79a7", "#56b4e9", "#999999", "#f0e442")
INFERNO = ("#000004", "#57106e", "#bb3754", "#f98e09", "#fcffa4")
TREE_NODES = 400
SHELL = Path(__file__).with_suffix(".html")
Panel = tuple[str, str, list[dict[str, Any]], dict[str, Any]]


def require_plotly() -> str:
    """Return plotly's script; ConfigError, naming the extra, where it is not installed."""
    try:
        script: str = import_module("plotly.offline").get_plotlyjs()
    except ImportError as error:
        raise ConfigError("a page needs plotly; pip install 'delever[report]'") from error
    return script


def write_page(
    replay: Replay,
    path: str | Path,
    *,
    runs: Sequence[Any] = (),
    feed: Mapping[str, NDArray[Any]] | None = None,
    phase: Mapping[str, ArrayLike] | None = None,
) -> Path:
    """Write the page, whole or not at all; it needs the extra `report` and loads nothing.

    Parameters
    ----------
    replay
        A finished replay: its facts, path, liquidations, map, open interest and fund are drawn.
    path
        The HTML file to write.
    runs
        Runs of the closed loop, the factual one first: objects with `name`, `series` and `steps`.
    feed
        A recording of liquidations beside the replayed ones (`recordings.beside_feed`).
    phase
        "depth_usd" (d,), "under_reporting" (k,) and "endogenous" (k, d), a share from 0 to 1.
    """
    panels = [*_panels(replay, runs, feed)]
    if phase is not None:
        panels.append(_phase(phase))
    plots = []
    for name, caption, data, layout in panels:
        plots.append({"name": name, "caption": caption, "data": data, "layout": layout})
    drawn = json.dumps(plots, default=_plain, allow_nan=False).replace("</", "<\\/")
    parts = {
        "title": escape(f"{replay.scenario.name} · {replay.scenario.title}"),
        "text": escape(render(replay)),
        "facts": "".join(_facts(replay)),
        "plots": drawn,
        "plotly": require_plotly(),
    }
    page = SHELL.read_text("utf-8")
    for name, text in parts.items():  # the script last: it may hold anything
        page = page.replace(f"<!--{name}-->", text)
    return write_whole(Path(path), page.encode())


def _plain(values: Any) -> Any:
    if np.issubdtype(values.dtype, np.floating):
        values = np.where(np.isfinite(values), np.round(values, 6), None)
    return values.tolist()


def _utc(time_ns: Any) -> Any:
    return np.asarray(time_ns).astype("M8[ns]").astype("M8[s]").astype(str)


def _line(name: str, x: Any, y: Any, color: str, **more: Any) -> dict[str, Any]:
    line = {"color": color, "width": more.pop("width", 1.6)}
    return {"type": "scattergl", "mode": "lines", "name": name, "x": x, "y": y, "line": line} | more


def _panels(replay: Replay, runs: Sequence[Any], feed: Any) -> Iterator[Panel]:
    series, coin = replay.series, replay.series.coins[0]
    yield _prices(series, coin, runs)
    yield from _liquidations(series, runs)
    if feed is not None:
        traces = []
        for side, color in (("long", LONG), ("short", SHORT)):
            for of, dash in (("feed", "solid"), ("replayed", "dot")):
                one = _line(f"{side}s, {of}", _utc(feed["time_ns"]), feed[f"{of}_{side}"], color)
                one["line"]["dash"] = dash
                traces.append(one)
        yield (
            "feed",
            "Your recording of liquidations beside the replay",
            traces,
            _axes("$ a minute"),
        )
    yield from _map(replay, coin)
    yield _tree(runs[0].steps["cascades"] if runs else None)
    lots = {name: series.column("open_interest_lots", name) for name in series.coins}
    traces = [
        _line(name, _utc(series.time_ns), 100 * (held / held[0] - 1), color)
        for (name, held), color in zip(lots.items(), (INK, *OTHERS), strict=False)
        if held[0] > 0
    ]
    yield "interest", "Open interest in coin", traces, _axes("% since the start")
    fund = np.asarray(series.result["fund_usd"]) / 1e6
    yield "fund", "Insurance fund", [_line("fund", _utc(series.time_ns), fund, INK)], _axes("$M")


def _axes(y: str, **more: Any) -> dict[str, Any]:
    return {"yaxis": {"title": {"text": y}}, "height": 380, **more}


def _prices(series: Series, coin: str, runs: Sequence[Any]) -> Panel:
    times = _utc(series.time_ns)
    traces = [
        _line("spot, imposed", times, series.column("spot", coin), INK),
        _line("perpetual, replayed", times, series.column("perp", coin), PERP),
    ]
    for run, color in zip(runs, OTHERS, strict=False):
        spot = run.series.column("spot", coin)
        traces.append(_line(f"closed loop: {run.name}", _utc(run.series.time_ns), spot, color))
    span = series.scenario.focus
    low, high = (series.extreme(coin, span, which) for which in ("low", "high"))
    caption = f"{coin}: price paths" + (", factual and counterfactual" if runs else "")
    layout = _axes("USD", xaxis={"range": _utc(np.array(span)).tolist()}, height=480)
    layout["yaxis"]["range"] = [0.99 * low, 1.02 * high]
    return "prices", caption, traces, layout


def _liquidations(series: Series, runs: Sequence[Any]) -> Iterator[Panel]:
    """By coin and side; by venue and side where a closed loop has venues."""
    parts = {name: (series.time_ns, *_sides(series.result, at)) for at, name in _columns(series)}
    yield "liquidations", *_bars(parts, "coin", series.scenario.focus)
    if runs:
        venues = runs[0].steps["venues"]
        parts = {one["name"]: (one["time_ns"], *_sides(one, slice(None))) for one in venues}
        yield "venues", *_bars(parts, "venue", series.scenario.focus)


def _columns(series: Series) -> Iterator[tuple[slice, str]]:
    for at, coin in enumerate(series.coins):
        yield slice(at, at + 1), coin


def _sides(result: Mapping[str, Any], at: slice) -> tuple[Any, Any]:
    long, short = (
        result[f"liquidated_{side}_usd"][:, at].sum(axis=1) for side in ("long", "short")
    )
    return long, short


def _bars(parts: Mapping[str, Any], what: str, focus: Any) -> tuple[str, Any, dict[str, Any]]:
    traces = []
    for (name, (time_ns, long, short)), color in zip(parts.items(), (LONG, *OTHERS), strict=False):
        per = max(1, round(5 * MINUTE_NS / int(time_ns[1] - time_ns[0])))
        whole = len(time_ns) // per * per
        times = _utc(time_ns[:whole].reshape(-1, per)[:, -1])
        for side, values, sign in (("longs", long, -1), ("shorts", short, 1)):
            sums = sign * values[:whole].reshape(-1, per).sum(axis=1) / 1e6
            bar = {"type": "bar", "name": f"{name} {side}", "x": times, "y": sums}
            traces.append({**bar, "marker": {"color": color, "opacity": 1 if sign < 0 else 0.6}})
    layout = _axes("$M per 5 min, longs down", barmode="relative")
    layout["xaxis"] = {"range": _utc(np.array(focus)).tolist()}
    return f"Truly liquidated, by {what} and side", traces, layout


def _map(replay: Replay, coin: str) -> Iterator[Panel]:
    result, focus = replay.result, replay.scenario.focus
    if "map_usd" not in result:
        return
    edges = np.asarray(result["map_edges"])
    rows = (result["map_time_ns"] >= focus[0]) & (result["map_time_ns"] <= focus[1])
    middle = (edges[1:] + edges[:-1]) / 2
    low, high = (replay.series.extreme(coin, focus, which) for which in ("low", "high"))
    shown = (middle > 0.9 * low) & (middle < 1.1 * high)
    waiting = np.asarray(result["map_usd"], dtype=np.float64)[rows].sum(axis=2)[:, shown].T
    per_mille = 1e-9 * waiting * middle[shown, None] / np.diff(edges)[shown, None]
    z = np.round(np.log10(np.maximum(per_mille, 1e-3)), 3)
    times = _utc(result["map_time_ns"][rows])
    ticks = {"title": {"text": "$M per 0.1 %"}, "tickvals": [-2, -1, 0, 1, 2]}
    bar = {**ticks, "ticktext": ["0.01", "0.1", "1", "10", "100"]}
    heat = {"type": "heatmap", "x": times, "y": middle[shown], "z": z}
    heat |= {"colorscale": [[at / 4, color] for at, color in enumerate(INFERNO)]}
    path = replay.series.column("spot", coin)
    inside = (replay.series.time_ns >= focus[0]) & (replay.series.time_ns <= focus[1])
    line = _line("spot", _utc(replay.series.time_ns[inside]), path[inside], "#ffffff", width=2)
    layout = _axes("USD", height=520, showlegend=False)
    caption = f"{coin} liquidations waiting, as modelled (not observed); the path eats them"
    yield "map", caption, [{**heat, "colorbar": bar}, line], layout


def _tree(cascades: Mapping[str, Any] | None) -> Panel:
    """Draw the largest cascade as nested sectors: who triggered whom, sized in dollars."""
    if cascades is None or len(cascades["parent"]) == 0:
        text = "No cascade tree: runs of the closed loop (--what-if) say which caused which."
        return "tree", text, [], {"height": 40}
    parents, usd, trees = (cascades["parent"], cascades["liquidations"]["usd"], cascades["trees"])
    largest = trees[int(np.argmax(trees["usd"]))]
    mine = np.zeros(len(parents), np.bool_)
    mine[largest["root"]] = True
    for row in range(int(largest["root"]) + 1, len(parents)):
        mine[row] = parents[row] >= 0 and mine[parents[row]]
    nodes = np.flatnonzero(mine)[:TREE_NODES]  # parents come first, so what is cut are leaves
    ids = [str(node) for node in nodes.tolist()]
    above = ["" if parents[node] < 0 else str(parents[node]) for node in nodes.tolist()]
    labels = [f"${value / 1e6:.2f}M" for value in usd[nodes].tolist()]
    sectors = {"type": "icicle", "ids": ids, "parents": above, "labels": labels}
    caption = (
        f"The largest of {len(trees):,} cascades: {largest['size']:,} liquidations,"
        f" ${largest['usd'] / 1e6:,.1f}M, {largest['depth']} deep; each liquidation caused"
        f" {cascades['branching']:.2f} more"
    )
    return "tree", caption, [{**sectors, "values": usd[nodes]}], {"height": 480}


def _phase(phase: Mapping[str, ArrayLike]) -> Panel:
    x, y, z = (np.asarray(phase[of]) for of in ("depth_usd", "under_reporting", "endogenous"))
    lines = {"start": 0.2, "end": 0.5, "size": 0.3}
    share = {"type": "contour", "x": x / 1e6, "y": y, "z": z, "colorscale": "RdBu"}
    layout = _axes("true / reported, k", height=480)
    layout["yaxis"] |= {"type": "log"}
    layout["xaxis"] = {"title": {"text": "depth of all venues, $M per 1 %"}, "type": "log"}
    caption = "Endogenous share over depth and under-reporting; lines at 0.2 and 0.5"
    return "phase", caption, [{**share, "reversescale": True, "contours": lines}], layout


def _facts(replay: Replay) -> Iterator[str]:
    for row in replay.compare():
        fact = row.fact
        shown = (figure(fact.value, fact.unit), figure(row.replayed, fact.unit), MARKS[row.within])
        cells = (fact.role, fact.id, fact.what, fact.time_utc, *shown, fact.scope)
        source = escape(replay.scenario.sources[fact.source])
        inner = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        yield f'<tr class="{fact.role}">{inner}<td title="{source}">{escape(fact.source)}</td></tr>'
