"""What is kept in the repository, and what is not."""

import re
import socket
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent

TOP_LEVEL = {
    "LICENSE",
    "README.md",
    "benchmarks",
    "data",
    "do.py",
    "docs",
    "infobip_analytics",
    "notebooks",
    "pyproject.toml",
    "requirements.lock",
    "tests",
}

RUNTIME = {
    "fastexcel",
    "jinja2",
    "msgspec",
    "narwhals",
    "numpy",
    "pandas",
    "plotly",
    "polars",
    "pyarrow",
    "requests",
    "scipy",
    "urllib3",
}

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

# What do.py installs, and the engines that .ci/run adds
LOCKS = {
    name: (ROOT / name).read_text("utf-8") for name in ("requirements.lock", ".ci/engines.lock")
}

# `name==version ; marker \` and under it its hashes
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?P<rest>.*(?:\n +.*)*)$", re.M)
PINS = {pin["name"]: pin for lock in LOCKS.values() for pin in PIN.finditer(lock)}

# A path that exists on one machine only, and the address of a package registry
MACHINE = re.compile(r"(?<![\w.~-])/(?:work|root|home|Users|opt)/\w")
REGISTRY = re.compile(r"://[\w.-]*(?:pypi|pythonhosted|npmjs)\b")


def kept() -> list[Path]:
    """List what is tracked, and what would be if all were added now."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this folder is no clone of the repository")
    paths = (ROOT / name for name in sorted(set(done.stdout.split("\0"))) if name)
    return [path for path in paths if path.exists()]


def asked_for() -> list[Requirement]:
    """List everything that pyproject.toml asks for."""
    project = PROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    lists += [*PROJECT["dependency-groups"].values(), PROJECT["build-system"]["requires"]]
    return [Requirement(text) for requirements in lists for text in requirements]


def test_the_top_level_holds_what_a_stranger_can_name() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in kept()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL
    assert {"README.md", "infobip_analytics", "notebooks", "data", "do.py", ".ci"} <= names


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY], ids=["machine", "registry"])
def test_no_file_names_one_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    found = {}
    for path in kept():
        text = path.read_bytes().decode("utf-8", "ignore")
        if place := pattern.search(text):
            found[str(path.relative_to(ROOT))] = place[0]
    assert found == {}


def test_a_machine_and_a_registry_would_be_seen() -> None:
    assert MACHINE.search("in " + "/".join(["", "home", "ann", "exports"]))
    assert not MACHINE.search("see docs/home/index and https://example.com/home/x")
    assert REGISTRY.search("https:" + "//files." + "pythonhosted" + ".org/x")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_pins_and_hashes_and_nothing_else(name: str) -> None:
    assert len(PINS) > 50
    rest = PIN.sub("", LOCKS[name]).strip()
    assert rest == "", "lines that are neither a pin nor a hash, such as addresses or comments"
    for pin in PINS.values():
        lines = [line.strip().removesuffix("\\").strip() for line in pin["rest"].split("\n")]
        assert re.fullmatch(r"(; .+)?", lines[0]), pin[0]
        assert lines[1:], f"{pin['name']} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in lines[1:]), pin[0]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_no_address(name: str) -> None:
    assert "://" not in LOCKS[name]
    assert "@" not in LOCKS[name]


@pytest.mark.parametrize("requirement", asked_for(), ids=str)
def test_a_lock_pins_what_is_asked_for(requirement: Requirement) -> None:
    pin = PINS[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pin["version"]), (
        f"{pin['name']} is locked at {pin['version']}: make the lock anew, with uv pip compile"
    )


def test_what_a_user_must_install_is_twelve_libraries() -> None:
    needed = {Requirement(text).name for text in PROJECT["project"]["dependencies"]}
    assert needed == RUNTIME


def test_no_test_reaches_beyond_this_machine() -> None:
    with pytest.raises(RuntimeError, match="without a network"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(RuntimeError, match="without a network"):
        socket.getaddrinfo("example.com", 443)
    with socket.socket() as unbound, pytest.raises(RuntimeError, match="without a network"):
        unbound.connect_ex(("192.0.2.1", 80))


def test_a_test_may_talk_to_itself() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()
