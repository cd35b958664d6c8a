"""`do.py`: one file, nothing but Python, from a bare machine to the job's exit code."""

import ast
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
DO = ROOT / "do.py"


@pytest.fixture
def do() -> ModuleType:
    """Load do.py as a module of its own."""
    spec = importlib.util.spec_from_file_location("do", DO)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(do: ModuleType, tmp_path: Path) -> Path:
    """Lay out a folder whose environment is finished."""
    (tmp_path / "requirements.lock").write_text("six==1.0")
    (tmp_path / "pyproject.toml").write_text("[project]")
    do.python(tmp_path).parent.mkdir(parents=True)
    do.python(tmp_path).touch()
    do.stamp(tmp_path).write_text(f"{do.place(tmp_path)}\n{do.contents(tmp_path)}\n")
    return tmp_path


def test_it_imports_nothing_but_the_standard_library() -> None:
    nodes = list(ast.walk(ast.parse(DO.read_text("utf-8"))))
    used = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    used |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert "subprocess" in used
    assert {module.partition(".")[0] for module in used} <= sys.stdlib_module_names


def test_an_old_python_can_read_it_as_far_as_the_sentence_that_turns_it_away() -> None:
    ast.parse(DO.read_text("utf-8"), feature_version=(3, 6))


def test_an_old_python_is_turned_away(
    do: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(do, "THIS", (3, 10))
    assert do.main(["test"]) == 1
    assert "needs Python 3.11 or newer, and is run by 3.10" in capsys.readouterr().err


def test_the_oldest_python_is_the_one_the_package_asks_for(do: ModuleType) -> None:
    asked = re.search(r'requires-python = ">=(\d+)\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    assert asked is not None
    assert tuple(map(int, asked.groups())) == do.OLDEST


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_job(
    do: ModuleType, argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert do.main(argv) == 0
    assert set(re.findall(r"python3 do\.py (\w+)", capsys.readouterr().out)) == set(do.JOBS)


def test_an_unknown_job_is_answered_with_those_there_are(
    do: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do.main(["reprot"]) == 2
    assert "'reprot'. There are: report, test, lab, run" in capsys.readouterr().err


def test_a_finished_environment_is_left_as_it_is(
    do: ModuleType, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do.state(root) == "ready"
    do.prepare(root)
    assert capsys.readouterr().err == ""


def test_an_empty_folder_is_no_environment(do: ModuleType, tmp_path: Path) -> None:
    assert do.state(tmp_path) == "absent"
    do.venv_of(tmp_path).mkdir()
    assert do.state(tmp_path) == "absent"


def test_an_installation_that_was_cut_short_is_noticed(do: ModuleType, root: Path) -> None:
    do.stamp(root).write_text(f"{do.place(root)}\n")
    assert do.state(root) == "broken"


def test_a_stamp_that_was_cut_short_is_noticed(do: ModuleType, root: Path) -> None:
    do.stamp(root).write_text("")
    assert do.state(root) == "broken"


def test_a_moved_folder_is_noticed(do: ModuleType, root: Path) -> None:
    elsewhere = root.rename(root.with_name("elsewhere"))
    assert do.state(elsewhere) == "broken"


def test_another_python_is_noticed(
    do: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(do, "THIS", (3, 99))
    assert do.state(root) == "broken"


def test_a_python_that_is_gone_is_noticed(do: ModuleType, root: Path) -> None:
    do.python(root).unlink()
    do.python(root).symlink_to(root / "nowhere")
    assert do.state(root) == "broken"


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_file_brings_the_environment_up_to_date(
    do: ModuleType, root: Path, name: str
) -> None:
    (root / name).write_text("something else")
    assert do.state(root) == "old"


def test_somebody_elses_environment_is_put_aside_and_not_deleted(
    do: ModuleType, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    do.stamp(root).unlink()
    (root / ".venv.1").mkdir()
    assert do.state(root) == "foreign"
    do.set_aside(do.venv_of(root))
    assert not do.venv_of(root).exists()
    assert (root / ".venv.2" / do.python(root).relative_to(do.venv_of(root))).exists()
    assert "it is now called .venv.2" in capsys.readouterr().err


@pytest.mark.parametrize("uv", [None, "/usr/bin/uv"])
def test_what_is_locked_is_installed_by_its_hashes_and_nothing_else_is(
    do: ModuleType, root: Path, uv: str | None
) -> None:
    locked, package = do.installations(root, uv)
    assert locked[-3:] == ["--require-hashes", "-r", str(root / "requirements.lock")]
    assert package[-4:] == ["--no-deps", "--no-build-isolation", "--editable", str(root)]
    assert locked[0] == package[0] == (uv or str(do.python(root)))


def test_a_python_without_venv_is_answered_with_what_to_install(
    do: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # as on a Debian without python3-venv
    with pytest.raises(do.SetUpError, match="sudo apt install python3-venv"):
        do.make(tmp_path, with_pip=True)
    assert not do.venv_of(tmp_path).exists()


def test_with_uv_a_python_without_ensurepip_will_do(
    do: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    do.make(tmp_path, with_pip=False)
    assert do.python(tmp_path).exists()
    assert do.state(tmp_path) == "broken", "nothing is installed in it yet"


@pytest.mark.skipif(os.name == "nt", reason="the failing installer is a shell script")
def test_a_failed_installation_leaves_the_environment_unfinished(
    do: ModuleType, root: Path
) -> None:
    do.python(root).write_text("#!/bin/sh\nexit 1\n")
    do.python(root).chmod(0o755)
    with pytest.raises(do.SetUpError, match="run the same again"):
        do.install(root, None)
    assert do.state(root) == "broken"


def test_the_exit_code_is_the_jobs_own(do: ModuleType) -> None:
    assert do.run([sys.executable, "-c", "raise SystemExit(7)"]) == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_the_exit_code_after_a_signal_is_the_shells(do: ModuleType) -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert do.run([sys.executable, "-c", killed]) == 128 + signal.SIGKILL


def test_every_check_runs_and_the_first_failure_is_the_exit_code(
    do: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    codes = {"one": 0, "two": 3, "three": 4, "four": 0}
    commands = {
        name: [sys.executable, "-c", f"print({name!r}); raise SystemExit({code})"]
        for name, code in codes.items()
    }
    assert do.run_all(commands) == 3
    out, err = capfd.readouterr()
    assert out.split() == ["one", "two", "three", "four"]
    assert err.splitlines() == [
        "== one",
        "== two",
        "== two failed",
        "== three",
        "== three failed",
        "== four",
    ]


def test_pytest_is_the_last_check_so_that_its_count_is_the_last_line(do: ModuleType) -> None:
    checks = do.checks(["python"], ["-k", "rates"])
    assert list(checks) == ["ruff format", "ruff check", "mypy", "pytest"]
    assert checks["pytest"][:3] == ["python", "-m", "pytest"]
    assert checks["pytest"][-2:] == ["-k", "rates"]


def test_ci_runs_what_the_readme_tells_a_person_to_run() -> None:
    assert (ROOT / ".ci" / "run").read_text("utf-8").endswith("\nexec python3 do.py test\n")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_help_comes_at_once_and_makes_nothing(tmp_path: Path) -> None:
    alone = shutil.copy(DO, tmp_path)
    shown = subprocess.run([sys.executable, alone], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("Make everything that is needed, then do one job.")
    assert [path.name for path in tmp_path.iterdir()] == ["do.py"]
