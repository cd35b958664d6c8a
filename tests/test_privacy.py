"""Nothing that names a person is shown, on any way out, unless it was asked for."""

import argparse
import ast
import contextlib
import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest
from conftest import Run

import infobip_analytics as ia
from infobip_analytics.cli.options import keyed_grouping

NUMBERS = ["447700900871", "447700900872"]
PEOPLE = ["ada.byron@people.example", "ada.lovelace@people.example"]
TEXT, DATA, MAIL = "your secret word is rhubarb", "order-of-ada-5521", "ada@private.example"

#: What must be seen nowhere; of each number the digits that nobody needs to see
PLANTED = ["0900871", "0900872", "@people.example", "rhubarb", "5521", "@private.example"]

STATUSES = {
    "delivered": {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
    "failed": {"groupId": 2, "groupName": "UNDELIVERABLE", "id": 9,
               "name": f"NOT_TO +{NUMBERS[0]}"},
}  # fmt: skip


def report(n: int, status: str = "delivered") -> dict[str, Any]:
    """One report in which everything is planted."""
    number = NUMBERS[n % 2]
    return {
        "messageId": f"m-{n}",
        "to": f"+{number}",
        "sender": "Shop",
        "sentAt": f"2026-03-0{n % 5 + 1}T09:00:00.000+0000",
        "doneAt": f"2026-03-0{n % 5 + 1}T09:00:07.000+0000",
        "status": STATUSES[status],
        "error": {"id": 4711, "name": f"EC of {number}", "groupName": f"TO {number}"},
        "callbackData": f'{{"id": "{DATA}"}}',
        "text": TEXT,
        "campaignReferenceId": "spring",
    }


def event(n: int, status: str) -> dict[str, str]:
    """One campaign event in which everything is planted."""
    number, person = NUMBERS[n % 2], PEOPLE[n % 2]
    return {
        "registered": person,
        "timestamp": str(1772352000 + 86400 * (n % 5) + 60 * (status != "enqueued")),
        "type": "campaign",
        "action_id": "3",
        "action_name": "Spring sale SMS",
        "action_type": "sms",
        "campaign_id": "c-1",
        "campaign_name": "[GB] Spring sale",
        "recipient": f"+{number}",
        "sender": number if status == "incoming_message" else "Shop",
        "status": status,
        "error": f"no {number}" if status == "failed" else "",
        "comment": f"of {MAIL}" if status == "failed" else "",
        "message": TEXT,
        "message_id": f"m-{n}",
        "url": f"https://shop.example/?who={person}",
        "e-mail address": MAIL,
        "nested": json.dumps({"who": MAIL}),
    }


REPORTS = [report(n, "failed" if n % 3 == 0 else "delivered") for n in range(12)]
EVENTS = [
    event(n, status)
    for n in range(12)
    for status in ("enqueued", "failed" if n % 3 == 0 else "delivered", "clicked",
                   "incoming_message")
]  # fmt: skip


@pytest.fixture
def reports(tmp_path: Path) -> str:
    path = tmp_path / "reports.ndjson"
    path.write_text("\n".join(map(json.dumps, REPORTS)))
    return str(path)


@pytest.fixture
def events(tmp_path: Path) -> str:
    path = tmp_path / "events.csv"
    pl.DataFrame(EVENTS).write_csv(path)
    return str(path)


def seen_in(text: str) -> list[str]:
    """What of all that was planted is in a text."""
    return [word for word in PLANTED if word in text]


def text_of(path: Path) -> str:
    """What a file holds, as text."""
    if path.suffix == ".parquet":
        return path.read_bytes().decode("latin-1") + pl.read_parquet(path).write_ndjson()
    return path.read_bytes().decode("latin-1")


#: By what each form is tried
KEYS = {
    "table": ["customer", "error"],
    "csv": ["recipient", "none"],
    "json": ["country,recipient"],
    "parquet": ["customer"],
}


#: What counts by whatever is asked for
COMMANDS = ["rates", "coverage", "errors", "definitions", "responses", "costs"]


@pytest.mark.parametrize("form", list(KEYS))
@pytest.mark.parametrize("command", COMMANDS)
def test_no_table_names_a_person(
    command: str, form: str, reports: str, events: str, tmp_path: Path, run: Run
) -> None:
    sources = [events] if command == "responses" else [reports, events]
    for source, by in [(source, by) for source in sources for by in KEYS[form]]:
        out = tmp_path / f"out.{form}"
        status, said, error = run(
            command, source, "--by", by, "--as-of", "2026-04-01", "--format", form,
            "--output", str(out) if form == "parquet" else "-",
        )  # fmt: skip
        shown = said + error + (text_of(out) if out.exists() else "")
        assert (status, seen_in(shown)) == (0, []), (source, by, error)
        assert ("--show-numbers" in error) == (by in ("recipient", "country,recipient", "customer"))


@pytest.mark.parametrize("command", COMMANDS)
def test_whoever_asks_sees_them(command: str, events: str, run: Run) -> None:
    options = ("--as-of", "2026-04-01", "--by", "recipient", "--format", "csv")
    status, said, error = run(command, events, *options, "--show-numbers")
    assert (status, NUMBERS[0] in said, "--show-numbers" in error) == (0, True, False)


def test_people_who_look_alike_keep_a_line_each(events: str, run: Run) -> None:
    options = ("--as-of", "2026-04-01", "--by", "customer", "--format", "json")
    masked, whole = (
        json.loads(run("rates", events, *options, *more)[1]) for more in ((), ("--show-numbers",))
    )
    assert [row["customer"] for row in masked] == ["a•••", "a•••"]
    assert [row["customer"] for row in whole] == PEOPLE
    assert [row | {"customer": ""} for row in masked] == [row | {"customer": ""} for row in whole]


@pytest.mark.parametrize("form", ["html", "json"])
def test_no_report_names_a_person(
    form: str, reports: str, events: str, tmp_path: Path, run: Run
) -> None:
    for sources in ([reports], [events], [events, reports]):
        out = tmp_path / f"report.{form}"
        options = ("--output", str(out), "--days", "all", "--as-of", "2026-04-01")
        status, said, error = run("report", *sources, *options)
        assert (status, seen_in(said + error + text_of(out))) == (0, [])


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_no_reconciliation_names_a_person(form: str, reports: str, events: str, run: Run) -> None:
    status, said, error = run("reconcile", events, reports, "--format", form)
    assert (status, seen_in(said + error)) == (0, [])


def everything_that_prints_itself(reports: str, events: str) -> Iterator[Any]:
    """What the functions of the package give that a notebook shows by itself."""
    happened, reported = ia.read_campaign_events(events), ia.read_delivery_reports(reports)
    made = ia.messages(happened, as_of="2026-04-01")
    answered = ia.with_responses(made, happened)
    for by in ("recipient", "customer"):
        yield ia.rates_table(made, by)
        yield ia.errors_table(made, by)
        yield ia.delays_table(made, by)
        yield ia.compare_definitions(made, by)
        yield ia.compare_variants(made, by)
        yield ia.responses_table(answered, by)
        yield ia.plot_rates(ia.delivery_rates(made, by))
        yield ia.plot_trend(ia.delivery_rates(made, [by, "day"]))
        yield ia.plot_delays(ia.delivery_delays(made, by))
    yield ia.plot_errors(ia.error_breakdown(made))
    yield ia.replies(happened, answered)
    yield ia.reconcile(happened, reported)
    for row in (happened.filter(status="failed").row(0, named=True), REPORTS[0]):
        yield ia.explain(row)


def test_what_prints_itself_names_nobody(reports: str, events: str) -> None:
    for shown in everything_that_prints_itself(reports, events):
        texts = [repr(shown), str(shown)]
        for how in ("_repr_html_", "to_json"):
            texts += [getattr(shown, how)()] if hasattr(shown, how) else []
        assert seen_in("".join(texts)) == [], shown


def test_what_prints_itself_does_where_it_is_asked_to(events: str) -> None:
    happened = ia.read_campaign_events(events)
    made = ia.messages(happened, as_of="2026-04-01")
    answered = ia.with_responses(made, happened)
    rates = ia.delivery_rates(made, "recipient")
    trend = ia.delivery_rates(made, ["recipient", "day"])
    shown = [
        ia.rates_table(made, "recipient", show_numbers=True),
        ia.errors_table(made, "recipient", show_numbers=True),
        ia.delays_table(made, "recipient", show_numbers=True),
        ia.compare_definitions(made, "recipient", show_numbers=True),
        ia.compare_variants(made, "recipient", show_numbers=True),
        ia.responses_table(answered, "recipient", show_numbers=True),
        ia.replies(happened, answered, show_numbers=True),
        ia.plot_rates(rates, show_numbers=True),
        ia.plot_trend(trend, show_numbers=True),
        ia.plot_delays(ia.delivery_delays(made, "recipient"), show_numbers=True),
    ]
    assert all(NUMBERS[0] in str(each) for each in shown)


def test_frames_are_data_and_whole(events: str) -> None:
    made = ia.messages(ia.read_campaign_events(events), as_of="2026-04-01")
    assert ia.rates_table(made, "recipient").frame["recipient"].to_list() == NUMBERS


def test_people_who_look_alike_are_lines_of_their_own_in_a_figure(events: str) -> None:
    made = ia.messages(ia.read_campaign_events(events), as_of="2026-04-01")
    figure = ia.plot_trend(ia.delivery_rates(made, ["customer", "day"]))
    assert str(figure).count("a•••") >= 2
    assert {each.yaxis for each in figure.data} >= {"y", "y2"}


def test_a_group_that_is_not_there_is_not_named(events: str) -> None:
    made = ia.messages(ia.read_campaign_events(events), as_of="2026-04-01")
    with pytest.raises(ia.ArgumentError) as raised:
        ia.compare_variants(made, "customer", baseline="ada.king@people.example")
    assert seen_in(str(raised.value)) == []


#: A column, and what is broken in it
BROKEN = {
    "messageId": "",
    "to": f"to {NUMBERS[0]} and {NUMBERS[1]}",
    "sentAt": f"at {NUMBERS[0]}",
    "doneAt": TEXT,
    "messageCount": f"{NUMBERS[0]}x",
    "price": f"{DATA}",
    "mccMnc": MAIL,
    "status": f"status of {NUMBERS[0]}",
    "status.id": f"{NUMBERS[0]}0000000000000",
    "status.groupName": f"group of {NUMBERS[0]}",
    "error.permanent": MAIL,
    "channel": f"channel of {NUMBERS[0]}",
}


def broken_rows() -> list[dict[str, Any]]:
    flat = [{"messageId": f"m-{n}", "to": NUMBERS[0], "sentAt": "2026-03-01T09:00:00Z",
             "status.groupName": "DELIVERED", "callbackData": DATA, "text": TEXT}
            for n in range(len(BROKEN))]  # fmt: skip
    return [row | {name: value} for row, (name, value) in zip(flat, BROKEN.items(), strict=True)]


def written_as(kind: str, rows: list[dict[str, Any]], folder: Path) -> Path:
    """Rows as a file of a kind, with columns for all that any row has."""
    path = folder / f"broken.{kind}"
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame([{name: row.get(name) for name in names} for row in rows])
    match kind:
        case "csv":
            frame.write_csv(path)
        case "parquet":
            frame.write_parquet(path)
        case "ndjson":
            path.write_text("\n".join(map(json.dumps, rows)) + f'\n{{"to": "{NUMBERS[0]}", "te')
        case "json":
            path.write_text(json.dumps({"results": rows})[:-20] + f'{{"to": "{NUMBERS[0]}')
        case "xlsx":
            book = openpyxl.Workbook()
            sheet: Any = book.active
            sheet.append(names)
            for row in rows:
                sheet.append([row.get(name) for name in names])
            book.save(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson", "json", "xlsx"])
def test_no_word_about_broken_rows_names_a_person(kind: str, tmp_path: Path, run: Run) -> None:
    path = written_as(kind, broken_rows(), tmp_path)
    for column in ("", "recipient", "sent_at"):
        more = ("--column", f"text={column}") if column else ()
        for command in ("rates", "errors"):
            status, said, error = run(
                command, str(path), "--as-of", "2026-04-01", *more, "--output", "-"
            )
            assert status in (0, 1)
            assert seen_in(said + error) == [], error


def test_no_error_about_broken_rows_names_a_person(tmp_path: Path) -> None:
    for n, row in enumerate(broken_rows()):
        path = written_as("csv", [row], tmp_path)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                said = repr(ia.mask(ia.read_delivery_reports(path, on_bad="raise")))
            except ia.InfobipAnalyticsError as error:
                said = str(error)
        assert seen_in(said + "".join(str(each.message) for each in warned)) == [], n


@pytest.mark.parametrize("form", ["table", "json"])
def test_no_explanation_names_a_person(form: str, run: Run) -> None:
    for asked in (json.dumps(REPORTS[0]), json.dumps(EVENTS[1])):
        _, said, error = run("explain", "--format", form, asked)
        assert seen_in(said + error) == [], asked


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson", "json", "xlsx"])
def test_no_word_about_broken_events_names_a_person(kind: str, tmp_path: Path, run: Run) -> None:
    strange = [NUMBERS[0], TEXT, MAIL, DATA, f"{NUMBERS[0]}.5e7"]
    rows: list[dict[str, Any]] = [
        event(n, "enqueued") | {name: value}
        for n, name in enumerate(["timestamp", "status", "action_type", "sent_timestamp",
                                  "number_of_message_parts", "recipient"])
        for value in strange
    ]  # fmt: skip
    path = written_as(kind, rows, tmp_path)
    for command in ("rates", "responses"):
        status, said, error = run(command, str(path), "--as-of", "2026-04-01", "--output", "-")
        assert status in (0, 1)
        assert seen_in(said + error) == [], error


def test_stats_that_are_found_again_by_their_keys_name_people_only_where_asked() -> None:
    asked = {"by": "day,recipient", "show_numbers": False}
    with pytest.raises(ia.ArgumentError, match="add --show-numbers"):
        keyed_grouping(argparse.Namespace(**asked))
    assert keyed_grouping(argparse.Namespace(**asked | {"show_numbers": True})) == [
        "day", "recipient",
    ]  # fmt: skip
    assert keyed_grouping(argparse.Namespace(**asked | {"by": "day,country"})) == ["day", "country"]


NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


def shown_by(notebook: Path, **parameters: str) -> str:
    """All that the cells of a notebook show, as text, HTML and figures."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    names: dict[str, Any] = {}
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        for cell in (cell for cell in cells if cell["cell_type"] == "code"):
            *steps, last = ast.parse("".join(cell["source"])).body
            is_shown = isinstance(last, ast.Expr)
            before = steps if is_shown else [*steps, last]
            exec(compile(ast.Module(before, []), notebook.name, "exec"), names)
            names |= {name: value for name, value in parameters.items() if name in names}
            if isinstance(last, ast.Expr):
                code = compile(ast.Expression(last.value), notebook.name, "eval")
                out.write(as_shown(eval(code, names)))
    return out.getvalue()


def as_shown(value: Any) -> str:
    ways = [getattr(value, name) for name in ("_repr_html_", "to_json") if hasattr(value, name)]
    return "\n".join([repr(value), *(str(way()) for way in ways)])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_notebook_names_a_person(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    events = ia.read_campaign_events(ia.sample_path("campaign_events"))
    reports = ia.read_delivery_reports(ia.sample_path("delivery_reports"))
    # who answers writes to a number of the shop
    sent = events.filter(pl.col("status") != "incoming_message")
    columns = (sent["customer"], sent["recipient"], reports["recipient"])
    people = {each for column in columns for each in column.drop_nulls() if len(each) > 8}
    with pl.Config(tbl_cols=-1, tbl_rows=-1, fmt_str_lengths=200):
        shown = shown_by(notebook)
        if notebook.stem.startswith("06"):
            shown += shown_by(notebook, by="recipient") + shown_by(notebook, by="recipient")
    assert "•••" in shown or not {"01", "02", "03", "06"} & {notebook.stem[:2]}
    assert [each for each in people if each in shown] == []


def test_a_campaign_that_is_called_like_a_number_is_masked_where_people_look(
    tmp_path: Path,
) -> None:
    reports = ia.read(ia.sample_path("delivery_reports")).with_columns(
        campaign_reference=pl.lit("+447700900333")
    )
    made = ia.messages(reports)
    page = tmp_path / "report.html"
    ia.write_report(made, page)
    text = page.read_text("utf-8")
    assert "7700900333" not in text
    assert "+447•••33" in text
    figure = ia.plot_rates(ia.delivery_rates(made, by="campaign"))
    assert "7700900333" not in figure.to_json()
    assert (
        "7700900333"
        in ia.plot_rates(ia.delivery_rates(made, by="campaign"), show_numbers=True).to_json()
    )
