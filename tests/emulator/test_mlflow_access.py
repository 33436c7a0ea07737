"""Who gets through to MLflow, and with what: tokens, browsers that logged in, and nobody else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.services.tracking import access
from retailctl.emulator.services.tracking.places import TrackingPlaces
from retailctl.emulator.store.folder import StateFolder
from tests.emulator.api import Api

pytest.importorskip("mlflow", reason="the tracking server is MLflow's own")


@pytest.fixture
def browser(workspace: LocalWorkspace) -> Iterator[requests.Session]:
    """Something that keeps cookies, and knows no token."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(workspace.ca_bundle)
        yield session


def link(api: Api) -> str:
    """A fresh address to log in with."""
    found: str = api.call("POST", "/_local/ui").json()["url"]
    return found


def test_a_browser_gets_in_by_the_link_once(api: Api, browser: requests.Session, workspace: LocalWorkspace) -> None:
    page = f"{workspace.url}/mlflow/"
    assert browser.get(page).status_code == 401
    address = link(api)
    welcome = browser.get(address)
    assert (welcome.status_code, "/mlflow/#/experiments" in welcome.text) == (200, True)
    assert welcome.headers["cache-control"] == "no-store"
    assert "<title>MLflow</title>" in browser.get(page).text
    with requests.Session() as other:
        other.trust_env = False
        other.verify = str(workspace.ca_bundle)
        assert other.get(address).status_code == 403
        assert other.get(page).status_code == 401


def test_the_cookie_is_for_tracking_alone(api: Api, browser: requests.Session, workspace: LocalWorkspace) -> None:
    welcome = browser.get(link(api))
    words = {word.strip().lower() for word in welcome.headers["set-cookie"].split(";")}
    assert {"httponly", "secure", "samesite=strict", "path=/mlflow"} <= words
    (cookie,) = browser.cookies
    forged = {"Cookie": f"{cookie.name}={cookie.value}"}
    assert requests.get(f"{workspace.url}/_local/status", headers=forged, verify=browser.verify).status_code == 401
    bearer = {"Authorization": f"Bearer {cookie.value}"}
    assert requests.get(f"{workspace.url}/mlflow/", headers=bearer, verify=browser.verify).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 401),
        ({"Origin": "https://127.0.0.1:1"}, 401),
        ({"Host": "evil.example"}, 400),
    ],
)
def test_a_session_is_taken_from_our_own_pages_alone(
    api: Api, browser: requests.Session, workspace: LocalWorkspace, headers: dict[str, str], status: int
) -> None:
    browser.get(link(api))
    cookies = {cookie.name: cookie.value or "" for cookie in browser.cookies}
    assert browser.get(f"{workspace.url}/mlflow/version", headers=headers, cookies=cookies).status_code == status


def test_neither_code_nor_token_is_logged(
    api: Api, browser: requests.Session, workspace: LocalWorkspace, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="retailctl"):
        address = link(api)
        browser.get(address)
        browser.get(address)
        api.call("POST", "/mlflow/api/2.0/mlflow/experiments/search", json={"max_results": "no number"})
    said = caplog.text + (workspace.state / "mlflow/server.log").read_text()
    assert "/_local/login" in said
    assert urlsplit(address).query.removeprefix("code=") not in said
    assert workspace.token not in said


def test_mlflow_is_told_nothing_of_the_page_that_asks_and_its_own_pages_call_nobody_else(api: Api) -> None:
    asked = {"json": {"max_results": 1}, "headers": {"Origin": "https://evil.example"}}
    answer = api.call("POST", "/mlflow/api/2.0/mlflow/experiments/search", **asked)
    assert answer.status_code == 200  # MLflow refuses origins that it does not know
    assert (
        "connect-src" in answer.headers["content-security-policy"]
        or "default-src 'self'" in (answer.headers["content-security-policy"])
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/mlflow/%2e%2e/_local/status", 400),
        ("/mlflow/get-artifact/..%2f..%2fetc/passwd", 400),
        ("/%6dlflow/version", 400),
        ("/mlflow/ajax-api/3.0/mlflow/assistant/config", 501),
        ("/mlflow/api/2.0/mlflow/webhooks", 501),
        ("/mlflow/gateway/x/mlflow/invocations", 501),
    ],
)
def test_paths_that_hide_something_or_are_not_offered_are_refused(api: Api, path: str, status: int) -> None:
    request = requests.Request("GET", api.url, headers=dict(api.session.headers)).prepare()
    request.url = api.url + path
    assert api.session.send(request, verify=api.session.verify).status_code == status


@pytest.mark.parametrize("path", ["../../../state.sqlite", "%2e%2e/%2e%2e/state.sqlite", "..%5cstate.sqlite"])
def test_no_artifact_outside_the_folder_is_given_out(api: Api, path: str) -> None:
    request = requests.Request("GET", api.url, headers=dict(api.session.headers)).prepare()
    request.url = f"{api.url}/mlflow/api/2.0/mlflow-artifacts/artifacts/{path}"
    assert api.session.send(request, verify=api.session.verify).status_code in {400, 404}


def test_a_body_above_the_limit_is_refused_while_it_comes(api: Api) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield bytes(2**20)

    answer = api.call("POST", "/mlflow/api/2.0/mlflow/runs/create", data=endless())
    assert answer.status_code == 413


def test_codes_and_sessions_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    found = access.TrackingAccess()
    late = found.code()
    session = found.log_in(found.code())
    assert session is not None
    assert found.recognises_session(session)
    now[0] += access.CODE_LIFETIME_S + 1
    assert found.log_in(late) is None
    now[0] += access.SESSION_LIFETIME_S
    assert not found.recognises_session(session)


def test_a_long_state_folder_has_its_sockets_elsewhere_and_always_there(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / ("long" * 30))
    places = TrackingPlaces(state)
    assert len(str(places.server_socket)) < 100
    assert places.server_socket == TrackingPlaces(state).server_socket
    assert places.server_socket != TrackingPlaces(StateFolder(tmp_path / ("other" * 30))).server_socket
    places.prepare()
    assert places.gate.stat().st_mode & 0o777 == 0o700
    places.clear()
    assert not places.gate.exists()
