"""The staircase: one noun a module, and imports that only go down."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import infobip_analytics

PACKAGE = Path(infobip_analytics.__file__).parent

# From the ground up: a module, or a folder of them, imports only from the floors below its own.
FLOORS = [
    {"errors"},
    {"reference", "outcomes", "wording", "window", "intervals"},
    {"codes", "countries", "clock", "differences", "durations", "engines"},
    {"frames", "gathering", "grouping", "shrinking", "unfinished"},
    {"sources", "counting", "destination", "tying", "masking"},
    {"infobip", "bloomreach"},
    {"archive"},
    {"reading", "fetching", "receiving"},
    {"folding"},
    {"pairing", "making"},
    {"matching", "spreading"},
    {"journey"},
    {"rates", "coverage", "leftovers"},
    {"tables", "plots"},
    {"coming", "responses", "timing", "undelivered"},
    {"retiring", "believing", "changing", "standing", "watching"},
    {"spending", "definitions", "page", "reconciling", "recomputing", "sql", "variants"},
    {"samples"},
    {"essays"},
    {"cli"},
]
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}

# The table of contents and the way in by `python -m` stand on top of it all.
ABOVE = {"__init__", "__main__"}

# Scripts that make the tables anew; they are run by hand and are no part of what is installed.
REBUILD = PACKAGE / "reference" / "rebuild"

FILES = sorted(path for path in PACKAGE.rglob("*.py") if REBUILD not in path.parents)
NAMES = [path.relative_to(PACKAGE).as_posix() for path in FILES]

HEAVY = {"jinja2", "narwhals", "numpy", "pandas", "plotly", "polars", "pyarrow", "requests"}

every_file = pytest.mark.parametrize("path", FILES, ids=NAMES)


def room(path: Path) -> str:
    """Name the room that the file *path* is, or is in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_used(source: str, package: str = "infobip_analytics") -> set[str]:
    """Name the rooms that *source*, a file of *package*, imports from; the facade is `__init__`."""
    ours = {
        name.removeprefix("infobip_analytics").lstrip(".").partition(".")[0]
        for name in imported(ast.parse(source), package)
        if name.partition(".")[0] == "infobip_analytics"
    }
    # __version__ is a constant: whoever reads it imports nothing
    return {name if name in FLOOR else "__init__" for name in ours - {"__version__"}}


def imported(tree: ast.AST, package: str) -> Iterator[str]:
    """Give the full name of everything that *tree* imports, wherever in it that is done."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            outside = package.split(".")[: len(package.split(".")) + 1 - node.level]
            parts = [*(outside if node.level else []), *([node.module] if node.module else [])]
            yield from (".".join([*parts, alias.name]) for alias in node.names)


@pytest.mark.parametrize(
    ("source", "package", "rooms"),
    [
        ("import infobip_analytics.codes", "infobip_analytics", {"codes"}),
        ("import infobip_analytics.infobip.reader as r", "infobip_analytics", {"infobip"}),
        ("from infobip_analytics.codes import explain", "infobip_analytics", {"codes"}),
        ("from infobip_analytics import codes, frames", "infobip_analytics", {"codes", "frames"}),
        ("from infobip_analytics import explain", "infobip_analytics", {"__init__"}),
        ("import infobip_analytics as ia", "infobip_analytics", {"__init__"}),
        ("from infobip_analytics import __version__", "infobip_analytics", set()),
        ("from . import codes", "infobip_analytics", {"codes"}),
        ("from .codes import explain", "infobip_analytics", {"codes"}),
        ("from ..codes import explain", "infobip_analytics.infobip", {"codes"}),
        ("from . import payloads", "infobip_analytics.infobip", {"infobip"}),
        ("if TYPE_CHECKING:\n    from infobip_analytics.page import x", "", {"page"}),
        ("def late():\n    from infobip_analytics.page import x", "", {"page"}),
        ("import pandas, infobip_analytics_too", "infobip_analytics", set()),
    ],
)
def test_every_spelling_of_an_import_is_seen(source: str, package: str, rooms: set[str]) -> None:
    assert rooms_used(source, package) == rooms


@every_file
def test_imports_only_go_down(path: Path) -> None:
    package = ".".join(["infobip_analytics", *path.relative_to(PACKAGE).parts[:-1]])
    used = rooms_used(path.read_text("utf-8"), package) - {room(path)}
    height = len(FLOORS) if room(path) in ABOVE else FLOOR[room(path)]
    too_high = {name for name in used if FLOOR.get(name, len(FLOORS)) >= height}
    assert not too_high, f"{room(path)} imports {sorted(too_high)}, on no floor below its own"


def test_every_module_stands_on_one_floor_and_every_floor_is_built() -> None:
    assert sum(map(len, FLOORS)) == len(FLOOR), "a module stands on two floors"
    assert {room(path) for path in FILES} - ABOVE == set(FLOOR)


def test_no_module_has_the_name_of_a_public_function() -> None:
    # importing such a module would put it in the function's place
    assert {room(path) for path in FILES}.isdisjoint(infobip_analytics.__all__)


@every_file
def test_a_module_fits_in_a_head(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300


@every_file
def test_only_the_command_line_prints(path: Path) -> None:
    calls = {node.func for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)}
    printed = {func.id for func in calls if isinstance(func, ast.Name)} & {"print", "input"}
    assert not printed or room(path) == "cli"


@every_file
def test_no_error_is_caught_unnamed(path: Path) -> None:
    handlers = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.ExceptHandler)]
    caught = {ast.unparse(handler.type) if handler.type else "" for handler in handlers}
    assert caught.isdisjoint({"", "Exception", "BaseException"})


@pytest.mark.parametrize(
    "code",
    [
        "import infobip_analytics",
        "import infobip_analytics.codes",
        "import infobip_analytics.cli",
        "import infobip_analytics as ia; ia.explain(5)",
        "from infobip_analytics.cli import main; main(['explain', '5'])",
    ],
)
def test_what_must_start_at_once_imports_nothing_heavy(code: str) -> None:
    loaded = _modules_loaded_by(code)
    assert "infobip_analytics" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_what_is_heavy_would_be_seen() -> None:
    assert "polars" in _modules_loaded_by("import infobip_analytics.frames")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _modules_loaded_by(code: str) -> set[str]:
    ending = "\nimport sys; print('\\nLOADED', *sys.modules)"
    command = [sys.executable, "-W", "error", "-c", code + ending]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("\nLOADED ")[2].split())
