"""The reference venue: the specification of delever, in Python that can be read.

A slow, exact twin of the compiled core, in plain integers and without cleverness: every position
is asked at every mark, every best price is searched for. The two give the same events, word by
word, for the same commands. What both are given is defined here as well: the words of commands and
events, contracts, and the dated rulebooks. Nothing here imports the core. Names load when first
used, so that the package's handles need not wait for the twin; `__init__.pyi` types them.
"""

from importlib import import_module
from typing import Any

_NAMES = {
    "commands": "Command",
    "events": "Event Word",
    "procedure_words": "ClosePrice CloseTimeInForce FundTrigger LastResort LiquidationFee Ranking "
    "Reduce Remainder",
    "rules": "Currency InstrumentSpec MarginTier Rulebook marginal_tiers",
    "venue": "ReferenceVenue",
    "vocabulary": "EVERY_INSTRUMENT AuctionPrice CancelReason CommandKind Contract CrossPool "
    "EventKind IcebergAmendUp IcebergRefresh MarginMode MarketResidual OrderFlag OrderType "
    "PegReference PositionMode PositionSide RejectReason SelfTrade Side StopEntry TermKind "
    "TierRule TimeInForce TradingPhase TriggerDirection TriggerKind TriggerSource",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [*_HOME]  # noqa: PLE0604  (all are text)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'delever.reference' has no attribute '{name}'")
    globals()[name] = value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
