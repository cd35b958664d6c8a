"""A notebook run and turned into one page: what it is asked, what it shows, what it asks nobody."""

import json
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import Run
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from infobip_analytics.errors import ArgumentError
from infobip_analytics.essays.cells import legible
from infobip_analytics.essays.figures import HEIGHT, PLOTLY, asks_for_maps, figure_html, wanted
from infobip_analytics.essays.parameters import inject, read_pairs, read_value
from infobip_analytics.essays.rendering import render

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: Finds what keeps people from reading a page
AXE = ROOT / "tests" / "axe" / "axe.min.js"

HOSTILE = "</script><img src=https://example.invalid/x onerror=alert(1)>'); import os #"

#: As plotly writes one into a notebook
FIGURE = {
    "data": [{"type": "bar", "x": [1, 2], "y": [3, 4], "text": HOSTILE}],
    "layout": {
        "height": 400,
        "margin": {"t": 120, "l": 8},
        "title": {"text": "Rates", "subtitle": {"text": f"per country<br>as of now {HOSTILE}"}},
        "legend": {"y": 0.75, "yref": "container"},
        "annotations": [{"y": 0.5, "yref": "paper"}],
    },
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the present folder, empty, in which the package of this working tree is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def write(path: Path, *cells: Any) -> Path:
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def asked(*lines: str) -> Any:
    return new_code_cell("\n".join(lines), metadata={"tags": ["parameters"]})


def ran(source: str, *outputs: Any) -> Any:
    return new_code_cell(source, outputs=list(outputs))


def shown(**data: Any) -> Any:
    kinds = {"html": "text/html", "figure": PLOTLY, "text": "text/plain"}
    return new_output("display_data", data={kinds[kind]: value for kind, value in data.items()})


# What it is asked for


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("28", 28),
        ("0.5", 0.5),
        ("None", None),
        ("['DE', 'FR']", ["DE", "FR"]),
        ("'28'", "28"),
        ("exports/*.csv", "exports/*.csv"),
        ("2026-10-05", "2026-10-05"),
        ("2026-10-15", "2026-10-15"),
        ("", ""),
        ("a=b", "a=b"),
        ("__import__('os')", "__import__('os')"),
        ("[" * 5000, "[" * 5000),
        ("1e999", "1e999"),
        (HOSTILE, HOSTILE),
    ],
    ids=range(14),
)
def test_a_value_is_python_where_it_is_a_literal_and_else_text(text: str, value: Any) -> None:
    assert read_value(text) == value
    assert read_pairs([f"name={text}"]) == {"name": value}


@pytest.mark.parametrize("pairs", [["source"], ["=x"], ["a b=1"], ["if=1"], ["a=1", "a=2"]])
def test_a_pair_that_is_none_is_refused(pairs: list[str]) -> None:
    with pytest.raises(ArgumentError, match="parameter"):
        read_pairs(pairs)


def test_what_is_asked_for_comes_behind_the_cell_with_the_tag() -> None:
    notebook = new_notebook(cells=[asked("source = 'a'"), new_code_cell("source")])
    inject(notebook, {"source": HOSTILE}, "x.ipynb")
    assert [cell.source for cell in notebook.cells] == [
        "source = 'a'",
        f"source = {HOSTILE!r}",
        "source",
    ]


def test_what_another_tool_has_put_there_is_outdone() -> None:
    before = new_code_cell("source = 'b'", metadata={"tags": ["injected-parameters"]})
    notebook = new_notebook(cells=[asked("source = 'a'"), before])
    inject(notebook, {"source": "c"}, "x.ipynb")
    assert notebook.cells[-1].source == "source = 'c'"


def test_a_notebook_without_parameters_says_how_to_make_them(run: Run, here: Path) -> None:
    write(here / "plain.ipynb", new_code_cell("1"))
    status, _, complaint = run("export", "plain.ipynb", "-p", "source=x")
    assert status == 2
    assert "no cell tagged parameters" in complaint
    assert "Add Tag" in complaint


def test_an_unknown_name_is_answered_with_those_there_are(run: Run, here: Path) -> None:
    write(here / "asked.ipynb", asked("source = 1", "by: str = 'x'"))
    status, _, complaint = run("export", "asked.ipynb", "-p", "sauce=x")
    assert (status, len(complaint.splitlines())) == (2, 1)
    assert "no parameter sauce; it has source, by" in complaint


def test_parameters_that_are_no_python_are_a_sentence(run: Run, here: Path) -> None:
    write(here / "magic.ipynb", asked("%matplotlib inline"))
    status, _, complaint = run("export", "magic.ipynb", "-p", "source=x")
    assert (status, len(complaint.splitlines())) == (2, 1)


# What cannot be exported


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"cells": 1}'])
def test_what_is_no_notebook_is_a_sentence(content: bytes, run: Run, here: Path) -> None:
    (here / "x.ipynb").write_bytes(content)
    status, _, complaint = run("export", "x.ipynb")
    assert (status, len(complaint.splitlines())) == (1, 1)
    assert "x.ipynb is no notebook" in complaint
    assert [path.name for path in here.iterdir()] == ["x.ipynb"]


def test_a_notebook_that_is_not_there_is_answered_with_those_that_come_along(run: Run) -> None:
    status, _, complaint = run("export", "no-such")
    assert status == 1
    assert "01_delivery_by_country" in complaint


def test_where_nothing_can_be_written_nothing_is_run(run: Run, here: Path) -> None:
    write(here / "x.ipynb", new_code_cell("open('ran', 'w').close()"))
    status, _, complaint = run("export", "x.ipynb", "-o", "no-such-folder/x.html")
    assert status == 1
    assert "no such folder" in complaint
    assert not (here / "ran").exists()


def test_without_what_runs_notebooks_there_is_a_way_out(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here / "x.ipynb", new_code_cell("1"))
    monkeypatch.setitem(sys.modules, "nbconvert", None)
    status, _, complaint = run("export", "x.ipynb")
    assert status == 1
    assert 'without nbconvert: pip install "infobip-analytics[lab]"' in complaint


# What a page shows


def test_a_title_becomes_a_caption_and_leaves_no_gap() -> None:
    html = figure_html(FIGURE, 7)
    [caption] = re.findall("<figcaption>(.*?)</figcaption>", html)
    assert caption.startswith("<strong>Rates</strong> per country as of now ")
    layout = data_of(html)["layout"]
    assert "title" not in layout
    # two lines of 16 pixels and the title's 32 are gone, and so the legend stays where it was:
    # 0.25 * 400 = 100 pixels from the top, now 36
    assert (layout["height"], layout["margin"]) == (336, {"t": 56, "l": 8})
    assert layout["legend"]["y"] == pytest.approx(1 - 36 / 336)
    assert layout["annotations"][0]["y"] == 0.5


def test_a_figure_is_whole_and_harmless() -> None:
    html = figure_html(FIGURE, 1)
    assert data_of(html)["data"] == FIGURE["data"]
    assert html.count("<script") == html.count("</script") == 1
    assert "<img" not in html


def test_a_figure_without_a_title_has_a_caption_too() -> None:
    html = figure_html({"data": [], "layout": {}}, 3)
    assert "<figcaption>Figure 3</figcaption>" in html


@pytest.mark.parametrize(
    "layout", [{}, {"title": {"text": "T"}}, {"title": "T", "margin": {"t": 60}}]
)
def test_a_figure_without_a_height_is_as_high_as_plotly_makes_it(layout: dict[str, Any]) -> None:
    assert data_of(figure_html({"data": [], "layout": layout}, 1))["layout"]["height"] == HEIGHT


MAP = {"data": [{"type": "choropleth", "locations": ["DEU"], "z": [1]}], "layout": {"title": "Map"}}
TILES = {"data": [{"type": "bar"}, {"type": "scattermap", "lat": [50], "lon": [8]}], "layout": {}}
POINTS = {"type": "scattergeo", "lat": [50], "lon": [8]}


@pytest.mark.parametrize(("figure", "part"), [(MAP, "shapes"), (TILES, "tiles")])
def test_a_map_from_a_network_is_a_sentence_instead(figure: Any, part: str) -> None:
    html = figure_html(figure, 1)
    assert f"it takes its {part} from a network" in html
    assert "<script" not in html
    assert "chart" not in html


def test_points_need_no_network_where_the_ground_is_hidden() -> None:
    assert wanted({"data": [POINTS], "layout": {}}) == "shapes"
    assert wanted({"data": [POINTS], "layout": {"geo": {"visible": False}}}) is None
    named = POINTS | {"locations": ["DEU"]}
    assert wanted({"data": [named], "layout": {"geo": {"visible": False}}}) == "shapes"
    assert wanted(FIGURE) is None


def test_maps_from_a_network_are_found_in_the_cells_a_person_counts() -> None:
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Maps"),
            asked("a = 1"),
            new_code_cell("a = 2", metadata={"tags": ["injected-parameters"]}),
            ran("map", shown(figure=FIGURE), shown(figure=MAP)),
        ]
    )
    assert asks_for_maps(notebook) == [(2, "shapes")]


def data_of(html: str) -> Any:
    [text] = re.findall('<script type="application/json" data-figure="[^"]*">(.*?)</script>', html)
    return json.loads(text)


def test_a_frame_of_polars_is_legible() -> None:
    import polars as pl

    frame = pl.DataFrame({"country": ["DE", None], "network": ["26201", "26202"], "n": [1, 20]})
    html = legible(frame._repr_html_())
    assert '<th scope="col">country</th>' in html
    assert '<th scope="col">network</th>' in html
    assert '<th class="number" scope="col">n</th>' in html
    assert "<td>DE</td><td>26201</td>" in html  # digits that are a name stay left
    assert "<td>—</td>" in html
    assert "shape" not in html


def test_a_frame_that_is_not_all_there_says_how_large_it_is() -> None:
    import polars as pl

    assert "(100, 1)" in legible(pl.DataFrame({"n": range(100)})._repr_html_())


def test_a_frame_of_pandas_is_legible() -> None:
    import pandas as pd

    html = legible(pd.DataFrame({"country": ["DE", '"'], "n": [1, 20]}).to_html())
    assert '<th class="number" scope="row">0</th>' in html
    assert "<th></th>" not in html
    assert '<td>"</td>' in html


def test_text_in_a_frame_stays_text() -> None:
    import polars as pl

    html = legible(pl.DataFrame({HOSTILE: ["<b>", "&lt;b&gt;"]})._repr_html_())
    assert "<img" not in html
    assert "<b>" not in html


NOTEBOOK = [
    new_markdown_cell("# What is it?\n\n$x^2$ and `code`"),
    asked("source = 'a'"),
    ran("secret_code = 1", shown(figure=FIGURE), shown(figure=FIGURE)),
    ran("frame", shown(html='<section aria-label="x"><h5>Own</h5><table></table></section>')),
    ran("text", shown(text=HOSTILE)),
    ran("warn", new_output("stream", name="stderr", text=(
        "/tmp/ipykernel_12/34.py:1: SetAsideWarning: 2 rows\n  ia.read(x)\n"
    ))),
]  # fmt: skip


def page_of(cells: list[Any], *, show_code: bool = False) -> str:
    notebook = nbformat.from_dict(new_notebook(cells=cells))
    return render(notebook, "x.ipynb", {"source": HOSTILE}, show_code=show_code).text


class Asking(HTMLParser):
    """What a page asks for when it is opened, and which elements it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element is, and what it asks for."""
        self.tags.append(tag)
        names = {"src", "srcset", "data", "poster", "action", "background", "xlink:href"}
        names |= {"href"} if tag not in ("a", "area") else set()
        self.asked += [value or "" for name, value in attrs if name in names]


def test_a_page_asks_nobody_for_anything() -> None:
    page = page_of(NOTEBOOK)
    looked = Asking(page)
    assert looked.asked == []
    assert looked.tags.count("figure") == 2
    assert "link" not in looked.tags
    assert not re.search(r"@import|url\(|mathjax|require", page.lower())
    [policy] = re.findall('http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'")
    assert page.count('id="plotly"') == 1


def test_pictures_that_do_not_lie_in_the_notebook_are_their_words() -> None:
    words = "# Mine <img src='https://example.invalid/a.png'>\n\n![of &lt;it&gt;](https://example.invalid/b)"
    data = "![dot](data:image/gif;base64,R0lGODlhAQABAAAAACw=)"
    cells = [new_markdown_cell(f"{words} ![](c.png)\n\n{data}"), ran("x", shown(html=PICTURES))]
    page = render(nbformat.from_dict(new_notebook(cells=cells)), "x.ipynb", {}, show_code=False)
    looked = Asking(page.text)
    assert (page.pictures, looked.tags.count("img")) == (5, 1)
    assert [asked.partition(",")[0] for asked in looked.asked] == ["data:image/gif;base64"]
    assert "<title>Mine</title>" in page.text
    assert "of &lt;it&gt;" in page.text
    assert "an output's" in page.text
    assert "No description" not in page.text


PICTURES = (
    '<img src="https://example.invalid/d" alt="an output\'s">'
    '<img src="data:," srcset="https://example.invalid/e 2x">'
)


def test_a_title_of_pictures_only_is_the_name_of_the_file() -> None:
    assert "<title>x.ipynb</title>" in page_of([new_markdown_cell("# ![](a.png)")])
    assert "<title>Logo</title>" in page_of([new_markdown_cell("# ![Logo](a.png)")])


def test_a_request_would_be_seen() -> None:
    assert Asking('<img src="https://example.invalid/x">').asked == ["https://example.invalid/x"]


def test_what_is_hostile_stays_text() -> None:
    page = page_of(NOTEBOOK)
    assert "img" not in Asking(page).tags
    assert "Asked for: <code>source = " in page
    assert "&lt;/script&gt;&lt;img" in page


def test_code_is_hidden_or_shown() -> None:
    assert "secret_code" not in page_of(NOTEBOOK)
    assert "secret_code" in page_of(NOTEBOOK, show_code=True)


def test_a_warning_loses_the_path_of_a_file_that_never_was() -> None:
    page = page_of(NOTEBOOK)
    assert "SetAsideWarning: 2 rows" in page
    assert "ipykernel" not in page
    assert "ia.read(x)" not in page


def test_outputs_have_their_headings_below_those_of_the_prose_and_are_no_landmarks() -> None:
    page = page_of(NOTEBOOK)
    assert "<h3>Own</h3>" in page
    assert '<section aria-label="x">' not in page
    assert 'aria-label="Table 1"' in page


def test_a_page_without_figures_carries_no_script() -> None:
    page = page_of([new_markdown_cell("# Only words")])
    assert "script" not in Asking(page).tags
    assert "<title>Only words</title>" in page


# The command, with a Python of its own for each notebook

slow = pytest.mark.slow


@slow
def test_a_notebook_is_run_with_what_is_asked_and_left_as_it_is(run: Run, here: Path) -> None:
    cells = [new_markdown_cell("# Own"), asked("word = 'no'", "n = 1"), new_code_cell("word * n")]
    before = write(here / "own.ipynb", *cells).read_bytes()
    status, said, complaint = run("export", "own.ipynb", "-p", "word=aye<", "-p", "n=2")
    assert (status, said) == (0, "wrote own.html\n")
    assert "Traceback" not in complaint
    assert "'aye&lt;aye&lt;'" in (here / "own.html").read_text("utf-8")
    assert (here / "own.ipynb").read_bytes() == before
    assert sorted(path.name for path in here.iterdir()) == ["own.html", "own.ipynb"]


@slow
def test_an_error_is_a_sentence_that_names_the_cell_and_leaves_the_page_of_before(
    run: Run, here: Path
) -> None:
    stops = new_code_cell("n = 1\nn / 0  # here")
    write(here / "x.ipynb", asked("a = 1"), new_code_cell("1"), stops, new_code_cell("2"))
    (here / "x.html").write_text("of yesterday")
    status, said, complaint = run("export", "x.ipynb", "-p", "a=2")
    assert (status, said) == (1, "")
    [sentence] = [line for line in complaint.splitlines() if line.startswith("infobip-analytics")]
    assert "x.ipynb stopped in code cell 3 of 4 (n / 0 # here)" in sentence
    assert "ZeroDivisionError: division by zero" in sentence
    assert "Traceback" not in complaint
    assert (here / "x.html").read_text() == "of yesterday"


@slow
def test_a_python_that_dies_is_a_sentence(run: Run, here: Path) -> None:
    write(here / "x.ipynb", new_code_cell("1"), new_code_cell("import os\nos._exit(3)"))
    status, _, complaint = run("export", "x.ipynb")
    assert status == 1
    assert "its Python ended while code cell 2 of 2" in complaint
    assert not (here / "x.html").exists()


@slow
def test_what_needs_a_script_of_its_own_is_told(run: Run, here: Path) -> None:
    source = "from IPython.display import HTML\nHTML('<script>1</script>')"
    write(here / "x.ipynb", new_code_cell("1"), new_code_cell(source))
    status, _, complaint = run("export", "x.ipynb")
    assert status == 0
    assert "note: code cell 2 shows something by a script of its own" in complaint


@slow
def test_what_is_left_out_for_want_of_a_network_is_told(run: Run, here: Path) -> None:
    source = "import plotly.graph_objects as go\ngo.Figure(go.Choropleth(locations=['DEU'], z=[1]))"
    picture = new_markdown_cell("![x](https://example.invalid/x)")
    write(here / "x.ipynb", asked("a = 1"), picture, new_code_cell(source))
    status, _, complaint = run("export", "x.ipynb", "-p", "a=2")
    assert status == 0
    told = "the map in code cell 2 takes its shapes from a network; use ia.plot_map"
    assert f"note: {told}" in complaint
    assert "note: 1 picture left out" in complaint


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_notebooks_are_not_copied_into_a_file(folder: str, run: Run, here: Path) -> None:
    (here / "file").write_text("mine")
    status, _, complaint = run("notebooks", folder)
    assert (status, len(complaint.splitlines())) == (1, 1)
    assert "file is a file; give a folder" in complaint
    assert (here / "file").read_text() == "mine"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export every notebook that comes along, into one folder."""
    from infobip_analytics.cli import main

    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PYTHONPATH", str(ROOT))
        assert all(main(["export", path.stem]) == 0 for path in NOTEBOOKS)
    return folder


@slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_chart_of_every_notebook_is_kept(path: Path, pages: Path) -> None:
    page = (pages / f"{path.stem}.html").read_text("utf-8")
    looked = Asking(page)
    cells = nbformat.read(path, as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    drawn = sum(len(re.findall(r"plot_\w+\(", source)) for source in code)
    assert looked.tags.count("figure") == page.count(' data-figure="') == drawn
    assert page.count('id="plotly"') == min(drawn, 1)
    assert looked.asked == []
    assert len(page) < 3_000_000


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Start a browser that opens the pages."""
    pytest.importorskip("playwright", reason="there is no Playwright: pip install playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        started = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield started
        started.close()


@slow
@pytest.mark.browser
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_everybody_can_read_every_page_in_the_light_the_dark_and_on_a_phone(
    path: Path, pages: Path, browser: Any
) -> None:
    file = pages / f"{path.stem}.html"
    figures = file.read_text("utf-8").count(' data-figure="')
    for scheme, width in (("light", 375), ("light", 1200), ("dark", 1200)):
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
        console, requests = heard_by(page)
        page.goto(file.as_uri())
        if figures:
            page.wait_for_function("document.documentElement.dataset.drawn")
        assert page.locator(".js-plotly-plot").count() == figures
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width > 1000:
            page.evaluate(AXE.read_text("utf-8"))
            found = page.evaluate("axe.run().then((result) => result.violations)")
            assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        assert (console, requests) == ([], [file.as_uri()])
        page.close()


@slow
@pytest.mark.browser
def test_a_figure_that_cannot_be_drawn_says_so_and_the_others_are_drawn(
    tmp_path: Path, browser: Any
) -> None:
    # the ground is hidden and shown again by the template, and so asked for
    ground = {"visible": False, "showland": True}
    fails = {"data": [POINTS], "layout": {"geo": ground}}
    file = tmp_path / "x.html"
    file.write_text(
        page_of([ran("x", *(shown(figure=each) for each in (FIGURE, fails, MAP, FIGURE)))])
    )
    page = browser.new_page()
    page.goto(file.as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn")
    figures = page.locator("figure")
    assert [each.locator(".main-svg:visible").count() > 0 for each in figures.all()] == [
        True,
        False,
        False,
        True,
    ]
    assert [each.locator("p:visible").all_inner_texts() for each in figures.all()] == [
        [],
        ["This figure is not drawn: the browser cannot draw it from what the notebook gave it."],
        ["This map is not drawn: it takes its shapes from a network, and this page asks none."],
        [],
    ]
    assert figures.first.locator(".main-svg").first.bounding_box()["height"] == 336
    page.close()


def heard_by(page: Any) -> tuple[list[str], list[str]]:
    """What the console says from now on, and what is asked for."""
    console: list[str] = []
    requests: list[str] = []
    page.on("console", lambda said: console.append(said.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    return console, requests
