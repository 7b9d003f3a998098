"""The risk vectors' functions about dYdX, Drift, Vega, deleveraging, funding and indices.

Each takes a case's inputs and returns what its `expected` may ask for; a refusal is its name.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from risk_numbers import decimal_of, named, side_of
from risk_running import check_clamped, check_premium

from delever import DataError, rules

Inputs = dict[str, Any]
REFUSALS = {
    "InvalidPositionSizeDelta": "ErrInvalidPerpetualPositionSizeDelta",
    "InvalidFillAmount": "ErrInvalidQuantumsForInsuranceFundDeltaCalculation",
    "UndercollateralizedUpdate": "ErrFailedToUpdateSubaccounts",
    "ZeroIndexPrice": "ErrZeroIndexPriceForPremiumCalculation",
}
BASE, QUOTE, FUNDING = Decimal(10) ** 9, Decimal(10) ** 6, Decimal(10) ** 9
RATIO, FEE = Decimal(10) ** 4, Decimal(10) ** 6


def refusing(function: Callable[[Inputs], Inputs], venue: str) -> Callable[[Inputs], Inputs]:
    """Return the venue's name of a refusal as the result; Drift's source says only `Err`."""

    def answer(inputs: Inputs) -> Inputs:
        try:
            return function(inputs)
        except DataError as refused:
            if venue.startswith("drift"):
                return {"result": "err"}
            reason = str(refused).partition(":")[0]
            if reason not in REFUSALS:
                raise
            return {"error": REFUSALS[reason]}

    return answer


# ---- dYdX v4 ---------------------------------------------------------------------------------


def _perpetuals(inputs: Inputs) -> list[rules.PerpetualTerms]:
    return [
        rules.PerpetualTerms(
            int(name),
            terms["atomic_resolution"],
            terms["market_price"],
            terms["market_price_exponent"],
            terms["imr_ppm"],
            terms["maintenance_fraction_ppm"],
            terms.get("oi_lower_cap", 0),
            terms.get("oi_upper_cap", 0),
            terms.get("open_interest_notional", 0),
        )
        for name, terms in inputs["perpetuals"].items()
    ]


def _subaccount(values: Inputs) -> rules.Subaccount:
    positions = {int(name): quantums for name, quantums in values["positions"].items()}
    return rules.Subaccount(values["quote_balance"], positions)


def _terms(inputs: Inputs) -> rules.LiquidationTerms:
    config = inputs.get("liquidation_config", {})
    return rules.LiquidationTerms(
        fee_max_ppm=config.get("max_liquidation_fee_ppm", 5_000),
        bankruptcy_adjustment_ppm=config.get("bankruptcy_adjustment_ppm", 1_000_000),
        spread_to_maintenance_ppm=config.get("spread_to_mmr_ratio_ppm", 100_000),
    )


def _closing(inputs: Inputs) -> tuple[rules.Subaccount, list[rules.PerpetualTerms], int, int]:
    where = (_subaccount(inputs), _perpetuals(inputs))
    return (*where, inputs["perpetual_id"], inputs["delta_quantums"])


def bankruptcy_quantums(inputs: Inputs) -> Inputs:
    return {"bankruptcy_price_quote_quantums": rules.bankruptcy_quantums(*_closing(inputs))}


def fillable_price(inputs: Inputs) -> Inputs:
    return {"fillable_price_rat": rules.fillable_price(*_closing(inputs), _terms(inputs))}


def insurance_delta(inputs: Inputs) -> Inputs:
    delta = rules.insurance_delta(
        _subaccount(inputs),
        _perpetuals(inputs),
        inputs["perpetual_id"],
        is_buy=inputs["is_buy"],
        quantums=inputs["fill_amount"],
        subticks=inputs["subticks"],
        quantum_conversion_exponent=inputs["quantum_conversion_exponent"],
        terms=_terms(inputs),
    )
    return {"insurance_fund_delta_quote_quantums": delta}


def deleveraging(inputs: Inputs) -> Inputs:
    pair = (_subaccount(inputs["liquidated"]), _subaccount(inputs["offsetting"]))
    after = rules.deleverage(
        *pair,
        _perpetuals(inputs),
        inputs["perpetual_id"],
        inputs["delta_quantums"],
        at_oracle=inputs.get("price") == "oracle",
    )
    told = [{"quote_balance": one.quote_balance, "positions": one.positions} for one in after]
    return {"ok": True, "liquidated": told[0], "offsetting": told[1]}


def subticks(inputs: Inputs) -> Inputs:
    found = rules.fillable_subticks(
        Fraction(inputs["fillable_price"]),
        liquidates_long=inputs["is_liquidating_long"],
        subticks_per_tick=inputs["subticks_per_tick"],
        quantum_conversion_exponent=inputs["quantum_conversion_exponent"],
    )
    return {"subticks": found}


def _initial_ppm(inputs: Inputs) -> int:
    names = ("imr_ppm", "oi_lower_cap", "oi_upper_cap", "open_interest_notional")
    return rules.scaled_initial_ppm(*(inputs.get(name, 0) for name in names))


def adjusted_initial_ppm(inputs: Inputs) -> Inputs:
    return {"adjusted_imr_ppm": _initial_ppm(inputs)}


def initial_margin_quantums(inputs: Inputs) -> Inputs:
    margin = rules.initial_margin_quantums(inputs["notional"], _initial_ppm(inputs))
    return {"initial_margin_quote_quantums": margin}


def funding_clamp(inputs: Inputs) -> Inputs:
    names = ("clamp_factor_ppm", "imr_ppm", "maintenance_fraction_ppm")
    return {"max_abs_funding_ppm": rules.funding_clamp_ppm(*(inputs[name] for name in names))}


def funding_index(inputs: Inputs) -> Inputs:
    delta = rules.funding_index_delta(
        atomic_resolution=inputs["atomic_resolution"],
        price=inputs["market_price"],
        exponent=inputs["market_price_exponent"],
        rate_8h_ppm=inputs["funding_rate_8h_ppm"],
        seconds=inputs["seconds"],
    )
    return {"funding_index_delta": delta}


def premium(inputs: Inputs) -> Inputs:
    orders = [(one["side"] == "BUY", one["quantums"], one["subticks"]) for one in inputs["orders"]]
    found = rules.premium_ppm(
        orders,
        index_price=inputs["index_price"],
        index_exponent=inputs["index_exponent"],
        atomic_resolution=inputs["base_atomic_resolution"],
        quote_resolution=inputs["quote_atomic_resolution"],
        quantum_conversion_exponent=inputs["quantum_conversion_exponent"],
        impact_notional=inputs["impact_notional_quote_quantums"],
        premium_max_ppm=inputs["max_abs_premium_ppm"],
    )
    check_premium(found, inputs)
    return {"premium_ppm": found}


# ---- Drift v2 --------------------------------------------------------------------------------


def _shortage_terms(inputs: Inputs) -> rules.ShortageTerms:
    return rules.ShortageTerms(
        margin_ratio=inputs["margin_ratio"],
        liquidator_fee=inputs.get("liquidator_fee", inputs.get("liquidation_fee", 0)),
        insurance_fee=inputs.get("if_liquidation_fee", inputs.get("max_if_liquidation_fee", 0)),
        oracle_price=inputs["oracle_price"],
        quote_oracle_price=inputs.get("quote_oracle_price", 1_000_000),
    )


def base_to_cover(inputs: Inputs) -> Inputs:
    return {
        "result": rules.base_to_cover_shortage(inputs["margin_shortage"], _shortage_terms(inputs))
    }


def insurance_fee(inputs: Inputs) -> Inputs:
    shortage, base = inputs["margin_shortage"], inputs["user_base_asset_amount"]
    return {"result": rules.insurance_fee_rate(shortage, base, _shortage_terms(inputs))}


def liquidator_fee(inputs: Inputs) -> Inputs:
    fees = (inputs["base_liquidation_fee"], inputs["max_liquidation_fee"])
    slots = (inputs["last_active_user_slot"], inputs["current_slot"])
    return {"result": rules.liquidator_fee_rate(*fees, *slots)}


def _exchange(inputs: Inputs) -> list[rules.ExchangeSide]:
    """Asset and liability; what a rule does not look at may be missing."""
    return [
        rules.ExchangeSide(
            inputs.get(f"{side}_price", 1_000_000),
            inputs.get(f"{side}_decimals", 6),
            multiplier=inputs[f"{side}_liquidation_multiplier"],
            weight=inputs.get(f"{side}_weight", 10_000),
        )
        for side in ("asset", "liability")
    ]


def asset_for_debt(inputs: Inputs) -> Inputs:
    amounts = {"held": inputs["asset_amount"], "debt": inputs["liability_amount"]}
    return {"result": rules.asset_for_debt(*_exchange(inputs), **amounts)}


def debt_for_asset(inputs: Inputs) -> Inputs:
    return {"result": rules.debt_for_asset(*_exchange(inputs), inputs["asset_amount"])}


def debt_to_cover(inputs: Inputs) -> Inputs:
    fee = inputs.get("if_liquidation_fee", 0)
    shortage = inputs["margin_shortage"]
    amount = rules.debt_to_cover_shortage(*_exchange(inputs), shortage, insurance_fee=fee)
    return {"result": 2**128 - 1 if amount is None else amount}  # the source's word for all of it


def debt_insurance_fee(inputs: Inputs) -> Inputs:
    terms = {"debt": inputs["token_amount"], "fee_max": inputs["max_if_fee"]}
    fee = rules.debt_insurance_fee(*_exchange(inputs), inputs["margin_shortage"], **terms)
    return {"result": fee}


def _perp(inputs: Inputs) -> tuple[tuple[int, int], rules.ShortageTerms]:
    base = side_of(inputs) * named(inputs, "base") * BASE
    ratio = named(inputs, "mm_ratio", default=0) + named(inputs, "buffer_ratio", default=0)
    terms = rules.ShortageTerms(
        margin_ratio=int(ratio * RATIO),
        liquidator_fee=int(named(inputs, "liquidator_fee", default=0) * FEE),
        insurance_fee=int(named(inputs, "if_fee", default=0) * FEE),
        oracle_price=int(named(inputs, "oracle") * QUOTE),
    )
    return (int(base), int(named(inputs, "quote_asset_amount") * QUOTE)), terms


def perp_transfer(inputs: Inputs) -> Inputs:
    user, terms = _perp(inputs)
    left, taken, _ = rules.transfer_perp(user, abs(user[0]), terms)
    return {"user_quote": left[1] / QUOTE, "liquidator_quote": taken[1] / QUOTE}


def perp_partial(inputs: Inputs) -> Inputs:
    user, terms = _perp(inputs)
    deposit = int(named(inputs, "deposit", default=0) * QUOTE)
    left, taken, paid = rules.liquidate_shortage(user, deposit, terms)
    return {
        "base_left": left[0] / BASE,
        "quote_left": left[1] / QUOTE,
        "liquidator_base": taken[0] / BASE,
        "liquidator_quote": taken[1] / QUOTE,
        "if_fee_paid": paid / QUOTE,
    }


def funding_of_bankruptcy(inputs: Inputs) -> Inputs:
    delta = rules.bankruptcy_funding_delta(inputs["loss"], inputs["long"], inputs["short"])
    return {"result": "err" if delta is None else delta}


def socialised_bankruptcy(inputs: Inputs) -> Inputs:
    loss = max(Decimal(0), abs(named(inputs, "loss")) - named(inputs, "fee_pool", default=0))
    open_interest = [int(named(inputs, name) * BASE) for name in ("oi_long", "oi_short")]
    delta = rules.bankruptcy_funding_delta(int(loss * QUOTE), *open_interest)
    if delta is None:
        return {"error": "err", "result": "err"}
    after = {"funding_delta": delta / FUNDING}
    for side in ("long", "short"):
        if f"{side}_base" in inputs:
            base = int(named(inputs, f"{side}_base") * BASE)
            paid = rules.bankruptcy_funding_payment(base, delta) / QUOTE
            after[f"{side}_quote_after"] = named(inputs, f"{side}_quote") - paid
    return after


# ---- losses and deleveraging -----------------------------------------------------------------


def vega(inputs: Inputs) -> Inputs:
    move = inputs["mark_move"]
    wins = {name: size * move for name, size in inputs["winners"]}
    owed = [(size * move, balance) for _, size, balance in inputs["losers"]]
    collected = sum(loss if balance is None else min(loss, balance) for loss, balance in owed)
    last = list(wins).index(inputs["last"])
    paid = rules.socialise(list(wins.values()), collected, last)
    return {f"{name}_loss": win - got for (name, win), got in zip(wins.items(), paid, strict=True)}


def _queue(inputs: Inputs) -> list[tuple[int | str, Decimal, Decimal]]:
    return [(row[0], decimal_of(row[1]), decimal_of(row[2])) for row in inputs["accounts"]]


def queue(inputs: Inputs) -> Inputs:
    fills = rules.deleverage_queue(_queue(inputs), named(inputs, "liquidated_size"))
    left = {account: rest for account, _, rest in fills if rest > 0}
    return {"fills": [[account, given] for account, given, _ in fills], "left": left}


def percentile(inputs: Inputs) -> Inputs:
    return {"percentile": rules.queue_percentiles(_queue(inputs))}


def prorata(inputs: Inputs) -> Inputs:
    deficit, equity = named(inputs, "deficit"), named(inputs, "winner_equity")
    return {"h": rules.pro_rata_haircut(deficit, equity)}


def rap_shares(inputs: Inputs) -> Inputs:
    numbers = [[decimal_of(one) for one in inputs[name]] for name in ("pro_rata", "leverage")]
    threshold = named(inputs, "threshold", default=0)
    return {"shares": rules.risk_aware_shares(*numbers, inputs["g"], threshold)}


def leverage_pnl(inputs: Inputs) -> Inputs:
    unrealised, wallet = named(inputs, "upnl"), named(inputs, "wallet")
    if "margin_ratio" in inputs:
        ratio = named(inputs, "margin_ratio")
    else:
        ratio = rules.margin_ratio(named(inputs, "mm", "maintenance"), wallet, unrealised)
    share, score = rules.leverage_profit(unrealised, wallet, ratio)
    return {"pnl_percent": share, "leverage_pnl": score, "margin_ratio": ratio}


def percent(inputs: Inputs) -> Inputs:
    return {"pct": rules.deleveraged_percent(named(inputs, "num"), named(inputs, "den"))}


# ---- funding and index -----------------------------------------------------------------------


def clamped_funding(inputs: Inputs) -> Inputs:
    numbers = (
        named(inputs, "premium"),
        named(inputs, "interest", "interest_8h"),
        named(inputs, "clamp"),
    )
    divisor = named(inputs, "divisor", default=1)
    cap = named(inputs, "cap") if inputs.get("cap") else None
    rate = rules.funding_rate(*numbers, divisor=divisor, cap=cap)
    check_clamped(rate, *numbers, divisor, cap)
    return {"rate": rate}


def funding_interest(inputs: Inputs) -> Inputs:
    return {
        "rate": rules.interest_rate(*(named(inputs, one) for one in ("quote", "base", "intervals")))
    }


def funding_payment(inputs: Inputs) -> Inputs:
    return {"payment": rules.funding_payment(named(inputs, "value"), named(inputs, "rate"))}


def funding_cap(inputs: Inputs) -> Inputs:
    return {"cap": rules.funding_cap(named(inputs, "mmr_tier1"), named(inputs, "factor"))}


def impact_notional(inputs: Inputs) -> Inputs:
    return {"imn": rules.impact_notional(named(inputs, "margin"), named(inputs, "imr"))}


def documented_funding(inputs: Inputs) -> Inputs:
    sides = [inputs.get("impact_bid"), inputs.get("impact_ask")]
    sides = [None if side is None else decimal_of(side) for side in sides]
    found = rules.impact_premium(named(inputs, "oracle", "index"), *sides)
    interest = named(inputs, "interest_8h", "interest")
    rate = rules.funding_rate(found, interest, named(inputs, "clamp"))
    return {"premium": found, "rate_8h": rate, "rate": rate}


def index_clamp(inputs: Inputs) -> Inputs:
    names = ("price", "median", "band")
    return {"price": rules.capped_to_median(*(named(inputs, name) for name in names))}


def median(inputs: Inputs) -> Inputs:
    return {"median": rules.median([decimal_of(one) for one in inputs["xs"]])}
