"""verdict.png: which verdict belongs to which depth and under-reporting, with nothing fitted."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from delever._core import EXCURSION_MAX
from delever.plotting import FIGURES, figure_of, write_pictures
from delever.scenario import Scenario

from .reduced import ReducedMarket, reduced_market
from .verdict import CLIPPED_MAX, classify, posterior

SHOWN = FIGURES["verdict"]["data"]
ALIKE = {"tau_hours": 4.0, "pi": 0.5}


def phase_diagram(
    scenario: Scenario, path: Path, *, cells: int = 12, seeds: int = 2, horizon: str = "day"
) -> Path:
    """Draw verdict.png: depth and under-reporting, makers steady and withdrawing (extra `plot`)."""
    markets = [reduced_market(scenario, seed=7 + i) for i in range(seeds)]
    note = (
        f"Reduced model, {seeds} seeds, impact half-life {ALIKE['tau_hours']:g} h, half of it"
        " permanent: consequences, not a posterior. Below: without liquidations at a, b, c"
    )
    columns = [
        _column(markets, cells, horizon, withdrawal=withdrawal) for withdrawal in (False, True)
    ]
    columns[0]["leftmost"] = [{}]
    data = {"scenario": scenario, "horizon": horizon, "note": note, "columns": columns}

    def made() -> Any:
        colours = [one["colour"] for one in SHOWN["keys"]]
        data["bands"] = import_module("matplotlib.colors").ListedColormap(colours)
        figure = figure_of("verdict", data)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.06, 0.92), ncols=5)
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


def _column(
    markets: list[ReducedMarket], cells: int, horizon: str, *, withdrawal: bool
) -> dict[str, Any]:
    """Gather the verdicts over depth and under-reporting, and three paths without liquidations."""
    depth, k, found, share, ok = _grid(markets, cells, horizon, withdrawal=withdrawal)
    shape = (cells, cells, len(markets))
    band = np.where(ok, classify(share, found.n[horizon].reshape(shape)[:, :, 0]), 3)
    wild = np.median(found.excursion.reshape(shape), axis=2) > EXCURSION_MAX
    per_percent, ends = _triggered_per_percent(markets[0]), np.array([50e6, 1e9])
    path = markets[0].core.path / 1000
    plane = {"depth": depth, "k": k, "band": band, "wild": wild & ok, "leftmost": []}
    line = {"ends": ends, "first_generation": ends / per_percent, "along": per_percent * 2.1}
    paths = {"hours": np.arange(len(path))[::30] / 360, "recorded": path[::30]}
    said = "depth falls with volatility" if withdrawal else "depth stays as it is"
    below = {"floor": path.min() * 0.97, "ceiling": path.max() * 1.05, "said": said}
    below["without"] = [*_paths(markets[0], withdrawal=withdrawal)]
    share = np.where(ok & ~wild, share, np.nan)
    return {**plane, **line, **paths, **below, "share": share, "per_percent": per_percent / 1e6}


def _triggered_per_percent(market: ReducedMarket) -> float:
    """Dollars of longs liquidated per 1 % of the day's fall at k = 1, in a deep market."""
    found = market.ask({"depth": 1e12, "k": 1.0}, branches=False)
    return float(found["liquidated_long_usd"] / (100 * found["fall"][-1]))


def _paths(market: ReducedMarket, *, withdrawal: bool) -> Iterator[dict[str, Any]]:
    for one in SHOWN["marked"]:
        terms = {"depth": one["depth"], "k": one["k"], "withdrawal": withdrawal, **ALIKE}
        found = market.ask(terms, branches=False, series=True)
        label, colour = f"{one['mark']}: {one['words']}", one["colour"]
        if found["clipped_share"] > CLIPPED_MAX or max(found["share"]) > 1:
            yield {"colour": colour, "label": f"{label} (no fit)", "times": [], "price": []}
            continue
        price = np.exp(found["counterfactual_log"]) / 1000
        times = np.arange(len(price)) / 360
        yield {"colour": colour, "label": label, "times": times[::30], "price": price[::30]}
