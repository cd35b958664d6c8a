"""The table of contents: every public name, imported on first use, and nothing else."""

import ast
import inspect
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import infobip_analytics as ia
from infobip_analytics import errors

ROOT = Path(__file__).resolve().parent.parent

every_name = pytest.mark.parametrize("name", ia.__all__)


def test_the_table_of_contents_is_sorted_and_names_nothing_twice() -> None:
    assert ia.__all__ == sorted(set(ia.__all__))


def test_what_is_listed_is_what_can_be_had_and_what_type_checkers_see() -> None:
    tree = ast.parse(Path(ia.__file__).read_text("utf-8"))
    seen = {
        alias.name: str(node.module).removeprefix("infobip_analytics.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("infobip_analytics.")
        for alias in node.names
    }
    assert set(ia.__all__) == set(ia._MODULES)
    assert seen == ia._MODULES


@every_name
def test_a_name_is_the_same_function_each_time_it_is_used(name: str) -> None:
    first, second = getattr(ia, name), getattr(ia, name)
    assert first is second
    assert callable(first)
    assert first.__name__ == name


@every_name
def test_a_name_says_what_it_does(name: str) -> None:
    documentation = inspect.getdoc(getattr(ia, name))
    assert documentation is not None
    assert re.match(r"[A-Z].*[.:]$", documentation.splitlines()[0])


def test_no_module_takes_the_place_of_a_function() -> None:
    # in a process of its own: there, every module is imported before any name is used
    code = """
import importlib, inspect, pkgutil
import infobip_analytics as ia
walk = pkgutil.walk_packages(ia.__path__, "infobip_analytics.")
names = [module.name for module in walk if ".rebuild" not in module.name]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
for name in ia.__all__ * 2:
    assert not inspect.ismodule(getattr(ia, name)), name
    assert callable(getattr(ia, name)), name
print(len(names))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > len(ia.__all__)


def test_every_error_and_every_warning_is_public() -> None:
    kinds = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    assert kinds == {name for name, module in ia._MODULES.items() if module == "errors"}


def test_every_public_name_lives_where_it_is_made_or_one_step_above() -> None:
    for name, module in ia._MODULES.items():
        made = getattr(ia, name).__module__
        assert made.startswith(f"infobip_analytics.{module}"), f"{name} is made in {made}"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'delivery_rate'"):
        _ = ia.delivery_rate


def test_a_star_brings_the_public_names_and_no_others() -> None:
    names: dict[str, object] = {}
    exec("from infobip_analytics import *", names)
    assert set(names) - {"__builtins__"} == set(ia.__all__)


def test_dir_lists_every_public_name_before_any_is_used() -> None:
    assert set(ia.__all__) <= set(dir(ia))


def test_a_submodule_can_still_be_imported_by_its_name() -> None:
    names = [module.name for module in pkgutil.iter_modules(ia.__path__)]
    assert "errors" in names
    assert import_module("infobip_analytics.errors") is errors


def test_the_version_is_the_one_that_is_installed_and_built() -> None:
    written = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert written is not None
    assert ia.__version__ == written[1]
