"""The report in a real browser: drawn without a network, in the dark, on paper, on a phone."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from test_page import HOSTILE, WORLD

from infobip_analytics.page import write_report
from infobip_analytics.plots import theme

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    # scripts get this long, in milliseconds of a clock that waits for them
    "--virtual-time-budget=20000",
]

Browse = Callable[..., tuple[str, list[str]]]

#: Opens the report in a window of 375 pixels, and says how wide it is once it is drawn
PHONE = """<!doctype html><iframe src="report.html" width="375" height="800"></iframe>
<script>
const frame = document.querySelector("iframe");
const look = () => {
  const page = frame.contentDocument?.documentElement;
  if (!page?.dataset.drawn) return setTimeout(look, 50);
  const plot = page.querySelector(".main-svg").getBoundingClientRect();
  document.body.dataset.seen = JSON.stringify([page.clientWidth, page.scrollWidth, plot.right]);
};
look();
</script>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report, in which everything that can be hostile is."""
    made = tmp_path_factory.mktemp("browser")
    hostile = WORLD.with_columns(campaign_name=pl.lit(HOSTILE), error_name=pl.lit(HOSTILE))
    write_report(pl.concat([WORLD, hostile]), made / "report.html", title=HOSTILE)
    (made / "phone.html").write_text(PHONE, encoding="utf-8")
    return made


@pytest.fixture
def browse(chromium: str, folder: Path, tmp_path: Path) -> Browse:
    """Open a file of the folder; give the page as it is then, and what the console said."""

    def browsed(name: str, *flags: str) -> tuple[str, list[str]]:
        own = [f"--user-data-dir={tmp_path}", *(flags or ["--dump-dom"])]
        command = [chromium, *FLAGS, *own, (folder / name).as_uri()]
        done = subprocess.run(command, capture_output=True, timeout=240, check=True)
        console = re.findall(r"CONSOLE.*", done.stderr.decode(errors="replace"))
        return done.stdout.decode(), console

    return browsed


def test_every_figure_is_drawn_and_nothing_is_requested(browse: Browse) -> None:
    page, console = browse("report.html")
    assert 'data-drawn="1"' in page
    assert page.count('class="js-fill"') >= 3  # the land, the United Kingdom, Germany, France
    assert "Download plot" in drawn(page)
    assert "Share chart" not in drawn(page)
    # whatever the page asked a network for, its own policy would refuse, and the console would say
    assert console == []


def test_a_request_would_be_refused_and_seen(browse: Browse, folder: Path) -> None:
    page = (folder / "report.html").read_text("utf-8")
    asking = page.replace("<h1>", '<img src="https://example.invalid/pixel.png"><h1>')
    (folder / "asking.html").write_text(asking, encoding="utf-8")
    _, console = browse("asking.html")
    assert any("Content Security Policy" in line for line in console)


def test_a_script_of_a_stranger_does_not_run(browse: Browse, folder: Path) -> None:
    page = (folder / "report.html").read_text("utf-8")
    injected = page.replace("<h1>", "<script>document.body.dataset.owned = 1</script><h1>")
    (folder / "injected.html").write_text(injected, encoding="utf-8")
    seen, console = browse("injected.html")
    assert "data-owned" not in seen
    assert any("Content Security Policy" in line for line in console)


def test_in_the_dark_the_figures_are_dark(browse: Browse) -> None:
    light, _ = browse("report.html")
    dark, console = browse("report.html", "--dump-dom", "--blink-settings=preferredColorScheme=0")
    assert console == []
    assert rgb(theme.LAND) in drawn(light)
    assert rgb(theme.LAND) not in drawn(dark)
    assert rgb(theme.DARK[theme.LAND]) in drawn(dark)


def test_it_prints(browse: Browse, tmp_path: Path) -> None:
    browse("report.html", f"--print-to-pdf={tmp_path / 'report.pdf'}", "--no-pdf-header-footer")
    pdf = (tmp_path / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 50_000


def test_a_phone_need_not_scroll_sideways(browse: Browse) -> None:
    page, _ = browse("phone.html", "--dump-dom", "--allow-file-access-from-files")
    [seen] = re.findall(r'data-seen="([^"]*)"', page)
    shown, wide, plot = json.loads(seen)
    assert shown <= 375
    assert wide == shown
    assert plot <= shown


def drawn(page: str) -> str:
    """The part of a page that plotly drew."""
    return page[page.index('class="main-svg"') :]


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"
