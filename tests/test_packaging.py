"""The wheel: installed elsewhere, it has all that it needs and nothing of this folder."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "infobip_analytics"

pytestmark = pytest.mark.slow


def call(*command: object, cwd: Path) -> str:
    """Run a command that knows nothing of this process, and give what it prints."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, as `pip install .` would."""
    built = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", built, cwd=ROOT)
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """List what is in the wheel."""
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a new environment that borrows our libraries; give its programs."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(folder, symlinks=os.name != "nt")
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    library = Path(call(programs / "python", "-c", code, cwd=folder).strip())
    # a .pth file in a borrowed folder is not read, so this checkout does not come with it
    (library / "borrowed.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    install = ["install", "-qq", "--no-index", "--no-deps", wheel]
    call(sys.executable, "-m", "pip", "--python", programs / "python", *install, cwd=folder)
    return programs


def wanted(folder: str, pattern: str = "*") -> set[str]:
    """List the files of this checkout that should be in the wheel, by their names there."""
    paths = [path.relative_to(ROOT) for path in (ROOT / folder).rglob(pattern) if path.is_file()]
    inside = [path if path.parts[0] == PACKAGE else Path(PACKAGE, path) for path in paths]
    unwanted = {"rebuild", "__pycache__", ".ipynb_checkpoints"}
    return {path.as_posix() for path in inside if unwanted.isdisjoint(path.parts)}


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [
        ("data/samples", "delivery_reports*"),
        ("data/samples", "campaign_events*"),
        ("notebooks", "*.ipynb"),
        ("infobip_analytics", "py.typed"),
        ("infobip_analytics/page/templates", "*"),
        ("infobip_analytics/reference", "*.csv"),
    ],
)
def test_the_wheel_carries(folder: str, pattern: str, names: set[str]) -> None:
    assert wanted(folder, pattern), f"there is no {pattern} in {folder}"
    assert wanted(folder, pattern) <= names


def test_the_wheel_is_the_package_the_sample_and_the_notebooks(names: set[str]) -> None:
    carried = {name for name in names if name.startswith(f"{PACKAGE}/")}
    assert carried == wanted(PACKAGE) | wanted("data/samples") | wanted("notebooks")
    assert all(name.startswith(f"{PACKAGE}-") for name in names - carried)


def test_the_source_archive_builds_the_same_wheel(names: set[str], tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build"]
    call(*build, "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    source = next(path for path in tmp_path.iterdir() if path.is_dir())
    assert {"do.py", "requirements.lock", "tests", ".ci"} <= {
        path.name for path in source.iterdir()
    }
    call(*build, "-t", "wheel", "-d", tmp_path, cwd=source)
    with ZipFile(next(tmp_path.glob("*.whl"))) as archive:
        assert set(archive.namelist()) == names


def test_the_package_that_runs_elsewhere_is_the_installed_one(
    elsewhere: Path, tmp_path: Path
) -> None:
    code = """
import json, sys
import infobip_analytics as ia
print(json.dumps([ia.__file__, str(ia.sample_path("delivery_reports")), sys.path]))
"""
    package, sample, path = json.loads(call(elsewhere / "python", "-c", code, cwd=tmp_path))
    assert Path(package).is_relative_to(elsewhere.parent)
    assert Path(sample).is_relative_to(Path(package).parent)
    assert Path(sample).exists()
    assert str(ROOT) not in path


def test_the_command_works_from_an_empty_folder(elsewhere: Path, tmp_path: Path) -> None:
    printed = call(elsewhere / "infobip-analytics", "rates", cwd=tmp_path)
    assert "delivery_rate" in printed.replace(" ", "_").lower()
    assert list(tmp_path.iterdir()) == []


def test_python_m_is_the_same_command(elsewhere: Path, tmp_path: Path) -> None:
    by_name = call(elsewhere / "infobip-analytics", "explain", "5", cwd=tmp_path)
    by_module = call(elsewhere / "python", "-m", "infobip_analytics", "explain", "5", cwd=tmp_path)
    assert by_name == by_module != ""
