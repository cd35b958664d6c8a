"""A table on its way out: to the screen, to a pipe, or to a file."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.wording import FORMULA

_ENDINGS = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".txt": "table"}


def write_out(args: argparse.Namespace, frame: Any, text: str, notes: list[str]) -> int:
    """Write *frame* (polars) as asked, or *text* for people; notes go where they do no harm.

    People are masked in the frame, unless `--show-numbers`; each keeps a line of its own.
    """
    from infobip_analytics.masking import as_shown

    kind, target = _kind(args), _target(args)
    masked = _masked(args, frame)
    frame = as_shown(frame, show_numbers=args.show_numbers)
    written = {"table": lambda: text, "csv": lambda: as_csv(frame), "json": lambda: as_json(frame)}
    if kind == "parquet":
        _into(target, frame.write_parquet)
    elif target:
        _into(target, lambda path: path.write_text(_ended(written[kind]()), encoding="utf-8"))
    else:
        print(_ended(written[kind]()), end="")
    for sentence in [*([] if kind == "table" else notes), *masked]:
        print(f"note: {sentence}", file=sys.stderr)
    return 0


def _masked(args: argparse.Namespace, frame: Any) -> list[str]:
    """What is masked, as a sentence that names the way out."""
    from infobip_analytics.masking import personal

    people = [] if args.show_numbers else personal(frame.columns)
    if not people or frame.is_empty():
        return []
    return [
        f"{', '.join(people)}: masked, so several lines may look the same; --show-numbers shows "
        "them in full"
    ]


def _kind(args: argparse.Namespace) -> str:
    """The format: what is asked for, else what the file's ending says."""
    target = _target(args)
    ending = target.suffix.lower() if target else ".txt"
    if not args.format and ending not in _ENDINGS:
        raise ArgumentError(
            f"--output {args.output}: which format is that? There are {', '.join(_ENDINGS)}; "
            "or say it with --format"
        )
    kind = str(args.format or _ENDINGS[ending])
    if kind == "parquet" and target is None:
        raise ArgumentError("--format parquet needs a file to go to: add --output FILE")
    return kind


def _target(args: argparse.Namespace) -> Path | None:
    return Path(args.output) if args.output and args.output != "-" else None


def _into(target: Path | None, write: Callable[[Path], object]) -> None:
    """Write to *target*; what the system says against it becomes a sentence."""
    if target is None:
        return
    try:
        write(target)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError(
            f"nothing can be written to {target}: {reason}; name a file in a folder that is there "
            "and may be written to"
        ) from error


def _ended(text: str) -> str:
    return text.rstrip("\n") + "\n"


def as_csv(frame: Any) -> str:
    """Comma-separated, with text that a spreadsheet would take for a formula made harmless."""
    import polars as pl

    formula = [pl.col(name).str.slice(0, 1).is_in(list(FORMULA)) for name in _texts(frame)]
    safe = [
        pl.when(runs).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name, runs in zip(_texts(frame), formula, strict=True)
    ]
    return str(frame.with_columns(safe).write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z"))


def _texts(frame: Any) -> list[str]:
    import polars as pl

    return [name for name, dtype in frame.schema.items() if dtype == pl.String]


def as_json(frame: Any) -> str:
    """A list with an object for each row; times in ISO 8601, what is unknown null."""
    import json

    return json.dumps(frame.to_dicts(), default=lambda value: value.isoformat(), indent=2)
