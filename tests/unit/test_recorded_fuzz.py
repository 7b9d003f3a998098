"""Bytes of any kind into every decoder: no crash, no hang, no memory out of proportion.

DELEVER_FUZZ_SECONDS is how long all of it may take (default 4).
"""

import os
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_recorded_formats import BITSTAMP, DIFFERENCES, INCREMENTAL, MESSAGES, SNAPSHOT

from delever import _core

SECONDS = float(os.environ.get("DELEVER_FUZZ_SECONDS", "4"))
ORDER = struct.pack(
    "<BBHIQQqIBBccQiI", 14, 0xA0, 1, 5482, 10**18, 7, 3720 * 10**9, 3, 0x80, 0, b"A", b"B", 10**18,
    0, 1
)  # fmt: skip
LOG = b'1430438404518 order_created {"price": "2.5", "amount": "2.0", "id": 7, "order_type": 0}\n'
SAMPLES = [
    ("lobster", MESSAGES.encode()),
    ("lobster_orderbook", b"5859400,200,5853300,18\n5859100,18,5853300,18\n"),
    ("databento", ORDER * 3 + ORDER.replace(b"AB", b"CB")),
    ("bitstamp", BITSTAMP.encode()),
    ("bitstamp", LOG * 2 + b'1430438404645 trade {"price": 2.5, "amount": 0.2111, "id": 8}\n'),
    ("tardis", INCREMENTAL.encode()),
    ("binance", (SNAPSHOT.replace("\n", "") + "\n" + DIFFERENCES).encode()),
]
# A mutation: where (a share of the length), how many bytes go, and what comes.
MUTATIONS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 8),
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from([b"9" * 19, b"1e999", b"-", b"\n", b",", b'"', b"[", b"{" * 99, b"0"]),
        ),
    ),
    min_size=1,
    max_size=6,
)


def survive(format_, data, cut):
    stream = _core.FeedStream(format_, name="2012-06-21", sample=data, tolerate_gaps=True)
    check, seeds = _core.FeedCheck(), _core.SeedScan()
    count = 0
    for at in range(0, len(data), cut):
        events = stream.decode(data[at : at + cut])
        assert events.dtype == _core.FEED_EVENT_DTYPE
        check.apply(events)
        seeds.apply(events)
        count += len(events)
    count += len(stream.finish())
    assert count <= len(data) + 1
    assert len(seeds.orders(every=True)) <= count
    fault = stream.fault
    assert fault is None or (fault[0] >= 0 and fault[2].isprintable())
    assert check.report(stream).isascii() or stream.symbols


def budget(share):
    # Some 350 examples a second, shared among the formats.
    return settings(
        max_examples=max(20, int(SECONDS * share * 350 / len(SAMPLES))),
        deadline=5_000,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.mark.parametrize(("format_", "sample"), SAMPLES, ids=[name for name, _ in SAMPLES])
@budget(0.7)
@given(mutations=MUTATIONS, cut=st.integers(1, 300))
def test_mutated_feeds(format_, sample, mutations, cut):
    data = sample
    for place, gone, come in mutations:
        at = int(place * len(data))
        data = data[:at] + come + data[at + gone :]
    survive(format_, data, cut)


@pytest.mark.parametrize("format_", sorted({name for name, _ in SAMPLES}))
@budget(0.3)
@given(data=st.binary(max_size=600), cut=st.integers(1, 300))
def test_random_bytes(format_, data, cut):
    survive(format_, data, cut)


@budget(0.1)
@given(records=st.lists(st.binary(min_size=56, max_size=56), min_size=1, max_size=30))
def test_books_take_any_event(records):
    events = np.frombuffer(b"".join(records), _core.FEED_EVENT_DTYPE)
    book, check = _core.RecordedBook(), _core.FeedCheck()
    events = events.copy()
    events["instrument"] %= 70_000
    events["kind"] %= 14
    events["side"] %= 4
    assert book.apply(events) <= len(events)
    book.tops(events)
    check.apply(events)
    assert len(book.depth(1, 1 << 62)) <= len(events)
