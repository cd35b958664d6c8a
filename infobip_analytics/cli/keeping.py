"""What the commands that write to an archive share: which one, and what is kept in it."""

import argparse
from typing import Any

from infobip_analytics.errors import ArgumentError


def add_archive(parser: Any) -> None:
    """`--archive`, and what a new archive keeps."""
    group = parser.add_argument_group("the archive")
    group.add_argument(
        "--archive",
        required=True,
        metavar="DIR",
        help="a folder; where there is no archive yet, one is made",
    )
    group.add_argument(
        "--pseudonymise",
        action="store_true",
        help="of a new archive: recipients are kept as pseudonyms of the same country, from the "
        "first byte stored; the key is INFOBIP_ANALYTICS_PSEUDONYM_KEY or in the file that "
        "INFOBIP_ANALYTICS_PSEUDONYM_KEY_FILE names",
    )
    group.add_argument(
        "--keep-text", action="store_true", help="of a new archive: the text of messages is kept"
    )
    group.add_argument(
        "--keep-callback-data",
        action="store_true",
        help="of a new archive: callback data are kept",
    )


def archive_of(args: argparse.Namespace) -> Any:
    """The archive that *args* name, opened or made; what it keeps was settled when it was begun.

    Raises:
        SourceError: No archive can be opened or made there.
        ArgumentError: It was begun otherwise than is asked, or the key of its pseudonyms is not at
            hand.
    """
    from infobip_analytics.archive import (
        Keeps,
        is_archive,
        is_pseudonymous,
        make_archive,
        open_archive,
        secret_key,
    )

    if not args.archive.strip():
        raise ArgumentError("--archive is empty: is a variable not set? name a folder")
    there = open_archive(args.archive) if is_archive(args.archive) else None
    hidden = args.pseudonymise or (there is not None and is_pseudonymous(there))
    begun = there.keeps if there else Keeps()
    keeps = Keeps(
        text=args.keep_text or begun.text,
        callback_data=args.keep_callback_data or begun.callback_data,
        key=secret_key() if hidden else None,
    )
    return make_archive(args.archive, keeps)
