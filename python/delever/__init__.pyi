from ._core import COMMAND_DTYPE as COMMAND_DTYPE
from ._core import __version__ as __version__
from ._core import commands as commands
from ._core import layout as layout
from .errors import BusyError as BusyError
from .errors import CapacityError as CapacityError
from .errors import ConfigError as ConfigError
from .errors import DataError as DataError
from .errors import DeleverError as DeleverError
from .errors import InvariantError as InvariantError
from .errors import UnknownIdError as UnknownIdError
from .events import Outcome as Outcome
from .events import Placed as Placed
from .events import Position as Position
from .events import Table as Table
from .inference import Ensemble as Ensemble
from .inference import Verdict as Verdict
from .inference import ensemble as ensemble
from .inference import verdict as verdict
from .observation import LIQUIDATION_DTYPE as LIQUIDATION_DTYPE
from .observation import observe as observe
from .reference.instruments import Instrument as Instrument
from .reference.instruments import Tier as Tier
from .reference.rulebook import Rulebook as Rulebook
from .reference.rulebook import rulebook as rulebook
from .reference.rules import Currency as Currency
from .reference.vocabulary import CancelReason as CancelReason
from .reference.vocabulary import CommandKind as CommandKind
from .reference.vocabulary import CrossPool as CrossPool
from .reference.vocabulary import EventKind as EventKind
from .reference.vocabulary import MarginMode as MarginMode
from .reference.vocabulary import OrderFlag as OrderFlag
from .reference.vocabulary import OrderType as OrderType
from .reference.vocabulary import PositionMode as PositionMode
from .reference.vocabulary import PositionSide as PositionSide
from .reference.vocabulary import RejectReason as RejectReason
from .reference.vocabulary import Side as Side
from .reference.vocabulary import TimeInForce as TimeInForce
from .scenario import Scenario as Scenario
from .scenario import scenario as scenario
from .stress import StressResult as StressResult
from .stress import stress as stress
from .venue import Events as Events
from .venue import MatchingEngine as MatchingEngine
from .venue import Venue as Venue

def get_include() -> str:
    """Return the directory for `#include <delever/...>` from C, C++ and Cython."""

def get_cmake_dir() -> str:
    """Return the directory for `find_package(delever)`, as `-Ddelever_DIR=`."""
