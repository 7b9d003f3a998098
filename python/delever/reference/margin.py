"""Margin: what a position is worth, what it needs, and when it is breached. Pure functions.

Nothing here changes anything. Money is in atoms, prices in ticks, quantities in lots; a
position's quantity and cost are signed, a short has both negative. What an account must have is
rounded up, what a position would be closed at is rounded to the solvent side.
"""

from __future__ import annotations

from .arithmetic import PPM, ceil_div, clamp
from .commands import Side, direction
from .rules import InstrumentSpec, MarginTier
from .state import Position

SCORE_PNL_PPM_MAX = 10**12
SCORE_RATIO_PPM_MAX = 1_000_000


def value(spec: InstrumentSpec, price_ticks: int, qty_lots: int) -> int:
    """Return the value of a quantity at a price; negative for a negative quantity."""
    return price_ticks * qty_lots * spec.atoms_per_tick_lot


def tier_of(spec: InstrumentSpec, notional_atoms: int) -> MarginTier:
    """Return the tier whose bracket holds a notional."""
    tier = spec.tiers[0]
    for candidate in spec.tiers[1:]:
        if notional_atoms >= candidate.floor_atoms:
            tier = candidate
    return tier


def maintenance(spec: InstrumentSpec, notional_atoms: int) -> int:
    """Return the maintenance margin of a notional."""
    tier = tier_of(spec, notional_atoms)
    share = ceil_div(notional_atoms * tier.maintenance_ppm, PPM)
    return max(0, share - tier.deduction_atoms)


def initial(value_atoms: int, leverage: int) -> int:
    """Return the margin that opens a value at a leverage."""
    return ceil_div(value_atoms, leverage)


def fee_bound(spec: InstrumentSpec, value_atoms: int) -> int:
    """Return the most that trading a value may cost in fees, as maker or as taker."""
    fee_ppm = max(spec.maker_fee_ppm, spec.taker_fee_ppm, 0)
    return ceil_div(value_atoms * fee_ppm, PPM)


def reserve(spec: InstrumentSpec, price_ticks: int, qty_lots: int, leverage: int) -> int:
    """Return what a resting order that may open keeps from its account's wallet."""
    value_atoms = value(spec, price_ticks, qty_lots)
    return initial(value_atoms, leverage) + fee_bound(spec, value_atoms)


def open_loss(
    spec: InstrumentSpec, side: Side, price_ticks: int, qty_lots: int, mark_ticks: int
) -> int:
    """Return the loss at the mark that opening at a price would begin with; 0 without a mark."""
    if mark_ticks == 0:
        return 0
    return value(spec, max(0, direction(side) * (price_ticks - mark_ticks)), qty_lots)


def need(
    spec: InstrumentSpec,
    side: Side,
    price_ticks: int,
    qty_lots: int,
    *,
    leverage: int,
    mark_ticks: int,
) -> int:
    """Return what an account must have available to open a quantity at a price."""
    return reserve(spec, price_ticks, qty_lots, leverage) + open_loss(
        spec, side, price_ticks, qty_lots, mark_ticks
    )


def notional(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return the size of a position at the mark, in atoms."""
    return value(spec, mark_ticks, abs(position.qty_lots))


def unrealised(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return a position's profit or loss at the mark."""
    return value(spec, mark_ticks, position.qty_lots) - position.cost_atoms


def equity(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return what would be left of a position's margin if it were closed at the mark."""
    return position.margin_atoms + unrealised(spec, position, mark_ticks)


def deficit(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return how much of the maintenance margin is missing; negative where there is more."""
    required = maintenance(spec, notional(spec, position, mark_ticks))
    return required - equity(spec, position, mark_ticks)


def breached(
    spec: InstrumentSpec, position: Position, mark_ticks: int, breach_at_equality: bool
) -> bool:
    """Decide whether a position must be liquidated. The one predicate of the venue.

    Parameters
    ----------
    spec, position
        The instrument and the position on it.
    mark_ticks
        The mark; 0 where the instrument has none yet.
    breach_at_equality
        Whether equity exactly at the maintenance margin is a breach.

    Returns
    -------
    bool
        Always False without a position or without a mark.
    """
    if position.qty_lots == 0 or mark_ticks == 0:
        return False
    missing = deficit(spec, position, mark_ticks)
    return missing >= 0 if breach_at_equality else missing > 0


def deficit_ppm(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Return the deficit as a share of the notional: who is liquidated first."""
    return deficit(spec, position, mark_ticks) * PPM // notional(spec, position, mark_ticks)


def bankruptcy_value(position: Position) -> int:
    """Return the signed value at which closing a position leaves exactly nothing."""
    return position.cost_atoms - position.margin_atoms


def bankruptcy_price(spec: InstrumentSpec, position: Position) -> int:
    """Return the bankruptcy price, rounded to the solvent side and into the instrument's range."""
    value_atoms = bankruptcy_value(position)
    atoms_per_tick = abs(position.qty_lots) * spec.atoms_per_tick_lot
    if position.qty_lots > 0:
        price_ticks = ceil_div(value_atoms, atoms_per_tick)
    else:
        price_ticks = -value_atoms // atoms_per_tick
    return clamp(price_ticks, 1, spec.price_ticks_max)


def liquidation_price(
    spec: InstrumentSpec, position: Position, breach_at_equality: bool = True
) -> int:
    """Return the first tick at which a falling (rising) mark breaches a long (short).

    Parameters
    ----------
    spec, position
        The instrument and the position on it.
    breach_at_equality
        As in `breached`.

    Returns
    -------
    int
        The highest breached tick of a long, the lowest of a short; -1 where no tick breaches it.
    """
    ticks = range(1, spec.price_ticks_max + 1)
    for mark_ticks in reversed(ticks) if position.qty_lots > 0 else ticks:
        if breached(spec, position, mark_ticks, breach_at_equality):
            return mark_ticks
    return -1


def deleveraging_score(spec: InstrumentSpec, position: Position, mark_ticks: int) -> int:
    """Rank a position for deleveraging: the more profitable and the more levered, the higher.

    Parameters
    ----------
    spec, position
        The instrument and the position on it.
    mark_ticks
        The mark, which must be set.

    Returns
    -------
    int
        Profit over margin times maintenance over equity, both in ppm and capped.
    """
    profit = max(0, unrealised(spec, position, mark_ticks))
    pnl_ppm = min(profit * PPM // max(1, position.margin_atoms), SCORE_PNL_PPM_MAX)
    equity_atoms = equity(spec, position, mark_ticks)
    if equity_atoms <= 0:
        return 0
    required = maintenance(spec, notional(spec, position, mark_ticks))
    ratio_ppm = min(required * PPM // equity_atoms, SCORE_RATIO_PPM_MAX)
    return pnl_ppm * ratio_ppm
