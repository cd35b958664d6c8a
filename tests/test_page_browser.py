"""The report in a real browser: drawn without a network, in the dark, on paper, on a phone."""

import re
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_page import AS_OF, HOSTILE, SENT, WORLD, a_message, failed, frame

from infobip_analytics.countries import country_names, no_report_codes
from infobip_analytics.page import write_report
from infobip_analytics.plots import theme

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parent / "axe" / "axe.min.js"


WAITING = {"settled": False, "outcome": "pending", "receipt": None, "sent_at": AS_OF}
REFUSED = {"status_id": 52, "status_name": "REJECTED_DESTINATION", "status_group": "REJECTED"}
OTHERWISE = {"status_id": 51, "status_name": "MISSING_TO"}


def two_of_each(place: int, country: str) -> list[dict[str, Any]]:
    """Messages to one country: one that came, later in each country than in the last; one not."""
    sent = SENT + timedelta(days=place % 20)
    done = sent + timedelta(seconds=2 + 7 * place)
    return [
        a_message(country=country, sent_at=sent, done_at=done),
        failed((1, "EC_UNKNOWN_SUBSCRIBER"), country=country, sent_at=sent),
    ]


def usual() -> pl.DataFrame:
    """Everything that a report can show, and everything that can be hostile in it."""
    hostile = WORLD.with_columns(campaign_name=pl.lit(HOSTILE), error_name=pl.lit(HOSTILE))
    many = [code for code in sorted(country_names()) if code not in no_report_codes(None)][:45]
    rows = [row for place, code in enumerate(many) for row in two_of_each(place, code)]
    long = a_message(campaign_name="x" * 500)
    # the largest country has no rate yet
    waits = [a_message(country="ZW", **WAITING)] * 200
    mute = [a_message(outcome="rejected", error_id=0, error_name="NO_ERROR", **REFUSED)] * 7
    muter = [row | OTHERWISE for row in mute[:3]]
    return pl.concat([WORLD, hostile, frame(*rows, long, *waits, *mute, *muter)])


INPUTS = {
    "report": usual(),
    "empty": frame(),
    "three": frame(*[a_message()] * 2, failed((27, "EC_ABSENT_SUBSCRIBER"), country="FR")),
    "one blast": frame(*[a_message(campaign_name="Blast", **WAITING)] * 50),
    "all silent": frame(*[a_message(country=code) for code in sorted(no_report_codes(None))]),
}


@dataclass
class Opened:
    """A page, what its console said, and what it asked for but for itself."""

    page: Any
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report of each input."""
    made = tmp_path_factory.mktemp("browser")
    for name, messages in INPUTS.items():
        write_report(messages, made / f"{name}.html", title=HOSTILE, days=None)
    return made


@pytest.fixture(scope="module")
def visit(browser: Any, folder: Path) -> Open:
    """Open a report in a browser window of its own, and wait until its figures are drawn."""

    def visited(name: str = "report", **look: Any) -> Opened:
        opened = Opened(browser.new_context(reduced_motion="reduce", **look).new_page())
        address = (folder / f"{name}.html").as_uri()
        opened.page.on("console", lambda line: opened.console.append(line.text))
        opened.page.on("pageerror", lambda error: opened.console.append(str(error)))
        opened.page.context.on("request", lambda asked: opened.requests.append(asked.url))
        opened.page.goto(address)
        if opened.page.locator("#plotly").count():
            opened.page.wait_for_selector("html[data-drawn]", timeout=30_000)
        opened.requests.remove(address)
        return opened

    return visited


@pytest.fixture(scope="module")
def revisit(visit: Open) -> Open:
    """Look at a report that is open already: a window a report, of any width, light or dark.

    Its policy is off, for axe is no script of the page; nothing that a test sees here is due to it.
    """
    windows: dict[str, Opened] = {}

    def revisited(name: str = "report", *, width: int = 1200, scheme: str = "light") -> Opened:
        if name not in windows:
            windows[name] = visit(name, bypass_csp=True)
            windows[name].page.evaluate(COPIED)
        page = windows[name].page
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(200)  # until the figures have followed
        return windows[name]

    return revisited


def test_every_figure_is_drawn_and_nothing_is_requested(visit: Open) -> None:
    seen = visit()
    assert seen.page.evaluate("document.documentElement.dataset.drawn") == "2"  # map and errors
    for figure in ("#map", "#pareto"):
        assert seen.page.locator(f"{figure} .main-svg").first.is_visible()
    assert seen.page.locator("#map .js-fill").count() > 30
    assert seen.page.locator("#pareto .point path").count() >= 4
    buttons = seen.page.locator(".modebar-btn").evaluate_all("all => all.map(b => b.dataset.title)")
    assert any("Download" in title for title in buttons)
    assert not any("Share" in title for title in buttons)
    assert seen.console == []
    assert seen.requests == []


def test_it_asks_nobody_even_where_nothing_would_keep_it_from_asking(revisit: Open) -> None:
    seen = revisit()
    # at once: a wheel would still be turning while the pointer looks for its place
    seen.page.evaluate("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    seen.page.locator("#map .js-fill").nth(5).hover(force=True)
    assert seen.requests == []


def test_a_request_would_be_refused_and_seen(visit: Open, revisit: Open, folder: Path) -> None:
    added(folder, "asking", '<img src="https://example.invalid/pixel.png">')
    assert any("Content Security Policy" in line for line in visit("asking").console)
    assert revisit("asking").requests == ["https://example.invalid/pixel.png"]


def test_a_script_of_a_stranger_does_not_run(visit: Open, folder: Path) -> None:
    added(folder, "injected", "<script>document.body.dataset.owned = 1</script>")
    seen = visit("injected")
    assert seen.page.evaluate("document.body.dataset.owned") is None
    assert any("Content Security Policy" in line for line in seen.console)


def added(folder: Path, name: str, markup: str) -> None:
    """Write a report with some markup in it that is not ours."""
    page = (folder / "report.html").read_text("utf-8")
    (folder / f"{name}.html").write_text(page.replace("<h1>", f"{markup}<h1>"), encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", INPUTS)
def test_axe_finds_nothing_to_complain_of(revisit: Open, name: str, scheme: str) -> None:
    seen = revisit(name, scheme=scheme)
    assert complaints(seen.page) == []
    assert seen.console == []


def test_axe_finds_nothing_to_complain_of_on_a_phone(revisit: Open) -> None:
    assert complaints(revisit(width=375).page) == []


def test_axe_would_find_a_pale_text_and_a_figure_without_words(visit: Open) -> None:
    seen = visit("three", bypass_csp=True)
    seen.page.evaluate("document.querySelector('h1').style.color = '#ccc'")
    seen.page.evaluate("document.querySelector('.outcomes').removeAttribute('aria-label')")
    assert {rule for rule, _ in complaints(seen.page)} == {"color-contrast", "role-img-alt"}


def complaints(page: Any) -> list[tuple[str, str]]:
    """What axe finds: the rule, and the first place where it is broken."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found]


def test_in_the_dark_the_figures_are_dark(visit: Open) -> None:
    page = visit("three", color_scheme="dark").page
    dark = fills(page)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"() => ({FILLS})().includes({rgb(theme.LAND)!r})")
    light = fills(page)
    assert rgb(theme.LAND) in light
    assert rgb(theme.LAND) not in dark
    assert rgb(theme.DARK[theme.LAND]) in dark
    assert rgb(theme.DARK[theme.LAND]) not in light


FILLS = "() => [...document.querySelectorAll('#map .js-fill')].map(path => path.style.fill)"


def fills(page: Any) -> list[str]:
    """The colours of the map."""
    found: list[str] = page.evaluate(FILLS)
    return found


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


AT_PRINT = """() => addEventListener("beforeprint", () => {
  window.printed = {
    folded: [...document.querySelectorAll("details:not([open])")].length,
    widths: [...document.querySelectorAll(".main-svg")].map((svg) => svg.clientWidth),
  };
})"""


def test_it_prints_on_a4_unfolded_and_light_also_in_the_dark(visit: Open) -> None:
    page = visit(color_scheme="dark").page
    assert page.locator("details:not([open])").count() == 1
    page.evaluate(AT_PRINT)
    pdf = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(boxes) > 2
    assert {(round(float(wide)), round(float(high))) for wide, high in boxes} == {(595, 842)}
    printed = page.evaluate("window.printed")
    assert printed["folded"] == 0
    assert max(printed["widths"]) <= 688  # A4 within its margins
    inks = colours(pdf)
    assert theme.LAND in inks
    assert theme.INK in inks
    assert not inks & {theme.DARK[theme.LAND], theme.DARK[theme.PAPER], theme.DARK[theme.INK]}
    # and after it the screen is as it was
    page.wait_for_function(f"() => ({FILLS})().includes({rgb(theme.DARK[theme.LAND])!r})")
    assert page.locator("details:not([open])").count() == 1


def colours(pdf: bytes) -> set[str]:
    """The colours that a PDF fills with."""
    streams = re.findall(rb"/FlateDecode.*?stream\r?\n(.*?)endstream", pdf, flags=re.DOTALL)
    texts = [zlib.decompressobj().decompress(stream) for stream in streams]
    found = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) rg\b", b"\n".join(texts))
    return {"#" + "".join(f"{round(255 * float(part)):02x}" for part in one) for one in found}


@pytest.mark.parametrize("name", INPUTS)
def test_a_phone_need_not_scroll_sideways(revisit: Open, name: str) -> None:
    for width in (375, 320):
        page = revisit(name, width=width).page
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert all(right <= width for right in page.evaluate(RIGHTS))


RIGHTS = """() => [...document.querySelectorAll("p, h1, h2, .wide, caption, figcaption, .main-svg")]
  .map((each) => each.getBoundingClientRect().right)"""


def test_on_a_phone_tables_scroll_in_their_boxes_and_names_stay(revisit: Open) -> None:
    page = revisit(width=375).page
    box = page.locator("#countries .wide").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    box.evaluate("box => box.scrollLeft = 200")
    for part in ("caption", "tbody th"):
        assert box.locator(part).first.bounding_box()["x"] == 16
    names = page.locator("#pace tbody th").evaluate_all("all => all.map(th => th.clientWidth)")
    assert min(names) > 100  # no name is broken between its letters


def test_numbers_sort_from_the_greatest_and_dashes_come_last(revisit: Open) -> None:
    page = revisit().page
    page.locator("#countries details").evaluate("details => details.open = true")
    tables = page.locator("#countries table")
    for way in ("descending", "ascending"):
        for table in tables.all():
            head = table.locator("thead th", has_text="Delivered")
            head.locator("button").click()
            assert head.get_attribute("aria-sort") == way
            shown = [text.strip("\xa0%") for text in column(table, 1)]
            numbers = [float(text) for text in shown if text != "—"]
            assert shown == [*map(str, sorted(numbers, reverse=way == "descending"))] + ["—"] * (
                len(shown) - len(numbers)
            )
    assert "—" in column(tables.last, 1) + column(tables.first, 1)


def test_one_column_at_a_time_is_the_sorted_one(revisit: Open) -> None:
    table = revisit().page.locator("#countries table").first
    table.get_by_role("button", name="Settled").click()
    table.get_by_role("button", name="Failed").click()
    assert table.locator("th[aria-sort]").all_inner_texts() == ["Failed"]
    failures = [int(text) for text in column(table, 6)]
    assert failures == sorted(failures, reverse=True)


def test_names_sort_by_the_keyboard_from_a_to_z_and_back(revisit: Open) -> None:
    table = revisit().page.locator("#countries table").first
    table.get_by_role("button", name="Country").focus()
    table.page.keyboard.press("Enter")
    first = column(table, 0)
    assert first == sorted(first, key=without_accents)
    table.page.keyboard.press("Space")
    assert column(table, 0) == first[::-1]


def without_accents(name: str) -> str:
    """The name as a dictionary orders it."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()


def test_durations_and_dates_sort_by_what_they_mean(revisit: Open) -> None:
    page = revisit().page
    pace = page.locator("#pace table")
    pace.get_by_role("button", name="Half within").click()
    durations = [seconds(text) for text in column(pace, 2)]
    assert len(set(durations)) > 20
    assert durations == sorted(durations, reverse=True)
    coming = page.locator("#coming table")
    for order in (["4 Oct 2026", "5 Oct 2026"], ["5 Oct 2026", "4 Oct 2026"]):
        coming.get_by_role("button", name="Sent on").click()
        assert column(coming, 0) == order


def seconds(text: str) -> float:
    units = {"s": 1, "min": 60, "h": 3600, "days": 86_400}
    return sum(
        float(number) * units[unit] for number, unit in pairwise(text.split()) if unit in units
    )


def test_rows_that_are_indented_stay_with_theirs(revisit: Open) -> None:
    table = revisit().page.locator("table.errors")
    before = families(table)
    assert max(map(len, before)) > 2
    table.get_by_role("button", name="Messages").click()
    table.get_by_role("button", name="Messages").click()
    after = families(table)
    assert after != before
    assert sorted(after) == sorted(before)


def families(table: Any) -> list[list[str]]:
    """The names of the rows, each with those that are indented below it."""
    found: list[list[str]] = []
    for row in table.locator("tbody tr").all():
        name = row.locator("th").inner_text()
        if "status" in (row.get_attribute("class") or ""):
            found[-1].append(name)
        else:
            found.append([name])
    return found


def column(table: Any, place: int) -> list[str]:
    """The texts of one column, from above."""
    cells = table.locator(f"tbody tr > :nth-child({place + 1})").all_inner_texts()
    return [cell.strip() for cell in cells]


COPIED = """() => addEventListener("copy", (event) => {
  window.copied = ["html", "plain"].map((kind) => event.clipboardData.getData(`text/${kind}`));
})"""

SELECT = """(parts) => {
  const [first, last] = parts.map((part) => document.querySelector(part));
  getSelection().setBaseAndExtent(first, 0, last, last.childNodes.length);
}"""


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("#countries table", "#countries table"),
        ("#countries tbody tr:nth-child(2)", "#countries tbody tr:nth-child(4)"),
        ("#countries h2", "#pace h2"),
    ],
    ids=["a table", "some rows", "more than a table"],
)
def test_what_is_copied_brings_its_look_and_is_dark_on_white(
    revisit: Open, first: str, last: str
) -> None:
    page = revisit(scheme="dark").page
    page.evaluate(SELECT, [first, last])
    page.keyboard.press("Control+C")
    html, plain = page.evaluate("window.copied")
    assert "\t" in plain
    assert "<table" in html
    for gone in ("<svg", "<button", "class=", "tabindex", "data-sort", "var(--", "<script"):
        assert gone not in html
    cells = re.findall(r"<t[hd]\b[^>]*>", html)
    assert len(cells) >= 30
    assert all("padding" in cell and "text-align" in cell for cell in cells)
    assert any("text-align:right" in cell for cell in cells)
    assert all(theme.INK in table for table in re.findall(r"<table[^>]*>", html))


def test_a_copied_word_is_a_word(revisit: Open) -> None:
    page = revisit().page
    page.evaluate(SELECT, ["h1", "h1"])
    page.keyboard.press("Control+C")
    assert page.evaluate("window.copied") == ["", ""]  # left to the browser


def test_every_link_of_the_navigation_reaches_its_section(revisit: Open) -> None:
    page = revisit().page
    links = page.locator("nav a")
    assert links.count() >= 8
    sections = page.locator("section").evaluate_all("all => all.map(each => '#' + each.id)")
    assert [link.get_attribute("href") for link in links.all()] == sections
    for link in links.all():
        link.click()
        target = link.get_attribute("href")
        assert page.evaluate("location.hash") == target
        top = page.locator(target).bounding_box()["y"]
        at_end = page.evaluate("scrollY + innerHeight >= document.body.scrollHeight - 2")
        assert abs(top) < 5 or at_end


@pytest.mark.parametrize("name", INPUTS)
def test_no_section_is_empty_and_no_axis_without_a_bar(revisit: Open, name: str) -> None:
    page = revisit(name).page
    for section in page.locator("section").all():
        assert section.locator("p, table, dl, figure").count() > 0
    for table in page.locator("table:has(th.axis)").all():
        assert table.locator(".bar").count() > 0
    for table in page.locator("table:has(th.trend)").all():
        assert table.locator(".spark polyline").count() > 0
