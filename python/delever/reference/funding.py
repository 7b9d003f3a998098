"""Funding: what longs pay shorts, or shorts longs, at a settlement.

This module owns the settlement. A payer's amount is rounded up and a receiver's down; the
difference is dust, which the venue keeps apart, so that no money appears or vanishes. An isolated
position pays from what is loose in the wallet and then from its margin, a cross one from the
wallet; either may become negative: the next evaluation liquidates it.
"""

from __future__ import annotations

from . import margin, premium
from .arithmetic import RATE_E8, ceil_div, sign
from .commands import Command, Rejected, RejectReason, require
from .events import EventKind
from .price_words import PaidOn, PremiumAverage
from .state import FUND, InstrumentState, Position, VenueState

RATE_E8_MAX = RATE_E8


def settle_funding(state: VenueState, command: Command) -> None:
    """Carry out SettleFunding, up to but without the evaluation that follows it."""
    instrument = state.known_instrument(command.instrument)
    rate_e8 = command.amount_atoms
    if abs(rate_e8) > RATE_E8_MAX:
        raise Rejected(RejectReason.INVALID_AMOUNT)
    require(instrument.mark_ticks != 0, RejectReason.NO_MARK)
    _settle(state, command.instrument, rate_e8)
    instrument.premium.close()
    instrument.funding_rate_e8 = rate_e8
    instrument.next_funding_ns = state.time_ns + instrument.funding_interval_ns


def settle_own_funding(state: VenueState, command: Command) -> None:
    """Carry out SettleOwnFunding: the same at the rate that the venue's samples make.

    Where the samples of the interval before decide, what is settled has been known since the last
    settlement, and the mark carries the rate that is due next.
    """
    instrument = state.known_instrument(command.instrument)
    require(instrument.mark_ticks != 0, RejectReason.NO_MARK)
    rate_e8 = own_rate(state, instrument)
    _settle(state, command.instrument, rate_e8)
    before_ns = instrument.funding_interval_ns
    _adapt_interval(state, instrument, rate_e8)
    instrument.premium.close()
    known = state.rulebook.premium_average == PremiumAverage.PREVIOUS
    instrument.funding_rate_e8 = own_rate(state, instrument) if known else rate_e8
    instrument.next_funding_ns = state.time_ns + instrument.funding_interval_ns
    if instrument.funding_interval_ns != before_ns:
        state.emit(
            EventKind.FUNDING_INTERVAL_CHANGED,
            instrument=command.instrument,
            price_ticks=instrument.mark_ticks,
            amount_atoms=instrument.funding_interval_ns,
            other_amount=before_ns,
        )


def own_rate(state: VenueState, instrument: InstrumentState) -> int:
    """Return the rate of one interval that an instrument's samples make, in 1e-8."""
    rulebook = state.rulebook
    average_e12 = instrument.premium.average_e12(rulebook.premium_average)
    return premium.rate_e8(rulebook, instrument.spec, average_e12, instrument.funding_interval_ns)


def _adapt_interval(state: VenueState, instrument: InstrumentState, rate_e8: int) -> None:
    """Bring the next settlement nearer where a rate is at its cap, and away after calm ones."""
    rules = state.rulebook
    at_cap_ns, calm_ns = rules.funding_interval_at_cap_ns, rules.funding_interval_calm_ns
    cap = premium.cap_e12(rules, instrument.spec)
    is_capped = bool(cap) and abs(rate_e8) >= (cap or 0) // (premium.RATE_E12 // RATE_E8)
    calm = not is_capped and abs(rate_e8) <= rules.calm_rate_e8
    instrument.calm = instrument.calm + 1 if calm else 0
    if at_cap_ns == 0:
        return
    if is_capped:
        instrument.funding_interval_ns = min(instrument.funding_interval_ns, at_cap_ns)
    elif (
        instrument.funding_interval_ns == at_cap_ns
        and calm_ns != 0
        and instrument.calm >= rules.calm_settlements
    ):
        instrument.funding_interval_ns, instrument.calm = calm_ns, 0


def _settle(state: VenueState, instrument_id: int, rate_e8: int) -> None:
    instrument = state.instruments[instrument_id]
    to_dust = 0
    for position in state.open_positions(instrument_id):
        to_dust -= _settle_position(state, position, rate_e8)
    state.dust_atoms[instrument.spec.settle_currency] += to_dust
    state.emit(
        EventKind.FUNDING_SETTLED,
        instrument=instrument_id,
        price_ticks=instrument.mark_ticks,
        amount_atoms=rate_e8,
        other_amount=to_dust,
    )


def _settle_position(state: VenueState, position: Position, rate_e8: int) -> int:
    """Pay or receive the funding of one position, and return the signed credit."""
    instrument = state.instruments[position.instrument]
    on_index = state.rulebook.funding_paid_on == PaidOn.INDEX
    price_ticks = instrument.index_ticks if on_index else instrument.mark_ticks
    size = margin.notional(instrument.spec, position, price_ticks)
    credit = funding_credit(sign(position.qty_lots) * size, rate_e8)
    if credit > 0:
        state.accounts[position.account].wallets[instrument.spec.settle_currency] += credit
    elif credit < 0:
        _pay(state, position, -credit)
    else:
        return 0
    state.emit(
        EventKind.FUNDING_PAID,
        instrument=position.instrument,
        account=position.account,
        side=position.leg,
        price_ticks=price_ticks,
        qty_lots=position.qty_lots,
        amount_atoms=credit,
    )
    return credit


def funding_credit(signed_notional: int, rate_e8: int) -> int:
    """Return what a position receives at a funding rate; negative where it pays.

    Parameters
    ----------
    signed_notional
        The size of the position at the mark, negative for a short.
    rate_e8
        The rate; longs pay when it is positive.

    Returns
    -------
    int
        The credit, rounded against the position in both directions.
    """
    return -ceil_div(signed_notional * rate_e8, RATE_E8)


def _pay(state: VenueState, position: Position, amount_atoms: int) -> None:
    account = state.accounts[position.account]
    currency = state.settle_currency(position.instrument)
    from_wallet = amount_atoms
    if position.account != FUND and not position.cross:
        from_wallet = min(amount_atoms, max(0, account.loose_atoms(currency)))
    account.wallets[currency] -= from_wallet
    position.margin_atoms -= amount_atoms - from_wallet
