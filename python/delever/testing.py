"""Random venues, random commands and invariants, for tests of anything built on a venue.

`Episode` plays a seeded sequence of commands that reaches every corner of the rules; `episodes`
and `command_sequences` are Hypothesis strategies (extra ``test``); `check_events` asserts what
holds for the events of any venue. See `delever.reference.testing`; none needs the compiled core.
"""

from .reference.testing import *  # noqa: F403  (its `__all__` is the list)
