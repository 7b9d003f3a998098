"""The waterfall: what follows where a step of a liquidation has not ended the breach."""

from __future__ import annotations

from enum import Enum

from . import liquidation_agenda
from .liquidation_agenda import Unit
from .procedure_words import Reduce, Remainder
from .rules import Rulebook
from .state import VenueState


class Next(Enum):
    """What becomes of a unit that is still in breach."""

    WAIT = 0
    VAULT = 1  # the insurance fund takes it, whatever it can bear
    TAKEOVER = 2  # the insurance fund takes it, or the last resort


def wants_whole_next(rulebook: Rulebook) -> bool:
    """Whether a step to a lower tier that does not help is followed at once by the whole."""
    return rulebook.reduce == Reduce.NEXT_TIER and rulebook.remainder == Remainder.TAKEOVER


def what_next(state: VenueState, unit: Unit, *, tier_step: bool) -> Next:
    """Decide what becomes of a unit that is still in breach.

    Parameters
    ----------
    state
        The venue, which does not change.
    unit
        The unit.
    tier_step
        Whether the step just made was to bring a position into a lower tier.
    """
    rulebook = state.rulebook
    if not rulebook.steps or liquidation_agenda.equity(state, unit) < 0:
        return Next.TAKEOVER
    if liquidation_agenda.goes_to_vault(state, unit):
        return Next.VAULT
    looks_again = rulebook.reduce == Reduce.TWO_TIERS and tier_step
    if rulebook.remainder == Remainder.TAKEOVER and not looks_again:
        return Next.TAKEOVER
    return Next.WAIT
