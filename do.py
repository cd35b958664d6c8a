#!/usr/bin/env python3
"""Make everything that is needed, then do one job.

    python3 do.py report           delivery rates by country of the sample data, and report.html
    python3 do.py report ARGS      the page of your own data: infobip-analytics report ARGS
    python3 do.py test [ARGS]      every check; ARGS go to pytest
    python3 do.py lab [ARGS]       the notebooks, in JupyterLab
    python3 do.py run ARGS         infobip-analytics ARGS

It needs Python 3.11 or newer and nothing else. The first job makes .venv beside this file and
installs requirements.lock into it, with uv if there is one and with pip if not; later ones start
at once. To be rid of all that, delete .venv.
"""

# No syntax in this file is newer than Python 3.6, so that an old Python reads as far as `main`,
# which says what is wrong

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
THIS = sys.version_info[:2]


class SetUpError(Exception):
    """What keeps the environment from being made, as a sentence for whoever asked for it."""


def main(argv: "list[str]") -> int:
    """Do the job that *argv* names, and give its exit code."""
    if THIS < OLDEST:
        say(
            "This needs Python {}.{} or newer, and is run by {}.{}. If a newer one is installed, "
            "call it by its name: python3.12 do.py".format(*OLDEST, *THIS)
        )
        return 1
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(str(__doc__).strip())
        return 0
    if argv[0] not in JOBS:
        say(f"There is no job {argv[0]!r}. There are: {', '.join(JOBS)}")
        return 2
    try:
        prepare(ROOT)
    except (SetUpError, OSError, subprocess.CalledProcessError) as error:
        say(f"do.py: {error}")
        return 1
    # -P: a file of the user's that is called csv.py is not to be taken for Python's own
    return JOBS[argv[0]]([str(python(ROOT)), "-P"], argv[1:])


# The jobs. `python` is the beginning of every command.


def report(python: "list[str]", args: "list[str]") -> int:
    """Show the rates of the sample data and write their page; with ARGS, the page they ask for."""
    command = [*python, "-m", "infobip_analytics"]
    page = [*command, "report", "--output", "report.html", *args]
    return run(page) if args else run([*command, "rates"]) or run(page)


def test(python: "list[str]", args: "list[str]") -> int:
    """Run every check to its end."""
    return run_all(checks(python, args))


def checks(python: "list[str]", args: "list[str]") -> "dict[str, list[str]]":
    """Name the checks; pytest is the last, and so is what it says."""
    modules = {
        "ruff format": ["ruff", "format", "--check", "."],
        "ruff check": ["ruff", "check", "."],
        "mypy": ["mypy"],
        # a process for each core; a file stays in one of them, for what its tests share
        "pytest": ["pytest", "-n", "auto", "--dist", "loadfile", *args],
    }
    return {name: [*python, "-m", *module] for name, module in modules.items()}


def lab(python: "list[str]", args: "list[str]") -> int:
    """Open the notebooks in JupyterLab."""
    return run([*python, "-m", "jupyterlab", *args], ROOT / "notebooks")


def command_line(python: "list[str]", args: "list[str]") -> int:
    """Run the package's own command."""
    return run([*python, "-m", "infobip_analytics", *args])


JOBS = {"report": report, "test": test, "lab": lab, "run": command_line}


# The environment. Its stamp has two lines. The first, which Python and which folder, is written
# before anything is installed; the second, what was to be installed, after all of it is. So an
# environment whose making was cut short has one line, and one that is not ours has no stamp.


def prepare(root: Path) -> None:
    """Bring the environment beside the files in *root* to the state "ready"."""
    found = state(root)
    if found == "ready":
        return
    if found == "foreign":
        set_aside(venv_of(root))
    if found == "broken":
        say("The environment in .venv was not finished, was moved or has lost its Python: again")
        shutil.rmtree(str(venv_of(root)))
    uv = shutil.which("uv")
    if found != "old":
        make(root, with_pip=uv is None)
    install(root, uv)


def state(root: Path) -> str:
    """Tell what the environment is: "absent", "foreign", "broken", "old" or "ready"."""
    if not venv_of(root).exists() or not any(venv_of(root).iterdir()):
        return "absent"
    if not stamp(root).exists():
        return "foreign"
    lines = stamp(root).read_text("utf-8").splitlines()
    if len(lines) != 2 or lines[0] != place(root) or not python(root).exists():
        return "broken"
    return "ready" if lines[1] == contents(root) else "old"


def make(root: Path, *, with_pip: bool) -> None:
    """Make the environment, with nothing in it but pip where there is no uv."""
    needed = ("venv", "ensurepip") if with_pip else ("venv",)
    if not all(map(importlib.util.find_spec, needed)):
        raise SetUpError(
            "this Python cannot make environments. On Debian and Ubuntu:\n"
            "    sudo apt install python3-venv\n"
            "Elsewhere install uv, or a Python from python.org. Then run the same again."
        )
    import venv

    say("Making an environment for Python {}.{} in .venv".format(*THIS))
    venv_of(root).mkdir(exist_ok=True)
    stamp(root).write_text(f"{place(root)}\n", "utf-8")
    venv.create(str(venv_of(root)), symlinks=os.name != "nt", with_pip=with_pip)


def install(root: Path, uv: "str | None") -> None:
    """Install what is locked and then the package itself, and finish the stamp."""
    tool = "uv" if uv else "pip, which takes about a minute"
    say(f"Installing what requirements.lock lists, with {tool}")
    stamp(root).write_text(f"{place(root)}\n", "utf-8")
    for command in installations(root, uv):
        if run(command) != 0:
            raise SetUpError(
                "the environment is not finished; what is wrong stands above. "
                "Once that is mended (a network is needed, this once), run the same again."
            )
    stamp(root).write_text(f"{place(root)}\n{contents(root)}\n", "utf-8")


def installations(root: Path, uv: "str | None") -> "list[list[str]]":
    """List the two commands that install: what is locked, nothing else, and then the package."""
    # -qq: errors only; what is used will be compiled when it is first imported
    pip = [str(python(root)), "-m", "pip", "install", "-qq", "--no-compile"]
    if uv:
        pip = [uv, "pip", "install", "--quiet", "--python", str(python(root))]
    package = ["--no-deps", "--no-build-isolation", "--editable", str(root)]
    return [
        [*pip, "--require-hashes", "-r", str(root / "requirements.lock")],
        [*pip, *package],
    ]


def set_aside(folder: Path) -> None:
    """Rename *folder*, which is someone's, to the first of .venv.1, .venv.2, ... that is free."""
    number = 1
    while folder.with_name(f"{folder.name}.{number}").exists():
        number += 1
    say(f"The .venv here was not made by do.py: it is now called {folder.name}.{number}")
    folder.rename(folder.with_name(f"{folder.name}.{number}"))


def venv_of(root: Path) -> Path:
    """Name the folder of the environment."""
    return root / ".venv"


def stamp(root: Path) -> Path:
    """Name the file that tells what the environment was made from."""
    return venv_of(root) / "do.stamp"


def python(root: Path) -> Path:
    """Name the environment's Python."""
    return venv_of(root) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def place(root: Path) -> str:
    """Say what an environment cannot outlive: its Python and its folder."""
    return "Python {}.{} in {}".format(*THIS, venv_of(root))


def contents(root: Path) -> str:
    """Sum up the files that say what is to be installed."""
    files = (root / "requirements.lock", root / "pyproject.toml")
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


# Running commands, and talking.


def run_all(commands: "dict[str, list[str]]") -> int:
    """Run every one of *commands* under its name; the exit code is that of the first to fail."""
    codes = []
    for name, command in commands.items():
        say(f"== {name}")
        codes.append(run(command, ROOT))
        if codes[-1] != 0:
            say(f"== {name} failed")
    return next(filter(None, codes), 0)


def run(command: "list[str]", folder: "Path | None" = None) -> int:
    """Run *command* to its end and give its exit code, which is 128 + n after the signal n.

    Ctrl-C reaches the command as well and is its to answer: JupyterLab asks whether it is meant.
    When the command has ended, so does this program.
    """
    process = subprocess.Popen(command, cwd=str(folder) if folder else None)
    interrupted = False
    while process.returncode is None:
        try:
            process.wait()
        except KeyboardInterrupt:
            interrupted = True
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    if interrupted:
        raise SystemExit(code)
    return code


def say(sentence: str) -> None:
    """Tell the person something, before whatever runs next does; what jobs print stays clean."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
