"""``retailctl local ui``: the experiments of the local Azure ML in a browser.

The address logs a browser in, once. A browser started from here is given a file that leads there, readable by its owner
alone: what stands in a command line, every user of the machine can read.
"""

import contextlib
import html
import os
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command
from retailctl.cli.local_control import LocalControl
from retailctl.cli.table import Block, Fields

_PAGE = "open-experiments.html"
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


@dataclass(frozen=True)
class Opened:
    """Where the experiments are, and whether a browser was sent there."""

    url: str
    expires_in: float
    """Seconds for which the address works, and once."""
    browser: bool


def add_to(app: typer.Typer) -> None:
    """Declare the command."""
    command(app, workspace=False)(ui)


def ui(
    cli: Invocation,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser, where there is one.")] = True,
) -> None:
    """Open the experiments of the local Azure ML: its MLflow, started if need be.

    The address works once and for two minutes. The browser does not know the server's certificate authority, and
    asks about it the first time.

    Examples:
      retailctl local ui
      retailctl local ui --no-browser
      retailctl local ui -o name
    """
    link = LocalControl(cli.project.state_dir, cli.runtime.clock()).ask("POST", "/ui", about="MLflow server")
    url, opened = str(link["url"]), False
    if browser and cli.out.streams.stdout.isatty():
        opened = _open(url, cli.project.state_dir, has_display=any(cli.runtime.environ.get(name) for name in _DISPLAYS))
    cli.out.result(Opened(url, float(link["expires_in"]), opened), _view, name=lambda found: found.url)


def _open(url: str, folder: Path, *, has_display: bool) -> bool:
    """Send a browser with windows to an address; False where there is none."""
    if not has_display and os.uname().sysname != "Darwin":
        return False
    page = folder / _PAGE
    with contextlib.suppress(OSError, webbrowser.Error):  # the address is told in any case
        page.unlink(missing_ok=True)
        with os.fdopen(os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(f'<!doctype html><meta http-equiv="refresh" content="0;url={html.escape(url)}">\n')
        return webbrowser.open(page.as_uri())
    return False


def _view(found: Opened) -> list[Block]:
    note = "opened in a browser" if found.browser else f"open it within {found.expires_in:g} s; it works once"
    return [Fields([("experiments", found.url), ("note", note)])]
