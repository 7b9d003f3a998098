"""Rulebooks as dated data: every span loads, every value has a source, errors name the place."""

import datetime as dt
import json
from decimal import Decimal

import pytest

import delever as dl
from delever.cli import main
from delever.reference.price_words import MarkMethod
from delever.reference.rulebook_file import read_file, shipped_names
from delever.reference.rulebook_schema import BUILT, LISTED, SECTIONS

NAMES = ["binance-cm", "binance-um", "bitmex", "bybit-inverse", "bybit-linear", "deribit"]
NAMES += ["dydx-v4", "hyperliquid", "okx-swap"]
AS_BUILT = {key: words[0] for key, words in BUILT.items()}


def spans():
    return [(name, one) for name in shipped_names() for one in read_file(name).sections]


def loads(name, day):
    try:
        return dl.rulebook(name, at=day)
    except dl.ConfigError as error:
        return None if "the nearest known day is" in str(error) else pytest.fail(str(error))


def test_nine_venues_ship():
    assert shipped_names() == NAMES
    with pytest.raises(dl.ConfigError, match="unknown rulebook 'nasdaq'; known: binance-cm, "):
        dl.rulebook("nasdaq")


@pytest.mark.parametrize(("name", "one"), spans(), ids=lambda x: getattr(x, "span", x))
def test_every_value_has_a_source(name, one):
    assert set(one.values) == set(one.sources), name


@pytest.mark.parametrize("name", NAMES)
def test_every_span_loads_on_its_first_and_last_day(name):
    file, reached = read_file(name), set()
    days = {end for one in file.sections for end in (one.since, one.until) if end != dt.date.max}
    for day in sorted(days):
        if (rules := loads(name, day)) is None:
            continue
        assert rules.at == day
        reached |= {id(one) for one in file.sections if one.since <= day <= one.until}
        for kind in SECTIONS:
            if held := [one for one in file.of(kind) if one.since <= day <= one.until]:
                assert {f"{kind}.{key}" for key in held[0].values} <= rules.terms.keys()
        for symbol in file.symbols:
            if symbol in rules.unknown:
                with pytest.raises(dl.ConfigError, match="the nearest known day is"):
                    rules.instrument(symbol)
    ladders = [one for one in file.sections if one.kind == "tiers"]
    assert all(id(one) in reached for one in ladders)


@pytest.mark.parametrize("name", NAMES)
def test_every_contract_that_is_built_can_be_listed(name):
    for day in sorted({one.since for one in read_file(name).sections if one.kind == "tiers"}):
        rules = dl.rulebook(name, at=day, using=AS_BUILT)
        for symbol, one in rules.instruments.items():
            if one.tiers:
                venue = dl.Venue([one], rulebook=rules)
                assert venue.instruments[0].symbol == symbol
                assert rules.instrument(symbol) is one


@pytest.mark.parametrize(
    ("day", "samples", "seconds"),
    [
        ("2021-05-19", 30, 60),
        ("2024-04-02", 30, 60),
        ("2024-04-03", 30, 5),
        ("2025-05-04", 30, 5),
        ("2025-05-05", 60, 1),
        ("2025-09-17", 60, 1),
        ("2025-09-18", 30, 1),
        ("2026-02-05", 30, 1),
    ],
)
def test_binances_mark_windows(day, samples, seconds):
    rules = dl.rulebook("binance-um", at=day)
    assert (rules.basis_samples, rules.sample_interval_ns) == (samples, seconds * 10**9)
    over = rules.terms["funding.formula"].endswith("over_interval")
    assert over == (day >= "2025-09-18")


@pytest.mark.parametrize(
    ("day", "first", "second"),
    [
        ("2021-05-19", 125, "50000"),
        ("2023-03-13", 125, "50000"),
        ("2025-06-19", 125, "300000"),
        ("2025-10-10", 150, "300000"),
    ],
)
def test_binances_brackets_changed(day, first, second):
    tiers = dl.rulebook("binance-um", at=day).instrument("BTCUSDT").tiers
    assert (tiers[0].leverage_max, tiers[1].floor) == (first, Decimal(second))


def test_a_gap_names_the_nearest_known_day():
    with pytest.raises(
        dl.ConfigError, match=r"for 2022-11-08; the nearest known day is 2022-11-25"
    ):
        dl.rulebook("binance-um", at="2022-11-08")
    with pytest.raises(dl.ConfigError, match=r"\[margin\].*2019-06-01; .* day is 2020-03-01"):
        dl.rulebook("bitmex", at="2019-06-01")


def test_the_history_of_other_venues():
    deribit = [dl.rulebook("deribit", at=day) for day in ("2020-03-12", "2022-01-11")]
    perpetuals = [one.instrument("BTC-PERPETUAL") for one in deribit]
    assert [one.liquidation_fee for one in perpetuals] == [Decimal("0.005"), Decimal("0.0075")]
    assert [one.tiers[0].maintenance for one in perpetuals] == [Decimal("0.00525"), Decimal("0.01")]
    bitmex = [
        dl.rulebook("bitmex", at=day).instrument("XBTUSD") for day in ("2020-03-12", "2022-06-01")
    ]
    assert [one.tiers[2].floor for one in bitmex] == [300, 350]
    assert [len(one.tiers) for one in bitmex] == [199, 199]
    assert bitmex[1].tiers[3].maintenance == Decimal("0.02")  # 0.5 % + 3 steps of 0.5 %
    regimes = ["2023-06-07", "2023-06-10", "2023-07-01", "2023-07-15"]
    found = [dl.rulebook("hyperliquid", at=day).terms for day in regimes]
    hours = [one["funding.interval_ns"] // (3_600 * 10**9) for one in found]
    assert hours == [8, 1, 1, 1]
    assert [one.get("funding.clamp") for one in found] == [
        Decimal("0.0003"),
        Decimal("0.0003"),
        None,
        Decimal("0.0005"),
    ]


def test_a_user_may_choose_another_word_and_unknown_ones_are_refused():
    rules = dl.rulebook("hyperliquid", at="2026-10-01")
    assert dl.Venue([rules.instrument("BTC")], rulebook=rules).instruments[0].symbol == "BTC"
    chosen = dl.rulebook("hyperliquid", at="2026-10-01", using={"mark.formula": "oracle"})
    assert chosen.mark_method == MarkMethod.ORACLE != rules.mark_method
    assert chosen.sources["mark.formula"] == "chosen by the user"
    with pytest.raises(dl.ConfigError, match=r"using 'margin\.colour': unknown"):
        dl.rulebook("bybit-linear", using={"margin.colour": "red"})
    with pytest.raises(
        dl.ConfigError, match=r"using fund\.trigger: 'never' is not one of depleted"
    ):
        dl.rulebook("bybit-linear", using={"fund.trigger": "never"})
    with pytest.raises(dl.ConfigError, match=r"ADA-USDT-SWAP\.tiers\.rule is 'step_of_contracts'"):
        dl.rulebook("okx-swap", at="2023-06-01").instrument("ADA-USDT-SWAP")


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "binance-um": "WHOLE BANKRUPTCY TAKEOVER FILLED BANKRUPTCY DEPLETED LEVERAGE_PROFIT",
        "binance-cm": "WHOLE BANKRUPTCY TAKEOVER FILLED BANKRUPTCY DEPLETED LEVERAGE_PROFIT",
        "bybit-linear": "NEXT_TIER BANKRUPTCY TAKEOVER ALL_LEFT BANKRUPTCY DRAWDOWN "
        "EFFECTIVE_LEVERAGE",
        "bybit-inverse": "NEXT_TIER BANKRUPTCY TAKEOVER ALL_LEFT BANKRUPTCY DRAWDOWN "
        "EFFECTIVE_LEVERAGE",
        "bitmex": "NEXT_TIER BANKRUPTCY TAKEOVER ALL_LEFT BANKRUPTCY DEPLETED EFFECTIVE_LEVERAGE",
        "okx-swap": "TWO_TIERS BANKRUPTCY TAKEOVER ALL_LEFT MARK FALL EFFECTIVE_LEVERAGE",
        "deribit": "CLIP MARKET WAIT FILLED WINNERS DEPLETED LEVERAGE_PROFIT",
        "hyperliquid": "FRACTION MARKET VAULT FILLED PREVIOUS_MARK SOLVENT PRICE_RATIO",
        "dydx-v4": "WHOLE FILLABLE VAULT FILLED BANKRUPTCY DEPLETED SEEDED_START",
    }.items(),
)
def test_how_each_venue_liquidates(name, words):
    rules = dl.rulebook(name)
    parts = (rules.reduce, rules.close_price, rules.remainder, rules.liquidation_fee_of)
    parts += (rules.last_resort, rules.fund_trigger, rules.ranking)
    assert " ".join(one.name for one in parts) == words


def test_the_numbers_of_procedures():
    hyperliquid, deribit, okx = map(dl.rulebook, ("hyperliquid", "deribit", "okx-swap"))
    assert (hyperliquid.fraction_ppm, hyperliquid.vault_ppm) == (200_000, 666_667)
    assert hyperliquid.fraction_above_atoms == 100_000 * 10**8
    assert hyperliquid.step_interval_ns == 30 * 10**9
    assert (deribit.clip_lots, deribit.step_interval_ns) == (200, 10**9)
    assert dl.rulebook("deribit", at="2020-06-01").step_interval_ns == 10**9 // 20
    assert (okx.step_tiers_from, okx.step_interval_ns) == (2, 60 * 10**9)
    assert okx.fund_fall_ppm == 300_000
    dydx = dl.rulebook("dydx-v4")
    assert (dydx.spread_to_maintenance_ppm, dydx.vault_ppm) == (1_500_000, 0)


OWN = """
title = "Mine"
[[mark]]
from = 2026-01-01
formula = "median_of_three"
basis_samples = 10
[[instrument]]
symbol = "ABC"
from = 2026-01-01
tick = "0.01"
lot = "1"
price_max = "1000"
order_max = "1000"
position_max = "100000"
maker_fee = "0"
taker_fee = "0.0005"
liquidation_fee = "0.01"
market_bound = "0.05"
leverage_default = 5
[[tiers]]
symbol = "ABC"
from = 2026-01-01
rule = "marginal"
rows = [["0", "0.01", "0", 50], ["1000", "0.02", "10", 20], ["5000", "0.05", "160", 10]]
"""


def own(tmp_path, text):
    path = tmp_path / "my.toml"
    path.write_text(text)
    return str(path)


def test_a_rulebook_of_ones_own(tmp_path):
    rules = dl.rulebook(own(tmp_path, OWN), at="2026-03-01")
    assert (rules.name, rules.basis_samples) == ("my.toml", 10)
    venue = dl.Venue([rules.instrument("ABC")], rulebook=rules)
    assert venue.instruments[0].tiers[2].deduction == 160
    with pytest.raises(dl.ConfigError, match="no such file"):
        dl.rulebook(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            '"160", 10]',
            '"161", 10]',
            r"my.toml: tiers\[0\].rows\[2\].deduction: 161 makes .* 160 does",
        ),
        ('["1000", "0.02"', '["0", "0.02"', r"tiers\[0\].rows\[1\].floor: 0 is not above 0"),
        (
            '["1000", "0.02"',
            '["1000", 0.02',
            r"rows\[1\].maintenance: 0.02 is not a number as text",
        ),
        ('"10", 20]', '"10"]', r"rows\[1\]: 3 values; give floor, maintenance, deduction, lever"),
        (
            'tick = "0.01"',
            'tick = "0"',
            r"my.toml: instrument\[0\].tick: '0' is not a number as te",
        ),
        (
            'tick = "0.01"',
            'tikc = "0.01"',
            r"instrument\[0\].tikc: unknown; the keys are contract,",
        ),
        ("from = 2026-01-01\nformula", "from = 'x'\nformula", r"mark\[0\].from: 'x' is not a day"),
        ("median_of_three", "last", r"mark\[0\].formula: 'last' is not one of median_of_three, "),
        ("[[mark]]", "[[marks]]", "my.toml: marks: unknown; the sections are margin, mark,"),
        ("[[mark]]", "[mark]", r"my.toml: mark: not an array of tables; write \[\[mark\]\]"),
        ("[[mark]]", '[[mark]]\nfrom = 2026-05-05\nband = "0.1"\n[[mark]]', "mark: .* overlap"),
        ("basis_samples = 10", "basis_samples = 10\nsource.band = 'x'", r"source.band: the source"),
        ("[[mark]]", "[[mark", "my.toml: cannot be read as TOML"),
    ],
)
def test_a_wrong_file_names_the_key(tmp_path, old, new, complaint):
    assert old in OWN
    with pytest.raises(dl.ConfigError, match=complaint):
        dl.rulebook(own(tmp_path, OWN.replace(old, new)))


ROWS = [(0, 0.01, 0, 20), (5000, 0.02, 50, 10)]
UNIFIED = {
    "DOGE/USDT:USDT": [
        {
            "tier": 1,
            "info": dict(
                zip(
                    ("notionalFloor", "maintMarginRatio", "cum", "initialLeverage"),
                    map(str, row),
                    strict=True,
                )
            ),
        }
        for row in ROWS
    ]
}
OWN_ANSWER = [
    {
        "symbol": "BTCUSDT",
        "brackets": [
            dict(
                zip(
                    ("notionalFloor", "maintMarginRatio", "cum", "initialLeverage"),
                    row,
                    strict=True,
                )
            )
            for row in ROWS
        ],
    }
]


def test_brackets_of_the_users(tmp_path):
    file = tmp_path / "brackets.json"
    file.write_text(json.dumps(OWN_ANSWER))
    rules = dl.rulebook("binance-um", at="2022-11-08", brackets=file)  # a day without tiers
    assert [tier.deduction for tier in rules.instrument("BTCUSDT").tiers] == [0, 50]
    assert rules.sources["BTCUSDT.tiers"] == "brackets of the user's brackets.json"
    dl.Venue([rules.instrument("BTCUSDT")], rulebook=rules)
    file.write_text(json.dumps(UNIFIED))
    rules = dl.rulebook("binance-um", at="2026-02-05", brackets=file)
    assert rules.instrument("BTCUSDT").tiers[0].leverage_max == 150
    with pytest.raises(dl.ConfigError, match="of DOGEUSDT only the brackets are known"):
        rules.instrument("DOGEUSDT")
    doge = {
        "tick": "0.00001",
        "lot": "1",
        "price_max": "10",
        "order_max": "1000000",
        "position_max": "1000000000",
        "maker_fee": 0,
        "taker_fee": 0,
        "liquidation_fee": 0,
        "market_bound": "0.05",
        "leverage_default": 5,
    }
    venue = dl.Venue([dl.Instrument.linear("DOGEUSDT", **doge)], rulebook=rules)
    assert venue.instruments[0].tiers[1].deduction == 50


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[1]", "brackets.json: not a list of brackets"),
        ("{", "brackets.json: cannot be read as JSON"),
        ('[{"symbol": "A", "brackets": [{"notionalFloor": 0}]}]', r"\[0\].brackets\[0\].maintMarg"),
        (json.dumps(UNIFIED).replace('"50"', '"51"'), "DOGE/USDT:USDT.1..deduction: 51 makes"),
    ],
)
def test_wrong_brackets(tmp_path, content, complaint):
    file = tmp_path / "brackets.json"
    file.write_text(content)
    with pytest.raises(dl.ConfigError, match=complaint):
        dl.rulebook("binance-um", brackets=file)


def test_the_command(capsys):
    assert main(["rulebook", "list"]) == 0
    assert "BTCUSDT              2021-03-18 to 2026-08-17, 12 spans" in capsys.readouterr().out
    assert main(["rulebook", "show", "bybit-linear", "--at", "2025-09-10"]) == 0
    shown = capsys.readouterr().out
    assert "procedure = fok_to_next_tier\n" in shown
    assert "Bybit help centre, liquidation process" in shown
    assert max(map(len, shown.split("\n"))) <= 100
    assert main(["rulebook", "diff", "binance-um@2025-05-04", "binance-um@2025-10-10"]) == 0
    told = capsys.readouterr().out.split("\n")
    assert any(
        line.split() == ["mark.sample_interval_ns", "5,000,000,000", "1,000,000,000"]
        for line in told
    )
    assert main(["rulebook", "diff", "bitmex", "deribit"]) == 0
    assert "XBTUSD" in capsys.readouterr().out
    assert main(["rulebook", "show", "binance-um", "--at", "2010-01-01"]) == 2
    assert "the nearest known day is 2020-03-01" in capsys.readouterr().err


def test_the_schema_names_what_the_engine_reads():
    assert {"contract", "tick", "lot"} <= LISTED.keys()
    for key, built in BUILT.items():
        section, _, name = key.partition(".")
        assert all(SECTIONS[section][name].read(word) == word for word in built)
