"""Invented data with known truth, and where the bundled part of it lies."""

from pathlib import Path

from infobip_analytics.errors import ArgumentError, SourceError

#: The kinds of sample data, and their files.
FILES = {
    "delivery_reports": "delivery_reports.ndjson",
    "campaign_events": "campaign_events.csv",
    "truth": "truth.csv",
}

_PACKAGE = Path(__file__).resolve().parent.parent
_FOLDERS = (_PACKAGE / "data" / "samples", _PACKAGE.parent / "data" / "samples")


def sample_path(kind: str) -> Path:
    """Where the bundled, invented data of one kind lie.

    Args:
        kind: "delivery_reports", "campaign_events", or "truth": what became of each message.

    Raises:
        ArgumentError: There is no such kind.
        SourceError: The installation lacks its sample data.

    >>> sample_path("campaign_events").name
    'campaign_events.csv'
    """
    if kind not in FILES:
        raise ArgumentError(f"there are no sample data {kind!r}; there are {', '.join(FILES)}")
    for folder in _FOLDERS:
        if (folder / FILES[kind]).is_file():
            return folder / FILES[kind]
    raise SourceError(
        f"this installation lacks {FILES[kind]}, looked for in {' and '.join(map(str, _FOLDERS))}; "
        "`infobip-analytics sample --output DIR` writes such data"
    )
