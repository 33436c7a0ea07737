"""A release and its successor, from data to clean-up: on the local profile, and on an Azure profile all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import QUICK, Shell

pytestmark = pytest.mark.acceptance


def log_in_with_entra(shell: Shell) -> None:
    """Turn the shell to an ordinary Azure profile whose cloud is the local server, logged in by azure-identity."""
    published = shell.json("local", "env")
    cloud = "\n".join(f"{name} = {json.dumps(address)}" for name, address in published["cloud_metadata"].items())
    names = ("subscription_id", "resource_group", "workspace_name", "tenant_id", "ca_bundle")
    profile = "\n".join(f"{name} = {json.dumps(published[name])}" for name in names)
    (shell.folder / "retailctl.toml").write_text(
        'default_profile = "cloud"\n'
        f'[profiles.cloud]\ncredential = "secret"\n{profile}\n'
        f"[profiles.cloud.cloud]\n{cloud}\n"
    )
    shell.environ["AZURE_CLIENT_ID"] = published["client_id"]
    shell.environ["AZURE_CLIENT_SECRET"] = published["client_secret"]


@pytest.fixture(scope="module", params=["local", "entra"])
def profile(request: pytest.FixtureRequest, shell: Shell) -> str:
    shell.run("local", "start")
    if request.param == "entra":
        shell.run("local", "reset", "--yes")
        shell.run("local", "start")
        log_in_with_entra(shell)
    return str(request.param)


def live(status: dict[str, Any]) -> dict[str, int]:
    return {slot: share for slot, share in status["endpoint"]["traffic"].items() if share}


def test_the_whole_flow(profile: str, shell: Shell, sample: Path) -> None:
    first = shell.json("release", "--data", str(sample), *QUICK)
    assert live(shell.json("status")) == {"blue": 100}

    assert shell.json("deploy", "--slot", "blue")["outcome"] == "unchanged"
    other = shell.run("deploy", "--slot", "blue", "--set", "instance_count=2", code=5)
    assert "retailctl traffic" in other.stderr

    later = shell.folder / "later"
    shell.run("data", "sample", "--out", str(later), "--stores", "2", "--items", "6", "--days", "407")
    second = shell.json("release", "--data", str(later), *QUICK)
    assert second["model"] != first["model"]
    assert live(shell.json("status")) == {"green": 100}

    shell.run("traffic", "blue=50", "green=50")
    assert live(shell.json("status")) == {"blue": 50, "green": 50}
    shell.run("traffic", "blue=0,green=100")
    shell.run("rollback")
    assert live(shell.json("status")) == {"blue": 50, "green": 50}
    shell.run("rollback")
    assert live(shell.json("status")) == {"green": 100}

    answers = {slot: shell.json("invoke", "--slot", slot) for slot in ("blue", "green")}
    assert answers["blue"]["slot"] == "blue"
    assert answers["green"]["slot"] == "green"
    assert shell.run("logs", "--slot", "green", "--lines", "20").stdout.strip()

    shell.run("deploy", "--slot", "blue")
    unneeded = ("cleanup", "--keep", "1")
    planned = shell.json(*unneeded, "--dry-run")
    assert [each["name"] for each in planned["actions"]] == [first["model"]]
    assert "--yes" in shell.run(*unneeded, code=2).stderr
    shell.run(*unneeded, "--yes")
    left = [f"{model['name']}:{model['version']}" for model in shell.json("model", "list")]
    assert left == [second["model"]]
    assert shell.json("invoke")["status"] == 200
