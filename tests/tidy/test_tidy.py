"""The conventions of this repository, as far as a machine can see them."""

import ast
import io
import re
import tokenize
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("units", "market", "risk", "venue", "feed", "sim", "capi", "bindings")
ALLOWED = {layer: set(LAYERS[: rank + 1]) for rank, layer in enumerate(LAYERS)}
ALLOWED["capi"] -= {"sim"}
EXACT = ("units", "market", "risk", "venue")  # where no floating point may enter
CPP = sorted(path for path in (ROOT / "csrc").rglob("*") if path.suffix in {".hpp", ".cpp", ".h"})
CPP_TESTS = sorted((ROOT / "tests" / "cpp").glob("*.?pp"))
PYTHON = sorted((ROOT / "python").rglob("*.py"))
SCRIPTS = sorted(
    p for folder in ("tests", "bench", "examples") for p in (ROOT / folder).rglob("*.py")
)
TEXTS = [*CPP, *CPP_TESTS, *PYTHON, *SCRIPTS]
TEXTS += [p for p in (ROOT / "python").rglob("*") if p.suffix in {".pyi", ".pyx", ".pxd"}]
TEXTS += [ROOT / "CMakeLists.txt", ROOT / "pyproject.toml", *(ROOT / ".ci").glob("*")]
DOORS = {  # parts of the package with a budget of their own: folders, modules
    "inference": set(),
    "pages": {"page"},
    "recordings": {"recordings", "observation"},
    "worlds": {"world", "world_report", "switches"},
}
THIN_LINES_MAX = {
    "package": 2_440,
    "inference": 715,
    "pages": 140,
    "recordings": 260,
    "worlds": 435,
}  # every line, as wc counts
THIN_EXECUTABLE_LINES_MAX = 2_500  # of all of them, as line coverage counts
THIN_CODE_LINES_MAX = 2_690  # of all of them, without blank lines, comments and docstrings


def name(path):
    return str(path.relative_to(ROOT))


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=name)


def code_of(path):
    """A C++ file without comments and string literals, line by line."""
    text = path.read_text("utf-8")
    pattern = r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\''
    blank = lambda hit: re.sub(r"[^\n]", " ", hit.group())  # noqa: E731
    return re.sub(pattern, blank, text, flags=re.DOTALL).split("\n")


@each(CPP)
def test_includes_point_downward(path):
    layer = path.relative_to(ROOT / "csrc").parts[0]
    for target in re.findall(r'^#include "([^"]+)"', path.read_text("utf-8"), re.MULTILINE):
        assert target.split("/")[0] in ALLOWED[layer], f"{layer} may not include {target}"


@each([path for path in CPP if path.relative_to(ROOT / "csrc").parts[0] != "bindings"])
def test_the_core_knows_no_python(path):
    assert not re.search(r"#include\s*[<\"](Python|pybind11)", path.read_text("utf-8"))


@each([path for path in CPP if path.relative_to(ROOT / "csrc").parts[0] in EXACT])
def test_no_floating_point_in_the_exact_layers(path):
    for row, line in enumerate(code_of(path), 1):
        assert not re.search(r"\b(float|double)\b", line), f"line {row}: {line}"


@each([path for path in CPP if path.suffix != ".h"])
def test_everything_is_in_the_namespace(path):
    text = "\n".join(code_of(path))
    assert path.name in {"module.cpp", "inline.hpp"} or "inline namespace v1 {" in text
    assert not re.search(r"^using namespace", text, re.MULTILINE)


@each([path for path in CPP if path.suffix == ".hpp"])
def test_headers_open_with_prose(path):
    lines = path.read_text("utf-8").split("\n")
    prose = list(takewhile(lambda line: line.startswith("//"), lines))
    short = 2 if len(lines) < 40 else 4
    assert len(prose) >= short, f"{len(prose)} lines say what the file owns; {short} are due"
    assert "#pragma once" in lines


@each([*CPP, *CPP_TESTS])
def test_cpp_files_are_short(path):
    assert path.read_text("utf-8").count("\n") < 500


@each([*PYTHON, *SCRIPTS])
def test_python_files_are_short(path):
    assert path.read_text("utf-8").count("\n") < 400


@each([*PYTHON, *SCRIPTS])
def test_python_functions_are_short(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 70, f"{node.name} is too long"


@each([*CPP, *CPP_TESTS])
def test_cpp_functions_are_short(path):
    depth, opened = 0, []
    for row, line in enumerate(code_of(path), 1):
        for char in line:
            if char == "{":
                wide = re.search(r"\b(namespace|class|struct|enum|union|extern)\b", line)
                opened.append((row, bool(wide) or (depth > 0 and not opened[-1][1])))
                depth += 1
            elif char == "}":
                depth -= 1
                start, exempt = opened.pop()
                assert exempt or row - start < 70, f"the block at line {start} is too long"


@each(TEXTS)
def test_lines_fit(path):
    for row, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        assert len(line) <= 100, f"line {row} has {len(line)} columns"
        assert line == line.rstrip(), f"line {row} ends in spaces"


# Written so that this file does not contain them.
BANNED = ["std::" + "rand", "march=" + "native", "ffast-" + "math", "TO" + "DO", "FIX" + "ME"]
BANNED += ["HA" + "CK", "X" * 3, "/wo" + "rk/", "/tm" + "p/", "/ro" + "ot/", "random_" + "device"]


@each([*TEXTS, ROOT / "README.md", ROOT / "CHANGELOG.md"])
def test_nothing_banned(path):
    text = path.read_text("utf-8")
    assert [token for token in BANNED if token in text] == []


@each([path for path in CPP if path.suffix == ".hpp"])
def test_every_header_is_included(path):
    wanted = f'"{path.relative_to(ROOT / "csrc").as_posix()}"'
    users = [one for one in [*CPP, *CPP_TESTS] if wanted in one.read_text("utf-8")]
    assert users, "nobody includes it"


def test_every_module_is_used():
    used = "\n".join(path.read_text("utf-8") for path in [*PYTHON, *SCRIPTS])
    used += (ROOT / "pyproject.toml").read_text("utf-8")
    for path in PYTHON:
        if path.stem not in {"__init__", "__main__"}:
            assert re.search(rf"\b{path.stem}\b", used.replace(f'"""{path.stem}', "")), name(path)


THIN = [path for path in PYTHON if "reference" not in path.relative_to(ROOT).parts]


def test_python_stays_thin():
    lines = dict.fromkeys(THIN_LINES_MAX, 0)
    for path in THIN:
        parts = path.relative_to(ROOT).parts
        door = next((d for d in DOORS if path.stem in DOORS[d] or d in parts), "package")
        lines[door] += path.read_text("utf-8").count("\n")
    assert all(lines[door] <= most for door, most in THIN_LINES_MAX.items()), lines


def docstring_rows(tree):
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            yield from range(node.body[0].lineno, node.body[0].end_lineno + 1)


def code_lines(path):
    """Lines that are neither blank, nor a comment, nor of a docstring."""
    text, rows = path.read_text("utf-8"), set()
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in blank | {tokenize.ENDMARKER}:
            rows |= set(range(token.start[0], token.end[0] + 1))
    return len(rows - set(docstring_rows(ast.parse(text))))


def test_the_code_of_python_stays_thin():
    counts = {name(path): code_lines(path) for path in THIN}
    assert sum(counts.values()) <= THIN_CODE_LINES_MAX, counts


def test_python_has_few_lines_to_cover():
    counter = pytest.importorskip("coverage").Coverage(data_file=None)
    counts = {name(path): len(counter.analysis2(str(path))[1]) for path in THIN}
    assert sum(counts.values()) <= THIN_EXECUTABLE_LINES_MAX, counts


def test_the_reference_never_sees_the_core():
    for path in (ROOT / "python" / "delever" / "reference").rglob("*.py"):
        assert "_core" not in path.read_text("utf-8"), name(path)
