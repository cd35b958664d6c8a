"""The page of all codes, docs/codes.md: as the tables have it, whole, and with links that lead."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from infobip_analytics.codes.meanings import PERMANENT_MEANS, causes, coded_rows
from infobip_analytics.reference.rebuild.code_links import anchor, called
from infobip_analytics.reference.rebuild.codes import COMMAND, page
from infobip_analytics.reference.rebuild.markdown import escaped, table

Row = dict[str, str]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "codes.md"
CELLS = re.compile(r"(?<!\\)\|")


@cache
def text() -> str:
    """The page as it is kept."""
    return PAGE.read_text("utf-8")


@cache
def lines_of_codes() -> dict[str, list[str]]:
    """The cells of each row that begins with an anchor, by the anchor."""
    found = re.findall(r'^\| (<a id="([^"]+)"></a>.*) \|$', text(), re.M)
    return {name: [cell.strip() for cell in CELLS.split(line)] for line, name in found}


def anchors() -> Counter[str]:
    """Every place of the page that a link can lead to; of headings as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", text(), re.M)
    kept = [
        "".join(mark for mark in title if mark.isalnum() or mark in " -_") for title in headings
    ]
    named = [title.lower().replace(" ", "-") for title in kept]
    return Counter([*named, *re.findall(r'<a id="([^"]+)">', text())])


def name_of(row: Row) -> str:
    return anchor(row)


every_code = pytest.mark.parametrize("row", coded_rows(), ids=name_of)
every_cause = pytest.mark.parametrize("cause", causes().values(), ids=list(causes()))


def test_the_page_is_as_the_tables_are_now() -> None:
    fresh, kept = page().splitlines(), text().splitlines()
    changed = next((pair for pair in zip(fresh, kept, strict=False) if pair[0] != pair[1]), None)
    assert fresh == kept, f"docs/codes.md is out of date, run: {COMMAND}\nfirst change: {changed}"


def test_no_two_places_have_one_name() -> None:
    assert [name for name, times in anchors().items() if times > 1] == []


def test_every_link_within_the_page_leads_somewhere() -> None:
    links = set(re.findall(r"\]\(#([^)]*)\)", text()))
    assert len(links) > len(coded_rows())
    assert links - set(anchors()) == set()


def test_every_link_to_a_file_leads_there() -> None:
    files = re.findall(r"\]\((?!#|https://)([^)]*)\)", text())
    assert files
    assert all((PAGE.parent / file).is_file() for file in files)


@every_code
def test_a_code_is_in_the_page_with_what_the_tables_say(row: Row) -> None:
    code, *told = lines_of_codes()[anchor(row)]
    cause = causes()[row["cause"]]
    assert code.startswith(f'<a id="{anchor(row)}"></a>{row["id"]} ')
    assert {f"`{name}`" for name in (row["name"], *row["also"].split()) if name} <= {
        *re.findall("`[^`]*`", code)
    }
    *flag, happened, action, who, again, leave_out, link = told
    assert (happened, action.removesuffix(" (Infobip)")) == (
        escaped(row["description"]),
        escaped(row["action"]),
    )
    assert action.endswith(" (Infobip)") == (row["advice"] == "documented")
    assert (who, again, leave_out) == (cause["who"], cause["retry"], cause["suppress"])
    assert link.startswith(f"[{escaped(cause['title'])}](#")
    assert flag == [] or flag == [{"true": "yes", "false": "no", "": "-"}[row["permanent"]]]
    assert flag or not row.get("permanent")


@every_code
def test_the_note_on_a_code_is_in_the_page(row: Row) -> None:
    notes = [line for line in text().splitlines() if line.startswith(f"* [{called(row)}](#")]
    mine = [line for line in notes if f"(#{anchor(row)}):" in line]
    assert len(mine) == 1 or not (row["note"] or row["reason"])
    assert all(escaped(row[word]) in "".join(mine) for word in ("note", "reason") if row.get(word))


@every_cause
def test_a_cause_has_a_section_with_all_it_says(cause: Row) -> None:
    section = text().partition(f"\n### {cause['title']}\n")[2].partition("\n#")[0]
    told = [escaped(cause[word]) for word in ("act", "when", "why", "evidence") if cause[word]]
    assert told
    assert [words for words in told if words not in section] == []
    assert f"* Who can act: **{cause['who']}**" in section
    assert f"* Send again: **{cause['retry']}**" in section
    assert f"* Leave the number out: **{cause['suppress']}**" in section
    linked = set(re.findall(r"\]\(#((?!source-)[^)]*)\)", section))
    assert linked == {anchor(row) for row in coded_rows() if row["cause"] == cause["cause"]}


def test_the_page_says_what_the_flag_means() -> None:
    assert PERMANENT_MEANS in text()


def test_every_line_of_a_table_has_the_cells_of_its_heading() -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", text(), re.M)
    widths = [{len(CELLS.split(line)) for line in block.splitlines()} for block in blocks]
    assert len(blocks) > 10
    assert all(len(width) == 1 for width in widths)


def test_a_text_of_the_tables_marks_nothing_up() -> None:
    hostile = "a|b <script>x</script> *no* `code` [link](x) ~~gone~~ &lt; _it_ C:\\"
    shown = escaped(hostile)
    assert re.sub(r"\\(.)", r"\1", shown) == hostile
    assert not re.search(r"(?<!\\)[|<*`\[\]~&]", shown.replace("\\\\", ""))
    assert not re.search(r"(?<![\\\w])_|_\b", shown.replace(r"\_", ""))
    assert table([{"head": shown}]).count(" |\n") == 2
    assert escaped("EC_CALL_BARRED (13)") == "EC_CALL_BARRED (13)"
