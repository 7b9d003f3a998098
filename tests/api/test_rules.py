"""The calculator: what it takes, what it refuses, and that it agrees with the engine."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delever import DataError, Instrument, rules

BTC = rules.PerpetualTerms(0, -8, 5000000000, -5, 200000, 500000)
decimals = st.decimals(-(10**9), 10**9, places=9, allow_nan=False)
positive = st.decimals("0.001", 10**6, places=6, allow_nan=False)


@given(decimals)
def test_decimals_cross_unchanged(number):
    assert rules.profit(1, 0, number) == number
    assert rules.profit(1, 0, str(number)) == number
    assert rules.median([number]) == number


@given(st.integers(-(2**126), 2**126), st.integers(1, 2**60))
def test_integers_and_fractions_cross_unchanged(amount, below):
    account = rules.Subaccount(amount, {3: amount})
    assert account.quote_balance == amount
    assert account.positions == ({3: amount} if amount else {})
    ticks = rules.fillable_subticks(
        Fraction(7, below), liquidates_long=True, subticks_per_tick=1,
        quantum_conversion_exponent=0,
    )  # fmt: skip
    assert ticks == max(1, -(-7 // below))


def test_numpy_integers_are_numbers():
    assert rules.profit(np.int64(2), np.int32(3), 5) == 4


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.1, "float and already rounded"),
        ("0.1234567890123456789", "more than 18 decimals"),
        (Decimal("NaN"), "not a finite number"),
        ("Infinity", "not a finite number"),
        ("ten", "not a number"),
        ([1], "not a number"),
        (10**40, "128 bits"),
        ("1e21", "128 bits"),
    ],
)
def test_what_is_no_exact_number_is_refused(value, message):
    with pytest.raises(DataError, match=message):
        rules.profit(value, 1, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rules.profit(1, 0, 5, inverse=True), "division by zero"),
        (lambda: rules.tier_rate(2, [(1, 1)]), "exceeds the last tier"),
        (lambda: rules.liquidation_price([(1, 2)], 3), "qty, entry, maintenance_rate"),
        (lambda: rules.bankruptcy_price(1, 100), "margin or leverage"),
        (lambda: rules.bankruptcy_price(1, 100, margin=1, leverage=2), "one of the two"),
        (lambda: rules.risk_aware_shares([1], [1], "cube"), "give one, linear, square or cvar"),
        (lambda: rules.median([]), "no value"),
        (lambda: rules.profit("1e20", 0, 1000), "128 bits"),
        (lambda: rules.premium_ppm([], index_price=0, index_exponent=0, atomic_resolution=0,
                                   quantum_conversion_exponent=0, impact_notional=1,
                                   premium_max_ppm=1), "^ZeroIndexPrice: "),
        (lambda: rules.bankruptcy_quantums(rules.Subaccount(0, {0: 5}), [BTC], 0, 1),
         "^InvalidPositionSizeDelta: "),
        (lambda: rules.subaccount_risk(rules.Subaccount(0, {1: 5}), [BTC]), "no terms"),
    ],
)  # fmt: skip
def test_refusals_say_why(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_a_hedge_has_one_price_and_a_tick_rounds_it_early():
    legs = [("20", "6563.665", "0.005", 50), ("-10", "6563.86", "0.005", 50)]
    exact = rules.liquidation_price(legs, 13200)
    early = rules.liquidation_price(legs, 13200, tick="0.1")
    assert early - Decimal("0.1") < exact <= early
    profit = sum(rules.profit(qty, entry, exact) for qty, entry, _, _ in legs)
    needed = sum(abs(Decimal(leg[0])) for leg in legs) * exact * Decimal("0.005") - 100
    assert abs(13200 + profit - needed) < Decimal("1e-9")


@given(
    st.integers(1, 5000), st.sampled_from([1, -1]), st.integers(1000, 90000), st.integers(2, 60),
    st.booleans(),
)  # fmt: skip
def test_the_closed_form_is_where_the_engine_liquidates(lots, side, entry, leverage, inverse):
    limits = {
        "tick": "0.1", "price_max": 400000, "order_max": 10**4, "position_max": 10**4,
        "maker_fee": 0, "taker_fee": 0, "liquidation_fee": 0, "market_bound": "0.05",
        "leverage_default": 1, "tiers": [(0, "0.004", 0, 100)],
    }  # fmt: skip
    if inverse:
        instrument = Instrument.inverse("X", contract=100, price_min=50, **limits)
        qty, contracts = side * lots * 100, side * lots
    else:
        instrument = Instrument.linear("X", lot="0.001", **limits)
        qty = contracts = side * lots * Decimal("0.001")
    margin = rules.initial_margin(abs(qty), entry, leverage, inverse=inverse)
    margin = margin.quantize(Decimal("1e-8"))
    price = rules.liquidation_price([(qty, entry, "0.004")], margin, inverse=inverse)
    found = rules.evaluate(instrument, qty=contracts, entry=entry, margin=margin, mark=entry)
    if price is None or not 60 < price < 390000:
        return
    worth_of_atoms = 4 * Decimal("1e-8") * (price * price if inverse else 1) / abs(qty)
    assert abs(found.liquidation_price - price) <= Decimal("0.2") + worth_of_atoms
    bankrupt = rules.bankruptcy_price(qty, entry, margin=margin, inverse=inverse)
    if bankrupt is not None and 60 < bankrupt < 390000:
        assert abs(found.bankruptcy_price - bankrupt) <= Decimal("0.2") + worth_of_atoms


@pytest.mark.parametrize(
    ("time_ms", "premium", "rate"),
    [  # BTC, as Hyperliquid's API answered (hyperliquid-python-sdk, recorded answers)
        (1683849600048, "-0.00091334", "-0.00061334"),
        (1685721600038, "-0.00029739", "0.00000261"),
        (1686373200110, "0.00042444", "0.00001555"),
        (1686470400036, "0.00035035", "0.0000125"),
        (1686949200129, "0.00026996", "0.00003375"),
        (1688896800181, "0.00017891", "0.00002236"),
        (1689472800149, "0.00012745", "0.0000125"),
    ],
)
def test_hyperliquids_regimes_by_date(time_ms, premium, rate):
    found = rules.hyperliquid_funding_rate(premium, time_ms * 10**6)
    assert abs(found - Decimal(rate)) < Decimal("1.1e-8")  # printed with eight places


@given(
    st.integers(1, 20000), st.sampled_from([1, -1]), st.integers(1000, 90000), st.integers(2, 60)
)
def test_brackets_are_the_engines_tiers(lots, side, entry, leverage):
    rows = [(0, "0.004"), (50000, "0.005"), (600000, "0.0065"), (3000000, "0.01")]
    deductions = rules.bracket_deductions(*zip(*rows, strict=True))
    tiers = [(*row, deduction, 50) for row, deduction in zip(rows, deductions, strict=True)]
    instrument = Instrument.linear(
        "X", tick="0.1", lot="0.001", price_max=400000, order_max=10**4, position_max=10**4,
        maker_fee=0, taker_fee=0, liquidation_fee=0, market_bound="0.05", leverage_default=1,
        tiers=tiers,
    )  # fmt: skip
    qty = side * lots * Decimal("0.001")
    margin = rules.initial_margin(abs(qty), entry, leverage).quantize(Decimal("1e-8"))
    price = rules.liquidation_price_in_brackets(qty, entry, margin, rows)
    found = rules.evaluate(instrument, qty=qty, entry=entry, margin=margin, mark=entry)
    worth_of_atoms = 4 * Decimal("1e-8") / abs(qty)
    assert abs(found.liquidation_price - price) <= Decimal("0.2") + worth_of_atoms


def test_evaluate_tells_the_state_at_a_mark():
    instrument = Instrument.linear(
        "BTCUSDT", tick="0.1", lot="0.001", price_max=10**6, order_max=100, position_max=100,
        maker_fee=0, taker_fee=0, liquidation_fee=0, market_bound="0.05", leverage_default=10,
        tiers=[(0, "0.004", 0, 125), (50000, "0.005", 50, 100)],
    )  # fmt: skip
    found = rules.evaluate(instrument, qty=-2, entry=30000, margin=1000, mark=30400)
    assert (found.notional, found.maintenance, found.equity) == (60800, 254, 200)
    assert found.is_breached
    assert rules.evaluate(instrument, qty=2, entry=1, margin=1000, mark=1).liquidation_price is None
    with pytest.raises(DataError, match="not a multiple"):
        rules.evaluate(instrument, qty="0.0001", entry=1, margin=1, mark=1)
    with pytest.raises(DataError, match="qty_lots is"):
        rules.evaluate(instrument, qty=1000, entry=1, margin=1, mark=1)
