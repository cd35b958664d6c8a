"""What every test shares: a shut network, three engines, and Chromium where a test needs a browser.

A room's test is written once and runs on every engine:

    def test_what_is_claimed(engine: Engine, back: Back) -> None:
        rates = delivery_rates(engine(pl.DataFrame({...})))
        assert back(rates)["delivery_rate"].to_list() == [None]

The types come from `from conftest import Back, Engine`. Markers: `slow`, and `browser` for a test
that takes the fixture `chromium` or `browser`.
"""

import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import narwhals as nw
import polars as pl
import pytest

from infobip_analytics.cli import main
from infobip_analytics.frames import to_engine

Engine = Callable[[pl.DataFrame], Any]
Back = Callable[[Any], pl.DataFrame]
Run = Callable[..., tuple[int, str, str]]

IN_CI = bool(os.environ.get("CI"))

# deadline: two cores that others use too make any single example slow now and then
# too_slow: the first example of a run pays for the import of polars
hypothesis.settings.register_profile(
    "here",
    deadline=None,
    max_examples=50,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# In CI the same examples each time: a submission is not refused for a stranger's old slip
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("here"), derandomize=True, database=None
)
hypothesis.settings.load_profile("ci" if IN_CI else "here")

ENGINES: dict[str, Engine] = {
    "pandas": lambda frame: to_engine(frame.lazy(), "pandas"),
    "polars": lambda frame: to_engine(frame.lazy(), "polars"),
    "polars-lazy": lambda frame: to_engine(frame.lazy(), "polars", lazy=True),
}


# session scope: hypothesis refuses a fixture that is made anew for each example
@pytest.fixture(scope="session", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    """Turn a polars frame into the frame of one engine; the test runs once for each of them."""
    return ENGINES[request.param]


@pytest.fixture(scope="session")
def back() -> Back:
    """Turn a frame of any engine back into a polars frame, to look at it."""
    return to_polars


def to_polars(frame: Any) -> pl.DataFrame:
    """Turn a frame of any engine into a polars frame; pandas' NaN is a null again."""
    polars: pl.DataFrame = nw.from_native(frame).lazy().collect().to_polars()
    return polars


@pytest.fixture(scope="session", autouse=True)
def _shut_network() -> Iterator[None]:
    """Let no test reach beyond this machine: neither connect nor look a name up."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _only_here(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _only_here_by_name(socket.getaddrinfo))
        yield


def _only_here(connect: Callable[..., Any]) -> Callable[..., Any]:
    def connect_here(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_unless_here(address[0])
        return connect(self, address)

    return connect_here


def _only_here_by_name(getaddrinfo: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo_here(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_unless_here(host)
        return getaddrinfo(host, *args, **kwargs)

    return getaddrinfo_here


def _refuse_unless_here(host: Any) -> None:
    if not _is_here(host.decode() if isinstance(host, bytes) else host):
        raise RuntimeError(f"a test tried to reach {host}: tests run without a network")


def _is_here(host: str | None) -> bool:
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session")
def chromium() -> str:
    """Find the path of a Chromium; without one the test is skipped, but in CI it fails."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and IN_CI:
        pytest.fail("there is no Chromium, which .ci/run should have installed")
    if found is None:
        pytest.skip("there is no Chromium: the page is not opened (apt-get install chromium)")
    return found


# module scope: while it is open its event loop runs, and no test beside it may start one
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Start Chromium by Playwright, without a network; tests open their own pages in it."""
    if not IN_CI:
        pytest.importorskip("playwright", reason="there is no Playwright: pip install playwright")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield started
        started.close()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; give its exit code and what it wrote to both streams."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = main(list(arguments))
        except SystemExit as stopped:  # argparse's own way out
            status = int(stopped.code or 0)
        return status, *capsys.readouterr()

    return call
