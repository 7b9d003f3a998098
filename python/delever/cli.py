"""The command line: replay, scenario, check, book, rulebook and stress (commands.toml).

Everything that can be wrong with what was typed is found before anything runs: one line on stderr,
status 2, nothing written.
"""

import argparse
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from .errors import ConfigError, DeleverError
from .page import require_plotly, write_page
from .recordings import say_recordings, with_recordings
from .report import ROLES, describe, footer, render, summary
from .scenario import Scenario, scenario_errors, scenario_names
from .simulation import ACCOUNTS, SEEDS, within


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(argv)
    try:
        module, _, name = options.run.rpartition(".")
        status = int(getattr(import_module(f"delever.{module}"), name)(options))
        sys.stdout.flush()
    except DeleverError as error:
        sys.stderr.write(f"delever: {error}\n")
        return 2
    except BrokenPipeError:  # somebody like `head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("\ndelever: interrupted, nothing was written\n")
        return 130
    return status


def _parser() -> _Parser:
    parser = _Parser(prog="delever", description="Replay historical liquidation cascades.")
    form = tomllib.loads(Path(__file__).with_name("commands.toml").read_text("utf-8"))
    _add(parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser), form)
    return parser


def _add(commands: Any, form: Mapping[str, Any]) -> None:
    for word, one in form.items():
        command = commands.add_parser(word, help=one["help"])
        command._negative_number_matcher = re.compile(r"-\d")  # noqa: SLF001  ("--path -30%")
        command.set_defaults(run=one.get("run"))
        for argument in one.get("arguments", ()):
            kind = {"type": TYPES[argument["type"]]} if "type" in argument else {}
            command.add_argument(argument.pop("name"), **argument | kind)
        if "actions" in one:
            kinds = {"required": True, "metavar": "ACTION", "parser_class": _Parser}
            _add(command.add_subparsers(**kinds), one["actions"])


def _integer(text: str) -> int:
    try:
        return int(text.replace(",", "").replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


TYPES: Mapping[str, Any] = {"integer": _integer, "number": int, "real": float, "path": Path}


def list_scenarios(_: argparse.Namespace) -> int:
    """Print every shipped scenario in two lines."""
    print("\n".join(summary(Scenario.load(name)) for name in scenario_names()))
    return 0


def show_scenario(options: argparse.Namespace) -> int:
    """Print the facts of a scenario."""
    print(describe(Scenario.load(options.name), (options.role,) if options.role else ROLES))
    return 0


def check_scenario(options: argparse.Namespace) -> int:
    """Say everything that is wrong with a scenario file."""
    errors = scenario_errors(options.name)
    sys.stderr.writelines(f"delever: {error}\n" for error in errors)
    if not errors:
        print(f"sound: {summary(Scenario.load(options.name))}")
    return 2 if errors else 0


def replay(options: argparse.Namespace) -> int:
    """Replay a scenario, or run what else was asked for on it."""
    scenario = Scenario.load(options.name)
    within("--seed", options.seed, SEEDS)
    if options.accounts is not None:
        within("--accounts", options.accounts, ACCOUNTS)
    if options.report:
        require_plotly()
        check_file(options.report, "--report")
    scenario = with_recordings(options, scenario)
    draws = options.out is not None or find_spec("matplotlib") is not None
    out = options.out or Path("out")
    if draws:
        from .plotting import require_matplotlib  # noqa: PLC0415  (optional)

        require_matplotlib()
        check_directory(out, "--out")
    if options.json:
        check_file(options.json, "--json")
    if options.ladder or options.verdict or options.mechanisms:
        print(_inferred(options, scenario, out if draws else None))
        return 0
    if options.what_if:
        from .world_report import run_what_if  # noqa: PLC0415  (import time)

        return run_what_if(options, scenario, out if draws else None)
    live = sys.stderr.isatty() and not options.no_progress
    done = scenario.replay(seed=options.seed, accounts=options.accounts, progress=live)
    print(render(done, everything=options.all))
    feed = say_recordings(options, done)
    written = [str(path) for path in done.plot(out)] if draws else []
    if options.json:
        written.append(str(done.to_json(options.json)))
    if options.report:
        written.append(str(write_page(done, options.report, feed=feed)))
    print(footer(done, options.name, written))
    if not draws:
        print(" no pictures: pip install 'delever[plot]'")
    return 0


def _inferred(options: argparse.Namespace, scenario: Scenario, out: Path | None) -> str:
    """Return the text of `--ladder`, `--mechanisms` or `--verdict`; the last draws into `out`."""
    from .inference.ladder import ladder_text  # noqa: PLC0415  (import time)
    from .inference.phase import phase_diagram  # noqa: PLC0415
    from .inference.verdict import verdict_text  # noqa: PLC0415
    from .world_report import mechanisms_text  # noqa: PLC0415

    if options.ladder:
        return ladder_text(scenario, options.seed)
    if options.mechanisms:
        return mechanisms_text(scenario, options.seed, options.accounts)
    text = verdict_text(scenario, options.seed)
    return f"{text}\nwrote {phase_diagram(scenario, out / 'verdict.png')}" if out else text


def check_directory(path: Path, option: str) -> None:
    """Refuse a directory that cannot be written, by trying it in the part that exists."""
    existing = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
    try:
        tempfile.TemporaryFile(dir=existing).close()
    except OSError as error:
        what = f"cannot write there ({error.strerror}): '{path}'"
        raise ConfigError(f"{option}: {what}; choose a directory you can write") from error


def check_file(path: Path, option: str) -> None:
    """Refuse a file that cannot be written."""
    if path.is_dir():
        raise ConfigError(f"{option}: is a directory: '{path}'; give a file name in it")
    if not path.absolute().parent.is_dir():
        fix = "create it, or choose another"
        raise ConfigError(f"{option}: no such directory: '{path.parent}'; {fix}")
    check_directory(path.parent, option)
