"""The notebooks where people work in them: a real JupyterLab, in a real browser, no network.

It is started as a person starts it, by `infobip-analytics notebooks DIR --open`, on a port of this
machine, with nobody's own settings.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent

#: One that shows a bit of everything: frames, a table of ours, two figures, an explanation
NOTEBOOK = "01_delivery_by_country.ipynb"
FIGURES = 2

#: Seconds that a start, and a run of all cells, may take on a machine that does other things too
PATIENCE = 40

SETTINGS: dict[str, dict[str, Any]] = {
    # every cell is in the page, also those that nobody has scrolled to
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[str]:
    """Start JupyterLab on copies of the notebooks; give the address of one of them."""
    pytest.importorskip("jupyterlab", reason="there is no JupyterLab: pip install jupyterlab")
    pytest.importorskip("playwright", reason="there is no Playwright: pip install playwright")
    folder = tmp_path_factory.mktemp("lab")
    port, token = free_port(), secrets.token_hex()
    configure(folder / "config", port, token)
    command = [sys.executable, "-m", "infobip_analytics", "notebooks", "essays", "--open"]
    with (folder / "said.txt").open("w+") as said:
        started = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **own_places(folder), "PYTHONPATH": str(ROOT)},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            wait_for(port, started, folder / "said.txt")
            yield f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK}?token={token}"
        finally:
            with suppress(ProcessLookupError):  # it has ended by itself, and a test says why
                os.killpg(started.pid, signal.SIGTERM)
            started.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port: int = some.getsockname()[1]
    return port


def configure(folder: Path, port: int, token: str) -> None:
    """Write what JupyterLab is to be like, and nothing of it asks the network."""
    server = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False}
    settings = {
        "ServerApp": server | {"allow_root": True},
        "IdentityProvider": {"token": token},
        "LabApp": {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
    }
    folder.mkdir()
    (folder / "jupyter_server_config.json").write_text(json.dumps(settings))
    for name, values in SETTINGS.items():
        path = folder / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def own_places(folder: Path) -> dict[str, str]:
    """Name the places where Jupyter and IPython keep things: all in *folder*."""
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTERLAB_SETTINGS_DIR": "config/lab/user-settings",
        "JUPYTERLAB_WORKSPACES_DIR": "config/lab/workspaces",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    return {name: str(folder / place) for name, place in places.items()}


def wait_for(port: int, started: "subprocess.Popen[bytes]", said: Path) -> None:
    """Wait until something listens at *port*, and fail with what was said if nothing does."""
    for _ in range(PATIENCE * 4):
        with socket.socket() as here:
            if here.connect_ex(("127.0.0.1", port)) == 0:
                return
        if started.poll() is not None:
            break
        time.sleep(0.25)
    pytest.fail(f"JupyterLab did not start:\n{said.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def page(lab: str, chromium: str) -> Iterator[Any]:
    """Open the notebook, and run all of its cells."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(PATIENCE * 1000)
        # what a page asks of anybody but this JupyterLab goes nowhere
        page.route(
            lambda url: not url.startswith(lab.partition("/lab")[0]), lambda way: way.abort()
        )
        page.goto(lab)
        # before that a run would ask which kernel it is to be
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
        page.locator("[data-command='runmenu:run-all']").click()
        page.wait_for_function(ALL_RAN)
        yield page
        browser.close()


#: Every code cell has its number, or one has stopped with an error
ALL_RAN = """() => {
  const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")];
  const said = prompts.map((prompt) => prompt.textContent.trim());
  const stopped = document.querySelector("[data-mime-type='application/vnd.jupyter.error']");
  return stopped || (said.length > 3 && said.every((text) => /^\\[\\d+\\]:$/.test(text)));
}"""


def test_no_cell_complains(page: Any) -> None:
    kinds = ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr")
    shown = ", ".join(f'[data-mime-type="{kind}"]' for kind in kinds)
    assert page.locator(shown).all_inner_texts() == []
    assert page.locator(".jp-OutputArea-output").count() > FIGURES


def test_every_figure_is_drawn(page: Any) -> None:
    page.wait_for_function(f"document.querySelectorAll('.js-plotly-plot').length >= {FIGURES}")
    drawn = page.locator(".js-plotly-plot")
    assert drawn.count() == FIGURES
    assert all(drawn.nth(place).locator(".main-svg").count() for place in range(FIGURES))


def test_tables_can_be_read_in_the_light_and_in_the_dark(page: Any) -> None:
    light = page.evaluate(COLOURS)
    page.locator(".lm-MenuBar-itemLabel", has_text="Settings").first.click()
    page.locator(".lm-Menu-itemLabel", has_text="Theme").first.hover()
    page.locator(".lm-Menu-itemLabel", has_text="JupyterLab Dark").first.click()
    page.wait_for_selector("body[data-jp-theme-light='false']", state="attached")
    dark = page.evaluate(COLOURS)
    assert min(light["contrasts"]) >= 4.5
    assert min(dark["contrasts"]) >= 4.5
    assert light["paper"] > 0.9 > 0.1 > dark["paper"]


#: Of each text in our tables its contrast with the paper, and how light that is
COLOURS = """() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => {
    const [r, g, b] = channels(text).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return light(colour);
    }
    return 1;
  };
  const texts = [...document.querySelectorAll(".infobip-rates :is(th, td, p, strong)")];
  const contrasts = texts.map((node) => {
    const pair = [light(getComputedStyle(node).color), behind(node)].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  });
  return { contrasts, paper: behind(document.querySelector(".infobip-rates")) };
}"""
