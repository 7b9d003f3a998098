"""Terms: rows that an account attaches to its next order, and how they must go together.

This module owns the pending set of terms and the shape of an order with its terms. Rows gather for
the next order command of the same account; every other command drops them. A refused row refuses
the order command that follows, so that an order is never placed without a part of its terms.
"""

from __future__ import annotations

from .commands import (
    Command,
    CommandKind,
    OrderFlag,
    OrderType,
    PegReference,
    RejectReason,
    Side,
    TermKind,
    TimeInForce,
    TriggerDirection,
    TriggerKind,
    TriggerSource,
    require,
)
from .orders import Order, Peg, Trigger
from .rules import InstrumentSpec, Rulebook
from .state import PendingTerms, VenueState

GROUP_MAX = (1 << 31) - 1
PPM_BELOW_ONE = 999_999
RESTING_TIMES = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY, TimeInForce.GFA)
Terms = dict[TermKind, Command]


def collect(state: VenueState, command: Command) -> None:
    """Begin a command: any but an attachment takes the pending terms away."""
    pending = state.pending_terms
    if command.kind == CommandKind.ATTACH_TERM:
        if pending.account != command.account:
            state.pending_terms = PendingTerms(command.account, {}, pending.refused)
        return
    state.taken_terms, state.pending_terms = pending, PendingTerms()
    if pending.account != command.account:
        state.taken_terms.terms = {}


def attach(state: VenueState, command: Command) -> None:
    """Carry out AttachTerm."""
    state.user(command.account)
    require(
        TermKind.TRIGGER <= command.order_type <= TermKind.PROTECTION, RejectReason.INVALID_TERMS
    )
    kind = TermKind(command.order_type)
    require(kind not in state.pending_terms.terms, RejectReason.INVALID_TERMS)
    state.pending_terms.terms[kind] = command


def refuse(state: VenueState) -> None:
    """Remember that a row was refused."""
    state.pending_terms.terms = {}
    state.pending_terms.refused = True


def taken(state: VenueState) -> Terms:
    """Return the terms of an order command, or refuse it because a row was refused."""
    require(not state.taken_terms.refused, RejectReason.TERMS_REFUSED)
    return state.taken_terms.terms


def check(command: Command, terms: Terms, spec: InstrumentSpec) -> None:
    """Check that an order and its terms go together.

    Parameters
    ----------
    command
        PlaceOrder or ReplaceOrder, whose side, type, time in force and flags are sound.
    terms
        Its terms.
    spec
        The instrument's.
    """
    sound = all(
        (
            (TermKind.EXPIRY in terms) == (command.time_in_force == TimeInForce.GTD),
            all(_sound(command, row, spec) for row in terms.values()),
            not {TermKind.TRIGGER, TermKind.PEG} <= set(terms),
            not {TermKind.TRIGGER, TermKind.BUDGET} <= set(terms),
            not {TermKind.MINIMUM, TermKind.ICEBERG} <= set(terms),
        )
    )
    require(sound, RejectReason.INVALID_TERMS)


def _sound(  # noqa: PLR0911  (one line for each kind)
    command: Command, row: Command, spec: InstrumentSpec
) -> bool:
    """Whether one row is sound in itself and goes with the order."""
    market = command.order_type == OrderType.MARKET
    rests = command.time_in_force in RESTING_TIMES
    match TermKind(row.order_type):
        case TermKind.TRIGGER:
            return _sound_trigger(row, spec)
        case TermKind.PEG:
            fits = not market and rests and command.time_in_force != TimeInForce.GFA
            return fits and command.price_ticks == 0 and sound_peg(row, Side(command.side), spec)
        case TermKind.ICEBERG:
            shown = row.qty_lots >= 1 and 0 <= row.amount_atoms <= row.qty_lots
            return shown and not market and rests and not command.flags & OrderFlag.HIDDEN_ORDER
        case TermKind.EXPIRY:
            return True
        case TermKind.MINIMUM:
            fits = command.time_in_force not in (TimeInForce.FOK, TimeInForce.GFA)
            passive = command.flags & OrderFlag.POST_ONLY
            return fits and not passive and 1 <= row.qty_lots <= command.qty_lots
        case TermKind.OCO:
            return 1 <= row.amount_atoms <= GROUP_MAX
        case TermKind.BUDGET:
            whole = market and command.time_in_force == TimeInForce.FOK
            return whole and row.amount_atoms >= 1
        case TermKind.CLOSE_POSITION:
            reduces = bool(command.flags & OrderFlag.REDUCE_ONLY)
            return market and reduces and command.qty_lots == 0
        case TermKind.PROTECTION:
            return market and 0 <= row.price_ticks <= spec.price_ticks_max


def _sound_trigger(row: Command, spec: InstrumentSpec) -> bool:
    """Whether a Trigger row is sound in itself."""
    trailing = row.flags in (TriggerKind.TRAILING_TICKS, TriggerKind.TRAILING_PPM)
    farthest = {
        TriggerKind.TRAILING_TICKS: spec.price_ticks_max,
        TriggerKind.TRAILING_PPM: PPM_BELOW_ONE,
    }.get(TriggerKind(row.flags) if row.flags <= TriggerKind.TRAILING_PPM else TriggerKind.NONE, 0)
    in_range = spec.price_ticks_min <= row.price_ticks <= spec.price_ticks_max
    return (
        TriggerKind.STOP <= row.flags <= TriggerKind.TRAILING_PPM
        and TriggerDirection.DEFAULT <= row.side <= TriggerDirection.DOWN
        and TriggerSource.BY_RULE <= row.time_in_force <= TriggerSource.QUOTE
        and (in_range or (trailing and row.price_ticks == 0))
        and (1 if trailing else 0) <= row.qty_lots <= farthest
    )


def sound_peg(row: Command, side: Side, spec: InstrumentSpec) -> bool:
    """Whether a Peg row is sound for an order of a side.

    Parameters
    ----------
    row
        The row.
    side
        The order's side; at the other side's touch it has to stay at least a tick away.
    spec
        The instrument's.
    """
    other_touch = PegReference.ASK if side is Side.BUY else PegReference.BID
    lowest = 1 if row.side == other_touch else 0
    known = PegReference.BID <= row.side <= PegReference.MID
    return known and lowest <= row.price_ticks <= spec.price_ticks_max


def apply(order: Order, terms: Terms, rulebook: Rulebook) -> None:  # noqa: C901
    """Write checked terms into an order."""
    for kind, row in terms.items():
        match kind:
            case TermKind.TRIGGER:
                order.trigger = _trigger(order.side, row, rulebook)
            case TermKind.PEG:
                order.peg = Peg(PegReference(row.side), row.price_ticks)
            case TermKind.ICEBERG:
                # Who shows everything is no iceberg.
                if row.qty_lots < order.open_lots:
                    order.display_lots = row.qty_lots
                    order.display_min_lots = row.amount_atoms
            case TermKind.EXPIRY:
                order.expire_ns = row.amount_atoms
            case TermKind.MINIMUM:
                order.minimum_lots = row.qty_lots
            case TermKind.OCO:
                order.oco_group = row.amount_atoms
            case TermKind.BUDGET:
                order.budget = row.amount_atoms
            case TermKind.CLOSE_POSITION:
                order.closes_position = True
            case TermKind.PROTECTION:
                order.protection_ticks = row.price_ticks


def _trigger(side: Side, row: Command, rulebook: Rulebook) -> Trigger:
    """Make a trigger; by default stops and trailing stops go with the order, profits against it."""
    kind = TriggerKind(row.flags)
    up = (side is Side.BUY) != (kind is TriggerKind.TAKE_PROFIT)
    if row.side != TriggerDirection.DEFAULT:
        up = row.side == TriggerDirection.UP
    source = TriggerSource(row.time_in_force) or rulebook.stop_source
    return Trigger(
        kind,
        up,
        TriggerSource(source),
        price_ticks=row.price_ticks,
        initial_ticks=row.price_ticks,
        distance=row.qty_lots,
    )
