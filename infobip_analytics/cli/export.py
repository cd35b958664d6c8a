"""`infobip-analytics export`: a notebook, run, as one HTML file."""

import argparse
from pathlib import Path
from typing import Any

from infobip_analytics.cli.options import add_command

ABOUT = """\
Run a notebook from its first cell to its last and write what it shows as one HTML file that opens
anywhere, without a network: prose, tables, every chart. It runs in the present folder, and is
itself left as it is. Where a cell ends with an error nothing is written.

  infobip-analytics export 04_is_silence_failure -o silence.html
  infobip-analytics export 06_your_own_export -o mine.html -p source=exports/ -p by=campaign

-p sets names of the notebook's cell tagged `parameters`. A value is read as Python where it is a
number, a list, True, None or text in quotes (-p days=28, -p lists="['DE', 'FR']"), else as text.
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "export", summary="a notebook, run, as an HTML page to pass on", about=ABOUT
    )
    parser.add_argument(
        "notebook", metavar="NOTEBOOK", help="a file, or the name of one that comes along"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="default: the notebook's name, .html"
    )
    parser.add_argument(
        "-p",
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what the notebook is asked for; may be repeated",
    )
    parser.add_argument(
        "--code", choices=["show", "hide"], default="hide", help="default hide: what it shows only"
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the page, and say where it is."""
    from infobip_analytics.cli.loading import note, progress
    from infobip_analytics.essays.bundled import find_notebook
    from infobip_analytics.essays.exporting import export_notebook
    from infobip_analytics.essays.parameters import read_pairs
    from infobip_analytics.wording import plural

    values = read_pairs(args.parameter)
    source = find_notebook(args.notebook)
    target = args.output or Path(f"{source.stem}.html")
    with progress(f"running {source.name}"):
        exported = export_notebook(source, target, values, show_code=args.code == "show")
    for place in exported.refused:
        note(
            f"code cell {place} shows something by a script of its own, and the page runs none "
            "but ours: look whether anything is missing there"
        )
    for place, asked in exported.maps:
        note(f"the map in code cell {place} takes its {asked} from a network; use ia.plot_map")
    if exported.pictures:
        note(
            f"{plural(exported.pictures, 'picture')} left out: the page asks no network and no "
            "folder for pictures; put them into the notebook itself (drag them into a cell)"
        )
    print(f"wrote {exported.path}")
    if args.open:
        import webbrowser

        webbrowser.open(exported.path.resolve().as_uri())
    return 0
