"""An answer on its way out; as JSON it is whole, with its notes and what it assumes."""

import argparse
from typing import Any

from infobip_analytics.cli.writing import write_out


def write_answer(args: argparse.Namespace, answer: Any) -> int:
    """Write an answer that has `.frame`, `.headline`, `.notes` and `.to_dict()`, as asked.

    In CSV and Parquet it is its rows alone; the rest is said on standard error.
    """
    if not _as_json(args):
        return write_out(args, answer.frame, str(answer), [answer.headline, *answer.notes])
    import json

    text = json.dumps(answer.to_dict(), ensure_ascii=False, indent=1)
    return write_out(
        argparse.Namespace(**{**vars(args), "format": "table"}), answer.frame, text, []
    )


def _as_json(args: argparse.Namespace) -> bool:
    named = str(args.output or "").lower().endswith(".json")
    return args.format == "json" or (named and not args.format)
