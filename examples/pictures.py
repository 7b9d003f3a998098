"""Draws README's pictures of the liquidation map and of the rulebooks.

`python examples/pictures.py docs` writes liquidation_map.png and rulebooks.png there.

Everything in them comes from the library: the map from a venue that runs 6,000 accounts, the rates
and procedures from the dated rulebooks. Needs the extra `plot`. The accounts are drawn from a fixed
seed; they illustrate, they were not measured.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import delever as dl
from delever import CommandKind
from delever.plotting import INK, LINE, LONG, MUTED, PERP, SHORT, write_pictures

DAY, PRICE, ETH_PRICE, ADA_PRICE = "2026-02-05", 72_000, 2_100, 0.37
ACCOUNTS = 6_000
BIN_USD = 250
BOOKS = (
    ("binance-um", "2026-02-05", "BTCUSDT"),
    ("binance-cm", None, "BTCUSD_PERP"),
    ("bybit-linear", "2025-09-10", "BTCUSDT"),
    ("bybit-inverse", None, "BTCUSD"),
    ("okx-swap", "2023-06-01", "ADA-USDT-SWAP"),
    ("bitmex", None, "XBTUSD"),
    ("deribit", None, "BTC-PERPETUAL"),
    ("hyperliquid", None, "BTC"),
    ("dydx-v4", None, "BTC-USD"),
)
"""Name, day (None: the newest) and contract."""
POSITION_USD = 52_000_000
"""The position that every venue is shown to liquidate."""
COLORS = (PERP, "#a6761d", LONG, "#cc79a7", MUTED, "#e31a1c", LINE, SHORT, "#6a3d9a")


def crowded_venue() -> dl.Venue:
    """Return a venue whose accounts hold BTC, half of them isolated, half crossed with ETH."""
    rules = dl.rulebook("binance-um", at=DAY)
    btc, eth = (rules.instrument(symbol) for symbol in ("BTCUSDT", "ETHUSDT"))
    venue, rng = dl.Venue([btc, eth], rulebook=rules), np.random.default_rng(7)
    users = np.arange(1, ACCOUNTS + 1)
    leverage = rng.choice([3, 5, 10, 20, 25, 50], ACCOUNTS)
    entry = PRICE * np.exp(rng.normal(0.0, 0.03 + 0.1 / leverage))
    lots = np.rint(np.exp(rng.normal(4.8, 1.3, ACCOUNTS))) + 1
    value = lots * entry / 1_000
    crosses, side = users % 2 == 0, np.where(rng.random(ACCOUNTS) < 0.6, 1, 2)
    wallet = value / leverage * np.where(crosses, 1.6, 1.05) + 1
    opened = [*np.rint(wallet * 1e8).astype(np.int64), 10**18, 10**18]
    venue.apply({"kind": CommandKind.OPEN_ACCOUNT, "amount_atoms": opened})
    everyone = np.arange(1, ACCOUNTS + 3)  # the last two take the other side of all the rest
    modes, chosen = [*crosses.astype(int), 1, 1], [*leverage, 1, 1]
    for at in (0, 1):
        both = {"account": everyone, "instrument": at}
        venue.apply({"kind": CommandKind.SET_MARGIN_MODE, **both, "order_type": modes})
        venue.apply({"kind": CommandKind.SET_LEVERAGE, **both, "qty_lots": chosen})
    for at, price in ((0, PRICE), (1, ETH_PRICE)):
        venue.set_mark(at, price)
    seeds = {"kind": CommandKind.SEED_POSITION}
    ticks, sizes = np.rint(entry * 10).astype(np.int64), lots.astype(np.int64)
    own = {"account": users, "side": side, "price_ticks": ticks, "qty_lots": sizes}
    own["other_account"] = ACCOUNTS + side
    venue.apply({**seeds, **own})
    others = {key: values[crosses] for key, values in own.items()}
    others["qty_lots"] = np.rint(value[crosses] / ETH_PRICE / 3 * 1_000).astype(np.int64) + 1
    others["price_ticks"] = np.rint(ETH_PRICE * 100 * entry[crosses] / PRICE).astype(np.int64)
    venue.apply({**seeds, "instrument": 1, **others})
    venue.set_mark(0, PRICE)  # who was under water from the start is gone
    return venue


def map_figure(venue: dl.Venue) -> Any:
    """Draw what waits for liquidation at each mark; conditional prices of cross accounts hollow."""
    levels = venue.liquidation_map("BTCUSDT", cross=True)
    prices = levels["price_ticks"] / 10
    edges = np.arange(40_000, 104_000 + BIN_USD, BIN_USD)
    figure = _figure(11, 6.4)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.075, right=0.985, top=0.82, bottom=0.1)
    for way, color, name in ((-1, LONG, "longs"), (1, SHORT, "shorts")):
        sides = (f"{name[:-1]}_lots", f"cross_{name[:-1]}_lots")
        own, crossed = (np.histogram(prices, edges, weights=levels[of] / 1e3)[0] for of in sides)
        bars = {"x": edges[:-1], "width": BIN_USD, "align": "edge"}
        axes.bar(**bars, height=own, color=color, label=f"{name}, isolated: exact ticks")
        axes.bar(
            **bars,
            height=crossed,
            bottom=own,
            facecolor="white",
            edgecolor=color,
            hatch="////",
            lw=0.5,
            label=f"{name}, cross: while ETH stays where it is",
        )
        reach = axes.get_ylim()[1]
        total = (own.sum() + crossed.sum()) * PRICE / 1e6
        axes.annotate(
            f"{name}: ${total:,.0f}M",
            (PRICE + way * 14_000, 0.62 * reach),
            ha="center",
            color=color,
            fontsize=13,
        )
    axes.axvline(PRICE, color=INK, lw=1.2)
    axes.annotate(" mark", (PRICE, 0.96 * axes.get_ylim()[1]), color=INK)
    axes.set(xlim=(edges[0], edges[-1]), xlabel="mark of BTCUSDT, USD")
    axes.set_ylabel(f"BTC liquidated per ${BIN_USD} of price")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / 1_000:g}k")
    axes.legend(loc="upper right", fontsize=10)
    text = f"{ACCOUNTS:,} simulated accounts, binance-um of {DAY}: venue.liquidation_map"
    _title(figure, "What waits for liquidation at each mark", text)
    return figure


def rulebook_figure() -> Any:
    """Draw the maintenance rate each rulebook asks for, and what its procedure does first.

    A line ends at twice the floor of the last tier that is known.
    """
    figure = _figure(15, 8)
    rates, steps = figure.subplots(1, 2, width_ratios=[1.1, 1])
    figure.subplots_adjust(left=0.055, right=0.99, top=0.82, bottom=0.09, wspace=0.03)
    notional = np.geomspace(1e4, 2e9, 1_200)
    for row, (name, day, symbol) in enumerate(BOOKS):
        rules, color = dl.rulebook(name, at=day), COLORS[row]
        rate = np.array([_rate(rules, symbol, float(usd)) for usd in notional])
        style = {"color": color, "lw": 2.2, "ls": "--" if symbol.startswith("ADA") else "-"}
        rates.plot(notional, 100 * rate, **style)
        what = f"{name} ({symbol})"
        steps.text(0.03, 8.72 - row, what, color=color, fontsize=11.5, fontweight="bold")
        first, last = _procedure(rules)
        steps.text(0.03, 8.46 - row, first, fontsize=10)
        steps.text(0.03, 8.23 - row, last, fontsize=10, color=MUTED)
        _bar(steps, 9 - row - 0.5, _first_share(rules, symbol), color)
    rates.set(xscale="log", yscale="log", xlim=(1e4, 2e9), ylim=(0.35, 60))
    rates.set(
        xlabel="notional of the position, USD", ylabel="maintenance margin, % of the notional"
    )
    rates.xaxis.set_major_formatter(lambda value, _: _dollars(value))
    rates.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
    rates.axvline(POSITION_USD, color=MUTED, lw=0.9, ls=":")
    rates.annotate(f" {_dollars(POSITION_USD)}", (POSITION_USD, 0.4), color=MUTED)
    steps.set(xlim=(0, 1), ylim=(0, 9.35))
    steps.set_axis_off()
    steps.text(0.03, 9.12, "the same breached long: what is done with it", color=MUTED)
    steps.text(0.985, 9.12, "share of the first order", color=MUTED, ha="right")
    text = f"BTC at ${PRICE:,} (OKX: ADA), the newest tiers each rulebook knows; right: "
    _title(figure, "Nine rulebooks, one position", text + f"a long of {_dollars(POSITION_USD)}")
    return figure


def _bar(axes: Any, middle: float, share: float | None, color: str) -> None:
    left, width = 0.82, 0.165
    frame = {"height": 0.34, "left": left, "edgecolor": color, "lw": 1.0}
    axes.barh(middle, width, facecolor="white", **frame)
    axes.barh(middle, width * (share or 0), facecolor=color, **frame)
    says = "by its tiers" if share is None else f"{100 * share:.3g} %"
    axes.text(left - 0.012, middle, says, ha="right", va="center", fontsize=10.5, color=color)


def _dollars(usd: float) -> str:
    scale = next((one for one in (1e9, 1e6, 1e3) if usd >= one), 1)
    return f"${usd / scale:g}{ {1e9: 'bn', 1e6: 'M', 1e3: 'k', 1: ''}[scale] }"


def _unit(rules: dl.Rulebook, symbol: str) -> float:
    """Return the USD that one unit of the contract's tier floors is worth."""
    if rules.terms[f"{symbol}.tiers.rule"] == "step_of_contracts":
        return float(rules.terms[f"{symbol}.lot"]) * ADA_PRICE
    return PRICE if rules.terms[f"{symbol}.contract"] == "inverse" else 1


def _rows(rules: dl.Rulebook, symbol: str) -> list[tuple[float, float, float]]:
    """Return (floor in USD, rate, deduction in USD) of every tier."""
    unit, tiers = _unit(rules, symbol), []
    if symbol in rules.instruments and rules.instruments[symbol].tiers:
        tiers = [
            (one.floor, one.maintenance, one.deduction) for one in rules.instruments[symbol].tiers
        ]
    else:
        tiers = [
            (row["floor"], row["maintenance"], 0) for row in rules.terms[f"{symbol}.tiers.rows"]
        ]
    return [(float(floor) * unit, float(rate), float(less) * unit) for floor, rate, less in tiers]


def _rate(rules: dl.Rulebook, symbol: str, usd: float) -> float:
    rows = _rows(rules, symbol)
    floor, rate, less = [row for row in rows if row[0] <= usd][-1]
    listed = rules.instruments.get(symbol)
    slope = float(listed.maintenance_slope or 0) if listed else 0.0
    beyond = floor == rows[-1][0] and len(rows) > 1 and usd > 2 * floor
    return float("nan") if beyond else rate - less / usd + slope * usd / PRICE


def _first_share(rules: dl.Rulebook, symbol: str) -> float | None:
    """Return how much of the position the first order of the procedure is for."""
    procedure = rules.terms["liquidation.procedure"]
    floors = [floor for floor, _, _ in _rows(rules, symbol) if floor < POSITION_USD]
    if procedure == "fok_to_next_tier":
        return 1 - floors[-1] / POSITION_USD if len(floors) > 1 else 1.0
    if procedure == "two_tiers_down":
        return None if symbol.startswith("ADA") else 1 - floors[-3] / POSITION_USD
    if procedure == "fraction_with_cooldown":
        return float(rules.terms["liquidation.fraction"])
    if procedure == "clips":
        contract = rules.instruments[symbol].contract or 1
        return float(rules.terms["liquidation.clip_contracts"] * contract) / POSITION_USD
    return 1.0


def _procedure(rules: dl.Rulebook) -> tuple[str, str]:
    terms = {
        key.partition(".")[2]: value
        for key, value in rules.terms.items()
        if key.startswith("liquidation.")
    }
    seconds = {key: value / 1e9 for key, value in terms.items() if key.endswith("_ns")}
    first = {
        "ioc_then_takeover": "one IOC order down to bankruptcy, the rest to the fund",
        "fok_to_next_tier": "fill-or-kill to the next tier, then all at bankruptcy",
        "two_tiers_down": f"two tiers down, again after {seconds.get('cooldown_ns', 0):g} s",
        "fraction_with_cooldown": f"a part, after {seconds.get('cooldown_ns', 0):g} s all; "
        "below 2/3 the vault",
        "clips": f"a clip every {seconds.get('clip_interval_ns', 0):g} s until the margin is met",
        "fillable_price": "all at the fillable price",
    }[terms["procedure"]]
    last = {"deleverage": "deleveraging", "socialise": "losses shared", "none": "nobody"}
    price = rules.terms.get("deleveraging.price", "")
    at = f" at {price.replace('_', ' ')}" if price else ""
    return first, f"last of all: {last[rules.terms['deleveraging.rule']]}{at}"


def _figure(width: float, height: float) -> Any:
    figure = import_module("matplotlib.figure").Figure(figsize=(width, height))
    import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    return figure


def _title(figure: Any, head: str, text: str) -> None:
    figure.text(0.075, 0.93, head, fontsize=19, fontweight="bold")
    figure.text(0.075, 0.875, text, color=MUTED)


def main(folder: Path) -> None:
    """Write both pictures into a directory."""
    venue = crowded_venue()
    write_pictures(folder, liquidation_map=lambda: map_figure(venue), rulebooks=rulebook_figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
