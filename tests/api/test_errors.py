"""Misuse is refused with one clear line: what, where, the value, the fix."""

import datetime as dt
import pickle
import threading

import numpy as np
import pytest
from api_helpers import bitcoin_venue, rules

import delever as dl
from delever import _core, errors, units
from delever.reference.order_words import choice


def raises(kind, *parts):
    return pytest.raises(kind, match=".*".join(parts))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ([("kind", "u2")], ["missing 'instrument'", "missing 'amount_atoms'", r"delever.commands"]),
        ("wrong", ["'price_ticks' is float64 at byte 40 instead of int64"]),
        ("extra", ["unknown 'note'"]),
        ("swapped", ["'kind' is >u2"]),
    ],
)
def test_wrong_record_dtype(fields, words):
    described = [(name, dl.COMMAND_DTYPE[name]) for name in dl.COMMAND_DTYPE.names]
    if fields == "wrong":
        fields = [(name, "f8" if name == "price_ticks" else kind) for name, kind in described]
    elif fields == "extra":
        fields = [*described, ("note", "i8")]
    elif fields == "swapped":
        fields = [(name, kind.newbyteorder()) for name, kind in described]
    with raises(dl.DataError, *words):
        bitcoin_venue().apply(np.zeros(1, np.dtype(fields)))


def test_not_an_array_of_records():
    venue = bitcoin_venue()
    with raises(dl.DataError, "not list", r"delever.commands"):
        venue.apply([1, 2])
    with raises(dl.DataError, "int64", "not command records"):
        venue.apply(np.zeros(3, np.int64))


def test_any_layout_in_memory_is_taken():
    one, other, third = bitcoin_venue(), bitcoin_venue(), bitcoin_venue()
    batch = dl.commands(kind=1, amount_atoms=np.arange(10))
    one.apply(batch[::2])
    other.apply(batch[::2].copy())
    frozen = batch[::2].copy()
    frozen.flags.writeable = False
    third.apply(frozen)
    assert one.digest == other.digest == third.digest


def held_by(dtype, one):
    """Return extreme values that an array and a field of these types can both hold."""
    low = max(np.iinfo(dtype).min, np.iinfo(one).min)
    high = min(np.iinfo(dtype).max, np.iinfo(one).max)
    return np.resize(np.array([low, high, 1, high // 3], dtype), 1_000)


@pytest.mark.parametrize("given", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i8", ">u2"])
def test_columns_of_any_integers_are_records(given):
    fields = {name: dl.COMMAND_DTYPE[name] for name in dl.COMMAND_DTYPE.names}
    columns = {name: held_by(np.dtype(given), one) for name, one in fields.items()}
    wide = {name: np.repeat(column, 3)[::3] for name, column in columns.items()}
    back = {name: column[::-1].copy()[::-1] for name, column in columns.items()}
    wanted = np.zeros(1_000, dl.COMMAND_DTYPE)
    for name, column in columns.items():
        wanted[name] = column
    for columns_given in (columns, wide, back):
        assert (dl.commands(columns_given) == wanted).all()
    for name in fields:  # one column, and one value of all others
        some = {other: int(column[1]) for other, column in columns.items()}
        rows = dl.commands({**some, name: columns[name]})
        assert (rows[name] == wanted[name]).all()
        assert (dl.commands(some | {name: int(columns[name][0])})[name] == wanted[name][0]).all()


@pytest.mark.parametrize("rows", [0, 1, 127, 128, 255, 256, 257, 1_000])
def test_columns_do_what_their_records_do(rows):
    columns = {"kind": 1, "amount_atoms": np.arange(rows), "time_ns": np.arange(rows)}
    one, other = bitcoin_venue(), bitcoin_venue()
    one.apply(columns)
    other.apply(dl.commands(columns))
    assert one.digest == other.digest
    assert one.core.event_rows()[0] == rows


def test_columns_that_are_refused_change_nothing():
    venue, untouched = bitcoin_venue(), bitcoin_venue()
    accounts = np.arange(1_000)
    for wrong in (-1, 2**32, 2**40):
        accounts[999] = wrong
        with raises(dl.DataError, f"row 999, column 'account': {wrong} is outside"):
            venue.apply({"kind": 2, "account": accounts})
    with raises(dl.DataError, "row 0, column 'client_id'"):
        venue.apply({"kind": 1, "client_id": np.array([2**63], np.uint64)})
    assert venue.digest == untouched.digest


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"knd": 1}, ["column 'knd': unknown; did you mean 'kind'"]),
        ({"zzz": 1}, ["column 'zzz'", "the columns are kind, instrument"]),
        ({"kind": 1, "price_ticks": [1.5]}, ["column 'price_ticks': holds float64", "ticks"]),
        ({"kind": "place"}, ["column 'kind': holds <U5, not integers"]),
        ({"kind": 1, "account": [0, 1, -4]}, ["row 2, column 'account': -4 is outside 0"]),
        ({"kind": 70_000}, ["column 'kind': 70000 is outside 0 .. 65535"]),
        ({"kind": [1, 1], "account": [1, 2, 3]}, ["differ in length", "'kind': 2, 'account': 3"]),
    ],
)
def test_wrong_columns(columns, words):
    with raises(dl.DataError, *words) as caught:
        bitcoin_venue().apply(columns)
    assert isinstance(caught.value, ValueError)


def test_data_errors_say_where():
    error = dl.DataError("is odd", path="book.csv", row=3, column="qty")
    assert str(error) == "book.csv, row 3, column 'qty': is odd"
    assert (error.path, error.row, error.column) == ("book.csv", 3, "qty")
    assert str(dl.DataError("is odd")) == "is odd"
    with raises(dl.DataError, "row 1, column 'account'") as caught:
        dl.commands(account=[1, -1])
    assert (caught.value.row, caught.value.column) == (1, "account")


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (70000.1, ["price of BTCUSDT 70000.1 is a float", "'70000.1'"]),
        (np.float64(7), ["is a float"]),
        ("70000.05", ["not a multiple of 0.1", "70000.0 and 70000.1"]),
        ("-5", ["out of range", "from 0.1 to 500000"]),
        ("600000", ["price 600000 of BTCUSDT is out of range"]),
        ("cheap", ["'cheap' is not a number"]),
        ("nan", ["not a finite number"]),
        ([1], ["not a number"]),
    ],
)
def test_wrong_prices(price, words):
    venue = bitcoin_venue()
    account = venue.open_account("10")
    with raises(dl.DataError, *words):
        venue.place(account, "BTCUSDT", side="buy", qty="1", price=price)


def test_wrong_order_arguments():
    venue = bitcoin_venue()
    account = venue.open_account("10")
    with raises(dl.DataError, "'bid' is not a Side; use one of 'buy', 'sell'"):
        venue.place(account, 0, side="bid", qty="1", price="70000")
    with raises(dl.DataError, "quantity 0 of BTCUSDT is not positive"):
        venue.place(account, 0, side="buy", qty=0, price="70000")
    with raises(dl.DataError, "'today' is not a TimeInForce"):
        venue.place(account, 0, side="buy", qty="1", price="70000", tif="today")
    with raises(dl.DataError, "row 0, column 'account': -1 is outside 0 .. 4294967295"):
        venue.place(-1, 0, side="buy", qty="1", price="70000")
    with raises(dl.ConfigError, "'ETHUSDT' is not listed here; listed: BTCUSDT"):
        venue.place(account, "ETHUSDT", side="buy", qty="1", price="70000")
    with raises(dl.ConfigError, "'7' is not listed"):
        venue.mark(7)
    with raises(dl.DataError, "'both' is not a MarginMode; use one of 'isolated', 'cross'"):
        venue.set_leverage(account, 0, 5, mode="both")
    with raises(dl.ConfigError, "'BTC' is no currency here; there are USDT"):
        venue.deposit(account, "1", currency="BTC")
    with raises(dl.DataError, "'middle' is not a PositionSide; use one of 'net', 'long', 'short'"):
        venue.position(account, 0, "middle")
    with raises(dl.DataError, "no account opens with a deposit of -1: INVALID_AMOUNT"):
        venue.open_account(-1)
    assert choice(dl.Side, dl.Side.BUY) is dl.Side.BUY


def test_unknown_ids_and_families():
    venue = bitcoin_venue()
    with raises(dl.UnknownIdError, "account 9 does not exist: the venue has 0 .. 0"):
        venue.balance(9)
    with raises(dl.UnknownIdError, "instrument 3 does not exist"):
        venue.core.mark(3)
    with raises(dl.UnknownIdError, "event family 9 is not one of 0 .. 6"):
        venue.core.events(9)
    with raises(dl.DataError, "side is 3"):
        venue.core.best(0, 3)
    with pytest.raises(AttributeError, match="the families are accounts, rejections"):
        _ = venue.events.trades
    with raises(KeyError, "price; the columns are sequence"):
        _ = venue.events.fills["price"]


def test_wrong_instruments():
    with raises(dl.ConfigError, "BTCUSDT lacks price_max, .*tiers", "Instrument.linear"):
        dl.Venue([dl.Instrument.linear("BTCUSDT", tick="0.1", lot="0.001")])
    with raises(dl.ConfigError, r"unknown \['tik'\]"):
        dl.Instrument.linear("X", tik="1", tick="1", lot="1")
    with raises(dl.ConfigError, "tick 0 is not positive"):
        dl.Instrument.linear("X", tick=0, lot="1")
    btc = rules().instrument("BTCUSDT")
    with raises(dl.ConfigError, "same symbol"):
        dl.Venue([btc, btc])
    with raises(dl.ConfigError, "retention 'fill' is not known; use accounts"):
        bitcoin_venue(retention="fill")
    with raises(dl.ConfigError, "at least one instrument"):
        dl.Venue([])


def core_config():
    return rules().instrument("BTCUSDT").spec(), rules().spec()


def test_the_core_checks_its_configuration_itself():
    instrument, rulebook = core_config()
    for key, value, words in [
        ("symbol", None, "symbol"),
        ("price_ticks_max", 2**62, "price"),
        ("tiers", [], "tier"),
    ]:
        with raises(dl.ConfigError, words):
            _core.Venue([{**instrument, key: value}], rulebook, 0, False)
    with raises(dl.ConfigError, r"instruments\[0\]: 'symbol' is missing"):
        _core.Venue([{}], rulebook, 0, False)
    with raises(dl.ConfigError, "rulebook has a key too many", "colour"):
        _core.Venue([instrument], {**rulebook, "colour": 1}, 0, False)
    tiers = [{**instrument["tiers"][0], "maintenance_ppm": "4%"}]
    with raises(dl.ConfigError, r"instruments\[0\]\.tiers\[0\]\.maintenance_ppm is '4%'"):
        _core.Venue([{**instrument, "tiers": tiers}], rulebook, 0, False)


def test_wrong_rulebooks():
    with raises(dl.ConfigError, "unknown rulebook 'binance'; known: binance-cm, binance-um"):
        dl.rulebook("binance")
    nearest = r"binance-um \[margin\]: no rules .* 2019-01-01; the nearest known day is 2020-03-01"
    with raises(dl.ConfigError, nearest):
        dl.rulebook("binance-um", at="2019-01-01")
    with raises(dl.ConfigError, "'Friday' is not a day"):
        dl.rulebook("binance-um", at="Friday")
    with raises(dl.ConfigError, "does not list 'DOGE'; it lists BTCUSDT, ETHUSDT"):
        dl.rulebook("binance-um").instrument("DOGE")
    day = dt.datetime(2026, 2, 5, 12, tzinfo=dt.UTC)
    assert dl.rulebook("binance-um", at=day).at == dt.date(2026, 2, 5)


@pytest.mark.parametrize("value", ["yesterday", 1.5, None, dt.datetime(2026, 2, 5)])  # noqa: DTZ001
def test_wrong_times(value):
    with raises(dl.DataError, "is not a time|has no zone"):
        bitcoin_venue().now = value


def test_times():
    wanted = 1_770_326_100_000_000_000
    moment = dt.datetime(2026, 2, 5, 21, 15, tzinfo=dt.UTC)
    for value in (wanted, moment, np.datetime64("2026-02-05T21:15"), "2026-02-05T22:15+01:00"):
        assert units.to_time_ns(value) == wanted


def test_wrong_snapshots():
    venue = bitcoin_venue()
    good = venue.snapshot()
    for bad in (b"", b"nonsense", good[:20], good[:-9]):
        with raises(dl.DeleverError, "snapshot"):
            dl.Venue.restore(bad)


def test_only_one_thread_at_a_time():
    venue = bitcoin_venue(retention="none")
    batch = dl.commands(kind=np.ones(400_000, np.int64), amount_atoms=1)
    seen = []

    def look():
        while not stop.is_set():
            try:
                venue.core.mark(0)
            except dl.BusyError as error:
                seen.append(str(error))

    stop = threading.Event()
    watcher = threading.Thread(target=look)
    watcher.start()
    for _ in range(50):
        venue.core.apply(batch)
        if seen:
            break
    stop.set()
    watcher.join()
    assert "give each thread its own" in seen[0]


def test_every_error_is_a_delever_error():
    for name in dir(errors):
        value = getattr(errors, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, dl.DeleverError)
            assert value.__doc__
    assert str(pickle.loads(pickle.dumps(dl.ConfigError("odd")))) == "odd"
