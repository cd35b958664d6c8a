"""`infobip-analytics notebooks`: the essays that come with the package, to work in."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from infobip_analytics.cli.options import add_command

ABOUT = """\
Copy the notebooks that come with the package into a folder, to read, run and change them. They ask
one question each, of invented data that come along, so they run anywhere. A copy that was changed
is kept.

  infobip-analytics notebooks my-notebooks --open
"""

FOLDER = "notebooks"


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "notebooks", summary="notebooks to learn from and to copy from", about=ABOUT
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(FOLDER),
        metavar="DIR",
        help=f"made where it is missing; default {FOLDER}",
    )
    parser.add_argument("--force", action="store_true", help="replace copies that were changed")
    parser.add_argument("--open", action="store_true", help="start JupyterLab on the folder")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Copy the notebooks, say what became of each, and start JupyterLab where it is asked for."""
    from infobip_analytics.essays.bundled import copy_notebooks

    copies = copy_notebooks(args.folder, force=args.force)
    for copy in copies:
        print(f"{copy.did} {copy.path}: {copy.question}")
    kept = sum(copy.did == "kept" for copy in copies)
    if kept:
        print(f"kept: changed since they were copied ({kept}); --force replaces them")
    if args.open:
        return _start_jupyterlab(args.folder)
    print(f"next: infobip-analytics notebooks {shlex.quote(str(args.folder))} --open")
    return 0


def _start_jupyterlab(folder: Path) -> int:
    """Run JupyterLab on *folder* until it is ended."""
    import signal
    import subprocess
    import sys
    from importlib.util import find_spec

    from infobip_analytics.errors import SourceError
    from infobip_analytics.essays.exporting import WAY_OUT

    if find_spec("jupyterlab") is None:
        raise SourceError(f"JupyterLab is not installed here: {WAY_OUT}")
    print(f"starting JupyterLab on {folder}; Ctrl-C ends it", flush=True)
    lab = subprocess.Popen([sys.executable, "-m", "jupyterlab", str(folder)])
    # Ctrl-C reaches JupyterLab, too, which asks back and tidies up: wait for it
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return 1 if lab.wait() else 0
    finally:
        signal.signal(signal.SIGINT, before)
