"""What public data leave open: ensembles over seeds and priors, the posterior and the verdict."""

from .ensemble import Ensemble, ensemble
from .reduced import ReducedMarket, reduced_market
from .verdict import Verdict, verdict

__all__ = ["Ensemble", "ReducedMarket", "Verdict", "ensemble", "reduced_market", "verdict"]
