"""Record layouts and numbers agree wherever they are written: C++, Python, C."""

import re
from functools import reduce
from operator import or_
from pathlib import Path

import numpy as np
import pytest

import delever as dl
from delever import _core
from delever.reference import vocabulary

CSRC = Path(__file__).parents[2] / "csrc"

# Byte offset of each field, written out: a change here is a change of the layout version.
COMMAND_OFFSETS = {
    "kind": 0,
    "instrument": 2,
    "side": 4,
    "order_type": 5,
    "time_in_force": 6,
    "flags": 7,
    "time_ns": 8,
    "account": 16,
    "other_account": 20,
    "order_id": 24,
    "client_id": 32,
    "price_ticks": 40,
    "qty_lots": 48,
    "amount_atoms": 56,
}


def test_command_layout():
    fields = dl.COMMAND_DTYPE.fields
    assert _core.COMMAND_LAYOUT_VERSION == 3
    assert dl.COMMAND_DTYPE.itemsize == 64
    assert {name: offset for name, (_, offset) in fields.items()} == COMMAND_OFFSETS


@pytest.mark.parametrize(
    ("enum", "header"),
    [
        ("CommandKind", "venue/command.hpp"),
        ("EventKind", "venue/event.hpp"),
        ("RejectReason", "venue/reject.hpp"),
        ("CancelReason", "venue/reject.hpp"),
        ("Side", "market/order_types.hpp"),
        ("OrderType", "market/order_types.hpp"),
        ("TimeInForce", "market/order_types.hpp"),
        ("OrderFlag", "market/order_types.hpp"),
        ("SelfTrade", "market/order_types.hpp"),
        ("TermKind", "market/order_types.hpp"),
        ("TriggerKind", "market/order_types.hpp"),
        ("TriggerDirection", "market/order_types.hpp"),
        ("TriggerSource", "market/order_types.hpp"),
        ("PegReference", "market/order_types.hpp"),
        ("TradingPhase", "market/order_types.hpp"),
        ("MarketResidual", "venue/rulebook.hpp"),
        ("IcebergRefresh", "venue/rulebook.hpp"),
        ("IcebergAmendUp", "venue/rulebook.hpp"),
        ("StopEntry", "venue/rulebook.hpp"),
        ("AuctionPrice", "market/auction.hpp"),
    ],
)
def test_enumerations_agree(enum, header):
    text = re.sub(r"//.*", "", (CSRC / header).read_text("utf-8"))
    body = re.search(rf"enum (?:class )?{enum} :[^{{]*{{(.*?)}};", text, re.DOTALL)
    pairs = re.findall(r"(\w+)\s*=\s*(\d+)", body[1])
    found = {name.replace("_", "").upper(): int(number) for name, number in pairs}
    members = getattr(vocabulary, enum).__members__
    assert {name.replace("_", ""): int(value) for name, value in members.items()} == found


def test_bounds_agree():
    assert _core.COMMAND_KIND_MAX == max(dl.CommandKind)
    assert _core.EVENT_KIND_MAX == max(dl.EventKind)
    assert _core.REJECT_REASON_MAX == max(dl.RejectReason)
    assert _core.CANCEL_REASON_MAX == max(dl.CancelReason)
    named = reduce(or_, dl.OrderFlag.__members__.values())
    assert named == _core.ORDER_FLAGS_ALL
    assert _core.EVERY_INSTRUMENT == vocabulary.EVERY_INSTRUMENT
    assert (_core.PPM_SCALE, _core.RATE_E8_SCALE) == (10**6, 10**8)
    assert _core.INSURANCE_FUND_ACCOUNT == 0
    assert _core.AMOUNT_ATOMS_MAX == 2**60


def test_every_column_is_described():
    for family, columns in _core.event_schema().items():
        assert [name for name, _ in columns[:5]] == [
            "sequence",
            "time_ns",
            "command",
            "cause",
            "kind",
        ], family
        assert all(doc for _, doc in columns)
    text = dl.layout()
    assert "amount_atoms" in text
    assert "event" in text


def test_c_header_lists_the_families_in_order():
    text = (CSRC / "capi" / "delever.h").read_text("utf-8")
    families = re.findall(r"DELEVER_(\w+) = \d,", text.split("enum delever_family")[1])
    assert tuple(name.lower() for name in families[:7]) == tuple(_core.event_schema())


def test_event_columns_are_int64():
    venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
    venue.open_account("1")
    for column in venue.events.accounts.values():
        assert column.dtype == np.int64
