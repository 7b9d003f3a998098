"""What public data leave open: ensembles over seeds and priors, the posterior and the verdict."""

from argparse import Namespace
from pathlib import Path

from delever.scenario import Scenario
from delever.world_report import mechanisms_text

from .ensemble import Ensemble, ensemble
from .ladder import ladder_text
from .phase import phase_diagram
from .reduced import ReducedMarket, reduced_market
from .verdict import Verdict, verdict, verdict_text

__all__ = ["Ensemble", "ReducedMarket", "Verdict", "ensemble", "reduced_market", "verdict"]


def inferred(options: Namespace, scenario: Scenario, out: Path | None) -> str:
    """Return the text of `--ladder`, `--mechanisms` or `--verdict`; the last draws into `out`."""
    if options.ladder:
        return ladder_text(scenario, options.seed)
    if options.mechanisms:
        return mechanisms_text(scenario, options.seed, options.accounts)
    text = verdict_text(scenario, options.seed)
    return f"{text}\nwrote {phase_diagram(scenario, out / 'verdict.png')}" if out else text
