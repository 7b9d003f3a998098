"""Index, mark and funding rate as a venue makes them itself, worked by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from reference_desk import Desk, of_kind, rejection, words

import delever as dl
from delever.reference import CommandKind, EventKind, RejectReason, Rulebook, Side, Word
from delever.reference.price_words import (
    FundingCap,
    FundingFormula,
    IndexOutlier,
    IndexRule,
    MarkMethod,
    PaidOn,
    PremiumAverage,
    PremiumOf,
    SourceBoard,
)

SECOND = 10**9
HOUR = 3_600 * SECOND


def desk_with(**rules: Any) -> Desk:
    return Desk(rulebook=Rulebook(**rules))


def hear(desk: Desk, source: int, price_ticks: int, weight: int = 1, board: int = 0) -> None:
    fields = {"account": source, "side": board, "price_ticks": price_ticks, "qty_lots": weight}
    desk.do(CommandKind.UPDATE_SOURCE, **fields)


def index(desk: Desk, price_ticks: int) -> int:
    """Give an index, and return the mark that follows."""
    desk.do(CommandKind.UPDATE_INDEX, price_ticks=price_ticks)
    return desk.venue.instrument(0).mark_ticks


def quote(desk: Desk, bid_ticks: int, ask_ticks: int, qty_lots: int = 10) -> None:
    maker = desk.open()
    desk.place(maker, Side.BUY, qty_lots, bid_ticks)
    desk.place(maker, Side.SELL, qty_lots, ask_ticks)


@pytest.mark.parametrize(
    ("rules", "made"),
    [
        ({}, (200 + 2 * 210 + 260) // 4),
        ({"index_rule": IndexRule.EQUAL_WEIGHTS}, (200 + 210 + 260) // 3),
        ({"index_rule": IndexRule.WEIGHTED_MEDIAN}, 210),
        ({"index_rule": IndexRule.MEAN_OF_MIDDLE}, 210),
        # The median is 210: 5 % around it is 200 (199.5 up) to 220.
        ({"index_outlier": IndexOutlier.CAP}, (200 + 2 * 210 + 220) // 4),
        ({"index_outlier": IndexOutlier.DROP}, (200 + 2 * 210) // 3),
    ],
)
def test_the_index_of_three_sources(rules: dict[str, Any], made: int) -> None:
    desk = desk_with(index_outlier_ppm=50_000, **rules)
    for source, price, weight in ((0, 200, 1), (1, 210, 2), (2, 260, 1)):
        hear(desk, source, price, weight)
    assert desk.venue.instrument(0).index_ticks == made


def test_a_silent_source_goes_stale_and_comes_back() -> None:
    desk = desk_with(index_stale_ns=10 * SECOND)
    hear(desk, 0, 200)
    desk.time_ns = 11 * SECOND
    hear(desk, 1, 300)
    assert desk.venue.instrument(0).index_ticks == 300
    hear(desk, 0, 200)
    assert desk.venue.instrument(0).index_ticks == 250


def test_sources_join_the_point_that_is_held_open() -> None:
    desk = Desk()
    fields = {"price_ticks": 100, "qty_lots": 1, "flags": 4}
    heard = desk.do(CommandKind.UPDATE_SOURCE, account=3, **fields)
    assert [words(one, Word.KIND, Word.AMOUNT_ATOMS) for one in heard] == [
        (EventKind.SOURCE_UPDATED, 3)
    ]
    closed = desk.do(CommandKind.SAMPLE_MARK, instrument=0xFFFF)  # without an index yet
    assert of_kind(closed, EventKind.COMMAND_REJECTED)
    desk.time_ns = 1
    assert of_kind(desk.do(CommandKind.ADVANCE_TIME), EventKind.MARK_UPDATED)


def test_what_is_refused() -> None:
    desk = Desk()
    sound = {"account": 0, "side": 0, "price_ticks": 5, "qty_lots": 1}
    for fault, reason in [
        ({"account": 16}, RejectReason.UNKNOWN_SOURCE),
        ({"side": 2}, RejectReason.UNKNOWN_SOURCE),
        ({"qty_lots": -1}, RejectReason.INVALID_QTY),
        ({"price_ticks": 0}, RejectReason.INVALID_PRICE),
    ]:
        assert rejection(desk.do(CommandKind.UPDATE_SOURCE, **{**sound, **fault})) == reason
    assert rejection(desk.do(CommandKind.SAMPLE_MARK)) == RejectReason.NO_INDEX
    assert rejection(desk.do(CommandKind.SETTLE_OWN_FUNDING)) == RejectReason.NO_MARK


def test_okx_adds_the_average_basis() -> None:
    desk = desk_with(mark_method=MarkMethod.INDEX_PLUS_BASIS)
    quote(desk, 107, 110)
    assert index(desk, 100) == 108  # 8.5
    desk.time_ns = SECOND
    assert index(desk, 102) == 109  # (8.5 + 6.5) / 2 = 7.5


def test_bitmex_carries_the_rate_that_is_due_next() -> None:
    desk = desk_with(
        mark_method=MarkMethod.INDEX_WITH_FUNDING,
        premium_of=PremiumOf.IMPACT_OVER_MARK,
        premium_average=PremiumAverage.PREVIOUS,
        premium_sample_ns=SECOND,
        funding_clamp_e8=0,
    )
    quote(desk, 550, 560)
    assert index(desk, 500) == 500
    instrument = desk.venue.instrument(0)
    assert instrument.premium.average_e12(PremiumAverage.EQUAL) == 10**11  # 10 %
    first = desk.do(CommandKind.SETTLE_OWN_FUNDING)
    assert words(of_kind(first, EventKind.FUNDING_SETTLED)[0], Word.AMOUNT_ATOMS) == (0,)
    desk.time_ns = 4 * HOUR
    assert index(desk, 500) == 525  # half of the 10 % that are due
    # The bid is 25 above the mark, 5 % of the index, and 5 % are still due.
    assert instrument.premium.average_e12(PremiumAverage.EQUAL) == 10**11


def test_hyperliquid_takes_the_middle_of_oracle_book_and_venues() -> None:
    desk = desk_with(mark_method=MarkMethod.ORACLE_BOOK_VENUES)
    quote(desk, 520, 524)
    assert index(desk, 500) == 522
    for source, price, weight in ((0, 510, 3), (1, 516, 2), (2, 540, 2)):
        hear(desk, source, price, weight, SourceBoard.VENUE)
    assert desk.venue.instrument(0).mark_ticks == 522
    desk.time_ns = SECOND // 2  # before the next sample: 490 + 22, 522, 516
    assert index(desk, 490) == 516


def test_deribit_pays_what_lies_beyond_its_band() -> None:
    desk = desk_with(
        mark_method=MarkMethod.EMA_IN_BAND,
        mark_band_ppm=20_000,
        premium_of=PremiumOf.MARK,
        premium_average=PremiumAverage.EQUAL,
        premium_sample_ns=1,
        funding_formula=FundingFormula.DAMPED_PREMIUM,
        funding_damper_e8=25_000,
        funding_interval_ns=4 * HOUR,
    )
    quote(desk, 529, 531)
    assert index(desk, 500) == 510  # 530 is beyond the band
    settled = desk.do(CommandKind.SETTLE_OWN_FUNDING)
    # 2 % less 0.025 %, for half of the eight hours that rates are of
    assert words(of_kind(settled, EventKind.FUNDING_SETTLED)[0], Word.AMOUNT_ATOMS) == (987_500,)


def test_a_capped_rate_on_the_index_brings_the_next_settlement_nearer() -> None:
    desk = desk_with(
        premium_of=PremiumOf.TOUCH_MID,
        premium_sample_ns=1,
        funding_formula=FundingFormula.PREMIUM_ALONE,
        funding_cap_ppm=10_000,
        funding_cap_of=FundingCap.SHARE,
        funding_paid_on=PaidOn.INDEX,
        funding_interval_at_cap_ns=HOUR,
    )
    long, short = desk.open(), desk.open()
    desk.trade(long, short, 10, 100)
    quote(desk, 110, 112)
    index(desk, 100)
    desk.set_mark(104)
    settled = desk.do(CommandKind.SETTLE_OWN_FUNDING)
    paid = [words(one, Word.PRICE_TICKS, Word.AMOUNT_ATOMS) for one in settled[:2]]
    assert paid == [(100, -10), (100, 10)]
    changed = of_kind(settled, EventKind.FUNDING_INTERVAL_CHANGED)[0]
    assert words(changed, Word.AMOUNT_ATOMS, Word.OTHER_AMOUNT) == (HOUR, 8 * HOUR)


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("binance-um", "2026-02-05", {"funding_interval_calm_ns": 4 * HOUR, "impact_of": 1}),
        ("okx-swap", "2026-08-05", {"mark_method": MarkMethod.INDEX_PLUS_BASIS}),
        ("bitmex", "2020-03-12", {"premium_average": PremiumAverage.PREVIOUS}),
        ("deribit", "2025-02-01", {"mark_band_ppm": 5_000, "funding_damper_e8": 25_000}),
        ("hyperliquid", "2026-09-25", {"funding_cap_ppm": 40_000, "mark_ema_ns": 150 * SECOND}),
        ("dydx-v4", "2024-10-02", {"mark_method": MarkMethod.ORACLE, "funding_cap_ppm": 6 * 10**6}),
    ],
)
def test_rulebooks_name_the_engines_rules(name: str, day: str, expected: dict[str, int]) -> None:
    rules = dl.rulebook(name, at=day)
    assert {key: getattr(rules, key) for key in expected} == expected
    assert "mark.formula" in rules.terms
    assert rules.terms.get("funding.clamp", Decimal(0)) == Decimal(rules.funding_clamp_e8) / 10**8
