"""Every example that a person can read can be run.

In README.md and docs/*.md, a block marked `python` is run, and so is every line of a block marked
`sh` that begins with `infobip-analytics`: in the order in which they stand, the blocks of one file
with the same names and in the same, at first empty, folder. A block marked `output` is what the
`python` before it prints, in a terminal of 100 columns. What needs the reader's own files or keys
is in a block marked otherwise, such as `console`.
"""

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^ *```$", re.M | re.S)


class Block(NamedTuple):
    """One fenced block: its language, its text, and the number of its first line."""

    language: str
    text: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    """Find the fenced blocks of *page*, in their order."""
    for fence in FENCE.finditer(page):
        indent, language, text = fence.groups()
        first = page.count("\n", 0, fence.start(3)) + 1
        yield Block(language, re.sub(f"^{indent}", "", text, flags=re.M), first)


def commands(block: Block, program: str) -> Iterator[list[str]]:
    """Find the lines of a `sh` block that call *program*, each as its arguments."""
    whole_lines = block.text.replace("\\\n", " ").splitlines() if block.language == "sh" else []
    for line in whole_lines:
        if line.startswith(f"{program} ") or line == program:
            yield shlex.split(line.removeprefix(program), comments=True)


def run(page: Path) -> None:
    """Run every example of *page* in the present folder."""
    names: dict[str, object] = {"__name__": "__main__"}
    printed = io.StringIO()
    for block in blocks(page.read_text("utf-8")):
        if block.language == "output":
            # spaces that do not break look the same on the page
            said = printed.getvalue().replace("\N{NO-BREAK SPACE}", " ")
            assert said == block.text, f"line {block.line}: other words are printed"
        if block.language == "python":
            # as many empty lines before it as in the page: a traceback names the page's own line
            source = "\n" * (block.line - 1) + block.text
            with redirect_stdout(printed := io.StringIO()):
                exec(compile(source, page, "exec"), names)
        for arguments in commands(block, "infobip-analytics"):
            from infobip_analytics.cli import main

            assert main(arguments) == 0, f"infobip-analytics {shlex.join(arguments)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    run(page)


def test_the_readme_has_examples_of_both_kinds() -> None:
    found = list(blocks(PAGES[0].read_text("utf-8")))
    assert any(block.language == "python" for block in found)
    assert any(list(commands(block, "infobip-analytics")) for block in found)


def test_the_readmes_jobs_are_those_of_do_py() -> None:
    found = blocks(PAGES[0].read_text("utf-8"))
    jobs = [job for block in found for job, *_ in commands(block, "python3 do.py")]
    assert {"report", "test"} <= set(jobs) <= {"report", "test", "lab", "run"}


@pytest.mark.parametrize(
    "page",
    [
        "```python\nassert False\n```\n",
        "1. first\n\n   ```python\n   x = 1\n   ```\n\n```python\nassert x == 2\n```\n",
        "```python\nprint(1)\n```\n\n```output\n2\n```\n",
        "```sh\npip install x\ninfobip-analytics no-such-command\n```\n",
        "```sh\ninfobip-analytics \\\n    no-such-command\n```\n",
    ],
)
def test_an_example_that_fails_is_noticed(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.md").write_text(page)
    with pytest.raises((AssertionError, SystemExit)):
        run(tmp_path / "page.md")


def test_what_is_marked_otherwise_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ infobip-analytics rates mine.csv\n```\n\n```\nassert False\n```\n"
    )
    run(page)


def test_a_traceback_names_the_line_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n```python\nx = 1\nraise KeyError(x)\n```\n")
    with pytest.raises(KeyError) as error:
        run(page)
    assert (str(error.traceback[-1].path), error.traceback[-1].lineno + 1) == (str(page), 5)
