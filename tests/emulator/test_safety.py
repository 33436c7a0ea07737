"""What keeps others out: limits of bodies, private files, comparisons that tell nothing by their time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from retailctl import emulator
from retailctl.emulator import LocalWorkspace
from retailctl.emulator.routes.call import MAX_BODY_BYTES
from tests.emulator import bodies
from tests.emulator.api import Api

SOURCES = Path(emulator.__file__).parent


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/onlineEndpoints/large"),
        ("PUT", "/onlineEndpoints/large/deployments/blue"),
        ("PATCH", "/onlineEndpoints/large"),
        ("PUT", "/models/large"),
        ("PUT", "/models/large/versions/1"),
        ("PUT", "/environments/large/versions/1"),
        ("PUT", "/jobs/large"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_above_the_limit_is_refused(api: Api, method: str, path: str, chunked: bool) -> None:
    api.arm("PUT", "/onlineEndpoints/large", json=bodies.endpoint())
    content = b'{"tags": {"a": "' + b"x" * MAX_BODY_BYTES + b'"}}'
    try:
        answer = api.arm(method, path, data=iter([content]) if chunked else content)
    except requests.ConnectionError:
        return  # cut while it was still sending, which is a refusal as well
    assert answer.status_code in {404, 413}


@pytest.mark.parametrize("path", ["/_local/faults", "/_local/pace", "/_local/chaos"])
def test_a_body_above_the_limit_is_refused_below_local(api: Api, path: str) -> None:
    method = "POST" if path == "/_local/faults" else "PUT"
    try:
        assert api.call(method, path, data=iter([b" " * (MAX_BODY_BYTES + 1)])).status_code == 413
    except requests.ConnectionError:
        return


def test_every_file_below_the_state_is_private(workspace: LocalWorkspace, api: Api, train: str) -> None:
    api.arm("GET", "/jobs")
    assert workspace.state.stat().st_mode & 0o077 == 0
    for name in ("connection.json", "state.sqlite", "tls"):
        assert (workspace.state / name).stat().st_mode & 0o077 == 0, name


def test_secrets_are_compared_in_constant_time() -> None:
    """Nothing named a token, key, secret, signature or digest is compared by `==` or `!=`."""
    secret = re.compile(
        r"\b(?:token|secret|signature|sig|digest|password)\b\s*[!=]=|[!=]=\s*\w*\b(?:token|secret|sig)\b"
    )
    found = [
        f"{file.relative_to(SOURCES)}: {text.strip()}"
        for file in SOURCES.rglob("*.py")
        for text in file.read_text().splitlines()
        if secret.search(text)
    ]
    assert found == []
