"""Order types, phases and the matching engine as people use them."""

import pickle
from decimal import Decimal

import pytest
from api_helpers import bitcoin_venue, rules

import delever as dl
from delever import CommandKind, EventKind, RejectReason
from delever.reference.vocabulary import CancelReason, TradingPhase

PENDING, PARKED = 2, 3


def engine(**options):
    return dl.MatchingEngine([rules().instrument("BTCUSDT")], **options)


def any_machine():
    """A venue with three rich accounts, and an engine where 1 to 3 just exist."""
    venue = bitcoin_venue()
    for _ in range(3):
        venue.open_account("10000000")
    return [pytest.param(venue, id="venue"), pytest.param(engine(), id="engine")]


@pytest.mark.parametrize("market", any_machine())
def test_stop_waits_and_triggers(market):
    stop = market.place(1, 0, side="buy", qty="1", price="70100", trigger_price="70000")
    assert (stop.ok, stop.open) == (True, 1)
    assert market.core.order(stop.order_id)[6:] == (PENDING, 0, 700_000)
    assert market.best(0, "buy") is None
    assert market.amend(1, stop.order_id, trigger="stop", trigger_price="69900")
    printed = market.print_trade(0, "69900")
    assert printed.events.orders.kinds() == ["ORDER_TRIGGERED"]
    assert market.last(0) == 69900
    assert market.best(0, "buy") == 70100


@pytest.mark.parametrize("market", any_machine())
def test_trailing_stop_follows(market):
    market.print_trade(0, "70000")
    by_price = market.place(1, 0, side="sell", qty="1", price="1", trail="100")
    by_share = market.place(1, 0, side="sell", qty="1", price="1", trail_share="0.01", oco=7)
    other = market.place(1, 0, side="sell", qty="1", price="90000", oco=7)
    triggers = market.orders(0)["trigger_ticks"].tolist()
    assert triggers == [0, 699_000, 693_000]
    market.print_trade(0, "71000")
    assert market.core.order(by_price.order_id)[8] == 709_000
    fall = market.print_trade(0, "70290")
    assert fall.events.orders.kinds() == [
        "ORDER_TRIGGERED",
        "ORDER_TRIGGERED",
        "ORDER_CANCELLED",
    ]
    assert fall.events.orders.reasons()[-1] == "OCO_SIBLING"
    assert market.core.order(other.order_id) is None
    assert market.core.order(by_share.order_id)[6] == 1


@pytest.mark.parametrize("market", any_machine())
def test_iceberg_hidden_and_peg(market):
    market.place(1, 0, side="sell", qty="3", price="70000", display="1")
    market.place(2, 0, side="sell", qty="5", price="70000", hidden=True)
    assert market.depth(0, "sell")["open_lots"].tolist() == [1000]
    bid = market.place(2, 0, side="buy", qty="1", price="69000")
    peg = market.place(3, 0, side="buy", qty="1", peg="bid", offset="10")
    assert market.core.order(peg.order_id)[3] == 689_900
    taken = market.place(3, 0, side="buy", qty="1.5", price="70000", tif="ioc")
    assert taken.events.orders.kinds() == ["ORDER_ACCEPTED", "ORDER_REPLENISHED"]
    table = market.orders("BTCUSDT")
    assert table["visible_lots"].tolist() == [1000, 1000, 500, 0]
    assert table["open_lots"].tolist() == [1000, 1000, 1500, 5000]
    assert market.cancel(2, bid.order_id)
    assert market.core.order(peg.order_id)[6] == PARKED


@pytest.mark.parametrize("market", any_machine())
def test_auction(market):
    assert market.change_phase(0, "auction")
    assert market.phase(0) is TradingPhase.AUCTION
    market.place(1, 0, side="buy", qty="2", price="70100")
    market.place(2, 0, side="sell", qty="1", price="69900", tif="gfa")
    assert market.indicative(0) == (Decimal(70000), 1)
    opened = market.change_phase(0, "continuous")
    assert opened.events.fills["price_ticks"].tolist() == [700_000]
    assert market.indicative(0) == (None, 0)
    assert not market.change_phase(0, "continuous")
    assert market.change_phase(0, TradingPhase.HALTED)
    refused = market.place(1, 0, side="buy", qty="1", price="1")
    assert refused.reason is RejectReason.TRADING_HALTED


@pytest.mark.parametrize("market", any_machine())
def test_expiry_minimum_and_replace(market):
    market.now = 1_000
    good = market.place(1, 0, side="buy", qty="2", price="70000", expire=5_000, minimum="1")
    small = market.place(2, 0, side="sell", qty="0.5", price="70000", tif="ioc")
    assert small.filled == 0
    late = market.place(1, 0, side="buy", qty="2", price="70000", expire=1_000)
    assert late.reason is RejectReason.ALREADY_EXPIRED
    again = market.place(1, 0, side="buy", qty="1", price="69000", replaces=good.order_id)
    assert [again.events.orders.reasons()[0], again.open] == ["REPLACED", 1]
    day = market.place(1, 0, side="buy", qty="1", price="69001", tif="day")
    gone = market.advance_time("1970-01-02T00:00:00Z")
    assert gone.events.orders["order_id"].tolist() == [day.order_id]
    assert gone.events.orders["reason"].tolist() == [CancelReason.EXPIRED]


@pytest.mark.parametrize("market", any_machine())
def test_self_trade_and_groups(market):
    market.place(1, 0, side="sell", qty="1", price="70000")
    own = market.place(1, 0, side="buy", qty="0.4", price="70000", self_trade="decrement")
    assert own.events.orders.of(EventKind.SELF_TRADE_DECREMENTED)["qty_lots"].tolist() == [400]
    for account in (1, 2):
        assert market.set_trade_group(account, 5)
    assert market.place(2, 0, side="buy", qty="0.1", price="70000").filled == 0
    assert market.place(2, 0, side="buy", qty="0.1", price="70000", self_trade="allow").filled
    slid = market.place(3, 0, side="buy", qty="1", price="70000", slide=True)
    assert market.core.order(slid.order_id)[3] == 699_999
    high = market.cancel_all(3, 0, low="69999", high="69999.9")
    assert high.events.orders["qty_lots"].tolist()[-1] == 1


@pytest.mark.parametrize("market", any_machine())
def test_market_orders_with_bounds(market):
    for price in ("70000", "70010", "70020"):
        market.place(1, 0, side="sell", qty="1", price=price)
    dear = market.place(2, 0, side="buy", qty="2", tif="fok", budget="140009")
    assert dear.reason is RejectReason.UNFILLABLE
    assert market.place(2, 0, side="buy", qty="2", tif="fok", budget="140010").filled == 2
    market.place(1, 0, side="sell", qty="1", price="70010")
    assert market.place(2, 0, side="buy", qty="2", protection="5").filled == 1


def test_close_position():
    venue = bitcoin_venue()
    long, short = venue.open_account("100000"), venue.open_account("1000000")
    assert venue.seed_position(long, short, 0, side="buy", qty="0.4", price="70000")
    venue.place(short, 0, side="buy", qty="5", price="69990")
    closing = {"side": "sell", "reduce_only": True, "close_position": True}
    assert venue.place(long, 0, **closing).filled == Decimal("0.4")
    assert venue.position(long, 0).qty == 0
    assert engine().place(1, 0, **closing).reason is RejectReason.INVALID_ORDER


def test_what_makes_no_sense_is_an_error():
    market = engine()
    with pytest.raises(dl.DataError, match="an order has no 'trigger_prise'"):
        market.place(1, 0, side="buy", qty=1, trigger_prise="70000")
    with pytest.raises(dl.DataError, match="'bid', 'ask', 'mid'"):
        market.place(1, 0, side="buy", qty=1, peg="last")
    with pytest.raises(dl.ConfigError, match=r"self_trade is 6; give 1 \.\. 5"):
        dl.MatchingEngine([rules().instrument("BTCUSDT")], rulebook=dl.Rulebook(self_trade=6))
    with pytest.raises(dl.UnknownIdError, match="instrument 1 does not exist"):
        market.core.orders(1)
    assert market.place(1, 0, side="buy", qty=1, oco=0).reason is RejectReason.INVALID_TERMS


def test_engine_has_no_accounts():
    market = engine()
    refused = market.apply({"kind": CommandKind.DEPOSIT, "account": 1, "amount_atoms": 5})
    assert refused.rejections.reasons() == ["UNKNOWN_COMMAND"]
    owner = 4_000_000_000
    assert market.place(owner, 0, side="sell", qty="1", price="70000").ok
    assert market.place(owner, 0, side="buy", qty="1", price="70000").filled == 0
    assert market.place(0, 0, side="buy", qty="0.5", price="70000").filled == Decimal("0.5")
    for copy in (market.branch(), pickle.loads(pickle.dumps(market))):
        assert isinstance(copy, dl.MatchingEngine)
        assert copy.digest == market.digest
        copy.place(7, 0, side="buy", qty="1", price="70000")
        assert copy.digest != market.digest
    assert "1 live orders" in repr(market)
    with pytest.raises(dl.ConfigError, match="of another machine"):
        dl.Venue.restore(market.snapshot())
