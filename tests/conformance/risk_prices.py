"""The risk vectors' functions about margins and prices, through delever.rules.

Each takes a case's inputs and returns what its `expected` may ask for.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any

from risk_engine import ATOM, check_engine, engine_margins, schedule_instrument
from risk_numbers import decimal_of, named, side_of

from delever import rules

Inputs = dict[str, Any]


def _size(inputs: Inputs) -> Decimal:
    return side_of(inputs) * named(inputs, "size", "qty", default=1)


def _entry(inputs: Inputs) -> Decimal:
    return named(inputs, "ep", "entry", "price", "entryPrice")


def _tick(inputs: Inputs) -> Decimal | None:
    return named(inputs, "tick") if inputs.get("tick") else None


def _solve(
    inputs: Inputs,
    qty: Decimal,
    entry: Decimal,
    wallet: Decimal,
    *,
    rate: Decimal | None = None,
    inverse: bool = False,
    fee_name: str = "fee",
) -> Decimal | None:
    """The liquidation price of one position, by the closed form and by the engine."""
    rate = named(inputs, "mmr") if rate is None else rate
    deduction = named(inputs, "cum", "mm_amount", "deduction", default=0)
    fee = named(inputs, fee_name, default=0)
    leg = (qty, entry, rate, deduction)
    price = rules.liquidation_price([leg], wallet, inverse=inverse, fee_rate=fee)
    check_engine(
        price, qty=qty, entry=entry, wallet=wallet, rate=rate, deduction=deduction, fee=fee,
        inverse=inverse,
    )  # fmt: skip
    tick = _tick(inputs)
    return rules.liquidation_price([leg], wallet, inverse=inverse, fee_rate=fee, tick=tick)


def _others(inputs: Inputs, *, inverse: bool = False) -> Decimal:
    """What the other positions of a cross account add to its wallet."""
    total = named(inputs, "upnl", default=0) - named(inputs, "tmm", default=0)
    for one in inputs.get("others", []):
        qty = _size(one) * named(one, "mult", default=1)
        numbers = (qty, _entry(one), named(one, "mark"), named(one, "mmr"))
        total += rules.cross_contribution(*numbers, named(one, "cum", default=0), inverse=inverse)
    return total


def usdm_liquidation(inputs: Inputs) -> Inputs:
    wallet = named(inputs, "wb") + _others(inputs)
    return {"liq": _solve(inputs, _size(inputs), _entry(inputs), wallet)}


def usdm_hedge_liquidation(inputs: Inputs) -> Inputs:
    legs = [
        (_size(leg), _entry(leg), named(leg, "mmr"), named(leg, "cum", default=0))
        for leg in inputs["legs"]
    ]
    wallet = named(inputs, "wb") + _others(inputs)
    return {"liq": rules.liquidation_price(legs, wallet, tick=_tick(inputs))}


def usdm_liquidation_from_position(inputs: Inputs) -> Inputs:
    qty = named(inputs, "positionAmt")
    profit = named(inputs, "unRealizedProfit")
    if inputs.get("entryPrice"):
        entry = named(inputs, "entryPrice")
    else:  # where the profit is minus what the API shows
        mark = named(inputs, "markPrice")
        entry = rules.price_at_loss(qty, mark, profit)
    wallet = named(inputs, "isolatedMargin") - profit
    return {"liq": _solve(inputs, qty, decimal_of(entry), wallet)}


def coinm_liquidation(inputs: Inputs) -> Inputs:
    contracts = side_of(inputs) * named(inputs, "contracts", "size", "qty")
    qty = contracts * named(inputs, "mult", default=1)
    wallet = named(inputs, "wb") + _others(inputs, inverse=True)
    return {"liq": _solve(inputs, qty, _entry(inputs), wallet, inverse=True)}


def bracket_deductions(inputs: Inputs) -> Inputs:
    rates = [decimal_of(one) for one in inputs["mmr"]]
    return {"cum": rules.bracket_deductions([decimal_of(one) for one in inputs["floors"]], rates)}


def bracket_step(inputs: Inputs) -> Inputs:
    names = ("floor", "mmr", "mmr_prev", "cum_prev")
    return {"cum": rules.next_deduction(*(named(inputs, name) for name in names))}


def isolated_liquidation(inputs: Inputs, *, inverse: bool) -> Inputs:
    price = rules.isolated_liquidation_price(
        _size(inputs),
        _entry(inputs),
        named(inputs, "lev", "leverage"),
        named(inputs, "mmr"),
        inverse=inverse,
        extra_margin=named(inputs, "extra", "extra_margin", "added_margin", default=0),
        deduction=named(inputs, "ded", "deduction", "cum", default=0),
        tick=_tick(inputs),
    )
    return {"liq": price}


def bankruptcy_of_leverage(inputs: Inputs, *, inverse: bool) -> Inputs:
    leverage = named(inputs, "lev", "leverage")
    price = rules.bankruptcy_price(
        _size(inputs), _entry(inputs), leverage=leverage, inverse=inverse, tick=_tick(inputs)
    )
    return {"bankruptcy": price}


def bankruptcy_of_margin(inputs: Inputs) -> Inputs:
    margin = named(inputs, "margin") + named(inputs, "wallet", default=0)
    price = rules.bankruptcy_price(_size(inputs), _entry(inputs), margin=margin, tick=_tick(inputs))
    return {"bankruptcy": price}


def _free_balance(inputs: Inputs) -> Decimal:
    return named(inputs, "balance") - named(inputs, "order_margin", default=0)


def inverse_cross_bankruptcy(inputs: Inputs) -> Inputs:
    price = rules.bankruptcy_price(
        _size(inputs),
        _entry(inputs),
        margin=_free_balance(inputs),
        fee_rate=named(inputs, "taker", default=0),
        inverse=True,
        tick=_tick(inputs),
    )
    return {"bankruptcy": price}


def inverse_cross_liquidation(inputs: Inputs) -> Inputs:
    """The maintenance margin is that of the entry, the fee that of closing at bankruptcy."""
    qty, entry = _size(inputs), _entry(inputs)
    if inputs.get("bankruptcy") is None:
        without_tick = {key: value for key, value in inputs.items() if key != "tick"}
        bankruptcy = inverse_cross_bankruptcy(without_tick)["bankruptcy"]
    else:
        bankruptcy = named(inputs, "bankruptcy")
    value = abs(rules.position_value(qty, entry, inverse=True))
    at_bankruptcy = abs(rules.position_value(qty, bankruptcy, inverse=True))
    fee = rules.funding_payment(at_bankruptcy, named(inputs, "taker", default=0))
    maintenance = rules.maintenance_margin(value, [(0, named(inputs, "mmr"))])
    loss = _free_balance(inputs) - maintenance - fee
    return {"liq": rules.price_at_loss(qty, entry, loss, inverse=True, tick=_tick(inputs))}


def order_cost(inputs: Inputs, *, inverse: bool) -> Inputs:
    leverage = named(inputs, "lev", "leverage")
    numbers = (_size(inputs), _entry(inputs), leverage, named(inputs, "taker", "fee", default=0))
    cost = rules.order_cost(*numbers, inverse=inverse)
    return {"im": cost["initial_margin"], "cost": cost["total"], **cost}


def tier_rate(inputs: Inputs) -> Inputs:
    tiers = [(decimal_of(cap), decimal_of(rate)) for cap, rate in inputs["tiers"]]
    return {"rate": rules.tier_rate(named(inputs, "value"), tiers)}


def risk_limit(inputs: Inputs) -> Inputs:
    names = ("position", "base", "step", "base_mm", "base_im")
    position, base, step, base_mm, base_im = (named(inputs, name) for name in names)
    maintenance, initial = rules.risk_step_rates(position, base, step, base_mm, base_im)
    margin = rules.maintenance_margin(position, [(0, maintenance)])
    tiers = [(0, base_mm, 0, 1000, base_im)]
    while tiers[-1][0] < position:
        at = len(tiers)
        floor = base + (at - 1) * step
        tiers.append((floor, base_mm * (at + 1), 0, 1000, base_im + at * base_mm))
    qty = position.quantize(ATOM, ROUND_CEILING)
    instrument = schedule_instrument(qty, Decimal(1), tiers, tier_rule="step")
    asked = engine_margins(instrument, qty, Decimal(1))
    for found, rate in zip(asked, (maintenance, initial), strict=True):
        assert found == (qty * rate).quantize(ATOM, ROUND_CEILING)
    return {"mm": maintenance, "im": initial, "mm_xbt": margin}


def value(inputs: Inputs, *, inverse: bool) -> Inputs:
    return {"value": rules.position_value(_size(inputs), _entry(inputs), inverse=inverse)}


def profit(inputs: Inputs, *, inverse: bool) -> Inputs:
    costs = sum((named(inputs, name, default=0) for name in ("funding", "fees")), Decimal(0))
    exit_price = named(inputs, "exit", "mark")
    numbers = (_size(inputs), _entry(inputs), exit_price)
    return {"pnl": rules.profit(*numbers, inverse=inverse, costs=costs)}


def average_entry(inputs: Inputs, *, inverse: bool) -> Inputs:
    fills = [tuple(decimal_of(one) for one in row) for row in inputs.get("fills", [])]
    while f"n{len(fills)}" in inputs:
        at = len(fills)
        fills.append((named(inputs, f"n{at}"), named(inputs, f"e{at}")))
    return {"entry": rules.average_entry(fills, inverse=inverse)}


def initial_margin(inputs: Inputs, *, inverse: bool) -> Inputs:
    leverage = named(inputs, "lev", "leverage", default=1)
    rate = named(inputs, "rate", default=1)
    margin = rules.initial_margin(
        abs(_size(inputs)), _entry(inputs), leverage, inverse=inverse, rate=rate
    )
    return {"im": margin, "margin": margin}


def fee_inside(inputs: Inputs) -> Inputs:
    wallet = named(inputs, "wb")
    return {"liq": _solve(inputs, _size(inputs), _entry(inputs), wallet, fee_name="taker")}


def phemex(inputs: Inputs) -> Inputs:
    cost = rules.order_cost(
        _size(inputs), _entry(inputs), named(inputs, "lev", "leverage"), named(inputs, "taker")
    )
    assigned = cost["initial_margin"] + cost["close_fee"] + named(inputs, "extra", default=0)
    price = _solve(inputs, _size(inputs), _entry(inputs), assigned, fee_name="taker")
    return {"assigned": assigned, "liq": price}


def deribit_margin(inputs: Inputs) -> Inputs:
    size, slope = abs(named(inputs, "size")), named(inputs, "factor")
    price = named(inputs, "index", "price", default=1)
    margins = {
        "im": rules.size_margin(size, named(inputs, "base_im"), slope, price),
        "mm": rules.size_margin(size, named(inputs, "base_mm"), slope, price),
    }
    tier = (0, named(inputs, "base_mm"), 0, 1000, named(inputs, "base_im"))
    instrument = schedule_instrument(
        size, price, [tier], tier_rule="size_linear", maintenance_slope=slope, initial_slope=slope
    )
    assert engine_margins(instrument, size, price) == (margins["mm"], margins["im"])
    return margins


def hyperliquid_liquidation(inputs: Inputs) -> Inputs:
    rate = rules.maintenance_rate(named(inputs, "max_leverage"))
    numbers = (_size(inputs), _entry(inputs), named(inputs, "margin", "account_value"))
    return {"liq": _solve(inputs, *numbers, rate=rate)}


def hyperliquid_liquidation_of_cash(inputs: Inputs) -> Inputs:
    """The cash already holds the cost: an entry of nothing."""
    qty, cash = named(inputs, "szi"), named(inputs, "rawUsd")
    rate = rules.maintenance_rate(named(inputs, "max_leverage"))
    price = rules.liquidation_price([(qty, 0, rate)], cash)
    position_value = named(inputs, "positionValue") * (1 if qty > 0 else -1)
    return {"liq": price, "marginUsed": cash + position_value}


def hyperliquid_rate(inputs: Inputs) -> Inputs:
    return {"mmr": rules.maintenance_rate(named(inputs, "max_leverage"))}


def mango_health(inputs: Inputs) -> Inputs:
    health = rules.weighted_health(
        named(inputs, "base_lots") * named(inputs, "lot"),
        named(inputs, "quote"),
        named(inputs, "price"),
        asset=named(inputs, "asset_w"),
        liability=named(inputs, "liab_w"),
        settle_asset=named(inputs, "settle_asset_w"),
        settle_liability=named(inputs, "settle_liab_w"),
        profit=named(inputs, "pnl_w"),
    )
    return {"health": health}


def synthetix_capacity(inputs: Inputs) -> Inputs:
    names = ("maker", "taker", "skew_scale", "seconds", "multiplier")
    capacity = rules.liquidation_capacity(*(named(inputs, name) for name in names))
    size = named(inputs, "size")
    return {
        "capacity": capacity,
        "left_first": rules.left_after_windows(size, capacity, 1),
        "left_after_window": rules.left_after_windows(size, capacity, 2),
    }
