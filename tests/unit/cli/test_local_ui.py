"""`retailctl local ui`: who is sent where, and that no command line shows the address that logs in."""

from __future__ import annotations

import json
import webbrowser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from retailctl.cli.commands import local_ui
from tests.unit.cli.conftest import Run

LINK = "https://127.0.0.1:1/_local/login?code=secret"


class _Server:
    """Answers as a running server does."""

    def __init__(self, state_dir: Path, _clock: object) -> None:
        state_dir.mkdir(parents=True)

    def ask(self, method: str, path: str, **_: object) -> dict[str, Any]:
        assert (method, path) == ("POST", "/ui")
        return {"url": LINK, "expires_in": 120.0}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a browser is started with."""
    started: list[str] = []

    def start(address: str) -> bool:
        started.append(address)
        return True

    monkeypatch.setattr(local_ui, "LocalControl", _Server)
    monkeypatch.setattr(webbrowser, "open", start)
    return started


def test_a_browser_is_started_with_a_private_file_that_leads_there(run: Run, opened: list[str]) -> None:
    ended = run("local", "ui", terminal=True, environ={"DISPLAY": ":0"})
    assert (ended.code, "opened in a browser" in ended.stdout) == (0, True)
    (address,) = opened
    assert "secret" not in address
    page = Path(unquote(urlsplit(address).path))
    assert LINK in page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "terminal", "environ"),
    [((), False, {"DISPLAY": ":0"}), ((), True, {}), (("--no-browser",), True, {"DISPLAY": ":0"})],
)
def test_without_a_terminal_a_desktop_or_the_wish_the_address_is_told_alone(
    run: Run, opened: list[str], arguments: tuple[str, ...], terminal: bool, environ: dict[str, str]
) -> None:
    ended = run("local", "ui", *arguments, terminal=terminal, environ=environ)
    assert (ended.code, opened) == (0, [])
    assert LINK in ended.stdout
    assert "it works once" in ended.stdout


def test_the_answer_as_json_says_how_long_it_works(run: Run, opened: list[str]) -> None:
    found = json.loads(run("local", "ui", "-o", "json").stdout)
    assert found == {"url": LINK, "expires_in": 120.0, "browser": False}


def test_a_server_that_does_not_run_is_named_with_the_command_that_starts_it(run: Run) -> None:
    ended = run("local", "ui")
    assert ended.code == 7
    assert "retailctl local start" in ended.stderr
