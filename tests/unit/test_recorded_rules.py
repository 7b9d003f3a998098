"""The rules against what venues printed and paid; the recordings are not part of the repository."""

import csv
import gzip
import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from delever import rules

FOLDER = Path(os.environ.get("DELEVER_DATA") or Path(__file__).parents[3] / "shared" / "data")

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no recorded data: set DELEVER_DATA"),
]


def path_of(pattern):
    found = sorted(FOLDER.glob(pattern))
    if not found:
        pytest.skip(f"no {pattern} in the recorded data")
    return found


def funding_of(name, column):
    with gzip.open(path_of(f"funding/{name}")[0], "rt") as file:
        return [Decimal(row[column]) for row in csv.DictReader(file)]


def test_every_bracket_follows_from_the_one_before():
    """Floors and rates of every symbol on three dates give the maintenance amounts printed."""
    symbols = steps = 0
    for path in path_of("params_leverage/binance_leverage_tiers_*.json.gz"):
        with gzip.open(path, "rt") as file:
            tables = json.load(file, parse_float=Decimal)
        for symbol, table in tables.items():
            floors = [row["info"]["notionalFloor"] for row in table]
            rates = [str(row["info"]["maintMarginRatio"]) for row in table]
            printed = [Decimal(row["info"]["cum"]) for row in table]
            found = rules.bracket_deductions(floors, rates)
            off = max(abs(one - other) for one, other in zip(found, printed, strict=True))
            assert off <= Decimal("0.005"), (path.name, symbol, found, printed)
            symbols += 1
            steps += len(table) - 1
    assert symbols > 1_500
    assert steps > 10_000


@pytest.mark.parametrize(
    ("name", "column", "rate"),
    [
        ("binance_um_BTCUSDT_funding.csv.gz", "open", "0.004"),
        ("funding_binance_BTCUSDT.csv.gz", "rate", "0.004"),
        ("funding_binance_ETHUSDT.csv.gz", "rate", "0.004"),
    ],
)
def test_realised_rates_stay_within_binances_cap(name, column, rate):
    cap = rules.funding_cap(rate, "0.75")
    rates = funding_of(name, column)
    assert max(rates) <= cap
    assert min(rates) >= -cap
    # A premium of any size cannot carry the rate beyond it.
    assert rules.funding_rate(1, "0.0001", "0.0005", cap=cap) == cap


def test_bitcoins_rate_touched_both_caps():
    rates = funding_of("binance_um_BTCUSDT_funding.csv.gz", "open")
    cap = rules.funding_cap("0.004", "0.75")
    assert (min(rates), max(rates)) == (-cap, cap)
    assert Counter(rates).most_common(1)[0][0] == rules.funding_rate("0.0003", "0.0001", "0.0005")


def test_hyperliquid_pays_an_eighth_of_the_interest_each_hour():
    after_2025_ns = 1_765_544_400_065_000_000
    flat = rules.hyperliquid_funding_rate("0.0002", after_2025_ns)
    for coin in ("BTC", "ETH"):
        rates = funding_of(f"funding_hyperliquid_{coin}USDT.csv.gz", "rate")
        assert Counter(rates).most_common(1)[0][0] == flat
        assert max(map(abs, rates)) <= Decimal("0.04")
