"""The door out: a world as the files that Infobip and Bloomreach would give, and its truth."""

from pathlib import Path
from typing import Any

import polars as pl

from infobip_analytics.errors import ArgumentError
from infobip_analytics.samples import FILES
from infobip_analytics.samples.events import export_rows
from infobip_analytics.samples.reports import report_lines
from infobip_analytics.samples.world import World

_MOMENT = "%Y-%m-%dT%H:%M:%S%.3fZ"


def write_delivery_reports(world: World, path: Path | str) -> int:
    """Write the delivery reports and log entries, a JSON object a line; how many there are."""
    return _write(report_lines(world), path, include_header=False, quote_style="never")


def write_campaign_events(world: World, path: Path | str) -> int:
    """Write the campaign events as the CSV of an export; how many there are."""
    return _write(export_rows(world), path)


def write_truth(world: World, path: Path | str) -> int:
    """Write what became of each message as CSV; how many messages there are."""
    return _write(world.truth.with_columns(pl.col("sent_at", "done_at").dt.strftime(_MOMENT)), path)


WRITERS = {
    "delivery_reports": write_delivery_reports,
    "campaign_events": write_campaign_events,
    "truth": write_truth,
}


def write_world(world: World, folder: Path | str) -> dict[Path, int]:
    """Write the three files of a world into a folder; each with the number of its rows.

    Files of the same three names are replaced, and nothing else in the folder is touched.

    Raises:
        ArgumentError: The folder is a file.
        OSError: The folder cannot be made or written to.
    """
    there = Path(folder)
    if there.is_file():
        raise ArgumentError(f"{there} is a file: name the folder that the three files shall go to")
    there.mkdir(parents=True, exist_ok=True)
    return {there / name: WRITERS[kind](world, there / name) for kind, name in FILES.items()}


def _write(rows: pl.DataFrame, path: Path | str, **options: Any) -> int:
    # opened here, not by polars: so an error names the file
    with Path(path).open("wb") as file:
        rows.write_csv(file, **options)
    return rows.height
