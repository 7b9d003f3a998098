"""What the tests of the package share."""

import delever as dl

RULES_AT = "2026-02-05"


def rules():
    return dl.rulebook("binance-um", at=RULES_AT)


def bitcoin_venue(**options):
    """A venue with BTCUSDT alone, by the dated rulebook."""
    book = rules()
    return dl.Venue([book.instrument("BTCUSDT")], rulebook=book, **options)


def levered_long(venue, *, leverage=20, price="70000", fund="1000000"):
    """Seed one bitcoin long against a rich maker who bids below; return (trader, maker)."""
    venue.fund_insurance(fund)
    maker = venue.open_account("50000000")
    trader = venue.open_account("100000")
    assert venue.set_leverage(trader, "BTCUSDT", leverage)
    assert venue.seed_position(trader, maker, "BTCUSDT", side="buy", qty="1", price=price)
    return trader, maker
