"""One self-contained page of a replay, with plots that can be zoomed and read off (plotly).

What a run has is drawn, what it has not is left out and said: the price paths of other runs beside
the factual one, liquidations by venue and side, the map of waiting liquidations under the path, the
tree of cascades, open interest, the fund, the phase diagram, and a table of every fact.

Here is what the page is told; page.html is its text and page.js, beside it, builds the plots.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .extras import optional
from .metrics import Series
from .replay import Replay, write_whole
from .report import MARKS, figure, render

TREE_NODES = 400
SHELL = Path(__file__).with_suffix(".html")


def require_plotly() -> str:
    """Return plotly's script; ConfigError, naming the extra, where it is not installed."""
    script: str = optional("plotly.offline", "a page needs {}", "report").get_plotlyjs()
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
    series, focus = replay.series, replay.scenario.focus
    told = {
        "coin": series.coins[0],
        "focus": focus,
        "lowest": series.extreme(series.coins[0], focus, "low"),
        "highest": series.extreme(series.coins[0], focus, "high"),
        "replay": _series(series),
        "runs": [{"name": run.name, **_series(run.series)} for run in runs],
        "venues": runs and [_venue(one) for one in runs[0].steps["venues"]],
        "cascade": _largest(runs[0].steps["cascades"]) if runs else None,
        "map": _map(replay) if "map_usd" in replay.result else None,
        "feed": feed,
        "phase": phase,
    }
    drawn = json.dumps(told, default=_plain, allow_nan=False).replace("</", "<\\/")
    parts = {
        "title": escape(f"{replay.scenario.name} · {replay.scenario.title}"),
        "text": escape(render(replay)),
        "facts": "".join(_facts(replay)),
        "told": drawn,
        "script": SHELL.with_suffix(".js").read_text("utf-8"),
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


def _series(series: Series) -> dict[str, Any]:
    keys = ("spot", "perp", "open_interest_lots", "liquidated_long_usd", "liquidated_short_usd")
    coins = [{"name": n} | {key: series.column(key, n) for key in keys} for n in series.coins]
    return {"time_ns": series.time_ns, "coins": coins, "fund_usd": series.result["fund_usd"]}


def _venue(one: Mapping[str, Any]) -> dict[str, Any]:
    sums = {key: one[key].sum(axis=1) for key in ("liquidated_long_usd", "liquidated_short_usd")}
    return {"name": one["name"], "time_ns": one["time_ns"], **sums}


def _map(replay: Replay) -> dict[str, Any]:
    """Gather what waits in the focus, within a tenth of its prices, long and short together."""
    result, focus, edges = replay.result, replay.scenario.focus, replay.result["map_edges"]
    times, middle = result["map_time_ns"], (edges[1:] + edges[:-1]) / 2
    rows = (times >= focus[0]) & (times <= focus[1])
    low, high = (replay.series.extreme(replay.series.coins[0], focus, w) for w in ("low", "high"))
    shown = (middle > 0.9 * low) & (middle < 1.1 * high)
    usd = np.asarray(result["map_usd"], dtype=np.float64)[rows].sum(axis=2)[:, shown]
    place = {"time_ns": times[rows], "price": middle[shown], "width": np.diff(edges)[shown]}
    return {**place, "usd": np.rint(usd.T).astype(np.int64)}


def _largest(cascades: Mapping[str, Any]) -> dict[str, Any] | None:
    """Gather the largest cascade's tree: who triggered whom, and what it took in dollars."""
    parents, trees = cascades["parent"], cascades["trees"]
    if len(parents) == 0:
        return None
    largest = trees[int(np.argmax(trees["usd"]))]
    above = np.where(parents < 0, np.arange(len(parents)), parents)
    while np.any(above != (further := above[above])):
        above = further
    nodes = np.flatnonzero(above == largest["root"])[:TREE_NODES]  # what is cut are leaves
    tree = {"node": nodes, "parent": parents[nodes], "usd": cascades["liquidations"]["usd"][nodes]}
    whole = {name: largest[name] for name in ("size", "usd", "depth")}
    return {"tree": tree, "count": len(trees), "branching": cascades["branching"], **whole}


def _facts(replay: Replay) -> Iterator[str]:
    for row in replay.compare():
        fact = row.fact
        shown = (figure(fact.value, fact.unit), figure(row.replayed, fact.unit), MARKS[row.within])
        cells = (fact.role, fact.id, fact.what, fact.time_utc, *shown, fact.scope)
        source = escape(replay.scenario.sources[fact.source])
        inner = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        yield f'<tr class="{fact.role}">{inner}<td title="{source}">{escape(fact.source)}</td></tr>'
