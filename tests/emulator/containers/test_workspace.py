"""The workspace with the docker runner: deployments, their records, logs and errors, traffic while they change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import RUNNERS
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api
from tests.emulator.containers.conftest import containers_of

_SHOP = "/onlineEndpoints/shop"


@pytest.fixture(scope="module")
def workspace(docker_client: Any) -> Iterator[LocalWorkspace]:
    """A workspace that prefers containers; it leaves none."""
    with LocalWorkspace(runners=RUNNERS, runner="auto") as running:
        state = running.state
        yield running
    assert not containers_of(docker_client, state)


@pytest.fixture(scope="module")
def environment(api: Api, image: str) -> str:
    """Id of the environment of the image."""
    return _environment(api, "served", image)


@pytest.fixture(scope="module")
def shop(api: Api, environment: str) -> str:
    """An endpoint with two slots of containers; its scoring address."""
    return api.two_slots(_SHOP, environment)


def _environment(api: Api, name: str, image: str) -> str:
    body = bodies.environment(image)
    for route in body["properties"]["inferenceConfig"].values():
        route["port"] = 9000
    found: str = api.arm("PUT", f"/environments/{name}/versions/1", json=body).json()["id"]
    return found


def _key(api: Api) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.arm('POST', f'{_SHOP}/listKeys').json()['primaryKey']}"}


def _ran_as(api: Api, slot: str) -> dict[str, str]:
    noted: dict[str, str] = api.arm("GET", f"{_SHOP}/deployments/{slot}").json()["properties"]["properties"]
    return noted


def test_a_slot_says_that_it_runs_as_a_container_and_of_which_image(
    api: Api, shop: str, docker_client: Any, image: str
) -> None:
    expected = {"local.runner": "docker", "local.imageId": docker_client.images.get(image).id}
    assert _ran_as(api, "blue") == expected
    api.done(api.arm("PATCH", f"{_SHOP}/deployments/blue", json={"tags": {"a": "b"}}))
    assert _ran_as(api, "blue") == expected


def test_both_kinds_of_log_are_there(api: Api, shop: str) -> None:
    logs = {
        kind: api.arm("POST", f"{_SHOP}/deployments/blue/getLogs", json={"containerType": kind}).json()["content"]
        for kind in ("InferenceServer", "StorageInitializer")
    }
    assert "reading the settings" in logs["InferenceServer"]
    assert "No model is mounted" in logs["StorageInitializer"]


def test_no_request_fails_while_traffic_shifts_and_a_slot_is_replaced(api: Api, shop: str, environment: str) -> None:
    api.done(api.arm("PUT", _SHOP, json=bodies.endpoint(traffic={"blue": 100})))
    headers, stop, seen = _key(api), Event(), Counter[int]()

    def call() -> None:
        with requests.Session() as session:
            while not stop.is_set():
                seen[session.post(shop, json={}, headers=headers, timeout=30).status_code] += 1

    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(call)
        for blue in (50, 0, 100):
            api.done(api.arm("PUT", _SHOP, json=bodies.endpoint(traffic={"blue": blue, "green": 100 - blue})))
        body = bodies.deployment(environment, environmentVariables={"SLOT": "blue-2"})
        api.done(api.arm("PUT", f"{_SHOP}/deployments/blue", json=body))
        until(lambda: seen[200] > 50)
        stop.set()
        calling.result()
    assert set(seen) == {200}
    answer = requests.post(shop, json={}, headers=headers, timeout=30).json()
    assert answer["environ"]["SLOT"] == "blue-2"


def test_a_failed_update_leaves_the_old_container_serving(api: Api, shop: str, environment: str) -> None:
    body = bodies.deployment(environment, environmentVariables={"EXIT": "3"})
    done = api.done(api.arm("PUT", f"{_SHOP}/deployments/green", json=body))
    assert done["error"]["code"] == "ResourceNotReady"
    assert "exited with code 3" in done["error"]["message"]
    assert "reading the settings" in str(done["error"]["details"])
    headers = {**_key(api), "azureml-model-deployment": "green"}
    assert requests.post(shop, json={}, headers=headers, timeout=30).status_code == 200


def test_an_image_that_the_engine_does_not_have_runs_as_what_stands_for_it(api: Api, shop: str) -> None:
    stood_for = api.arm("PUT", "/environments/stood/versions/1", json=bodies.environment()).json()["id"]
    done = api.done(api.arm("PUT", f"{_SHOP}/deployments/other", json=bodies.deployment(stood_for)))
    assert done["status"] == "Succeeded", done
    assert _ran_as(api, "other") == {"local.runner": "process"}
    api.done(api.arm("DELETE", f"{_SHOP}/deployments/other"))


def test_an_image_of_a_content_digest_is_found_by_its_label(api: Api, shop: str, image: str) -> None:
    reference = f"localhost/some/name@sha256:{image[-32:]}{image[-32:]}"
    pinned = _environment(api, "pinned", reference)
    done = api.done(api.arm("PUT", f"{_SHOP}/deployments/pinned", json=bodies.deployment(pinned)))
    assert done["status"] == "Succeeded", done
    assert _ran_as(api, "pinned")["local.runner"] == "docker"
    api.done(api.arm("DELETE", f"{_SHOP}/deployments/pinned"))


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("127.0.0.1:1/somebody/else@sha256:" + "c" * 64, "connection refused"),
        ("localhost/somebody/else@sha256:" + "c" * 64, "no image in the engine has this name"),
    ],
)
def test_an_image_that_nobody_has_fails_with_both_reasons(api: Api, shop: str, reference: str, said: str) -> None:
    strange = _environment(api, f"strange-{len(reference)}", reference)
    done = api.done(api.arm("PUT", f"{_SHOP}/deployments/strange", json=bodies.deployment(strange)))
    assert done["error"]["code"] == "ImageNotRunnable"
    assert "Nothing here stands for the image" in done["error"]["message"]
    assert said in done["error"]["message"]
    api.done(api.arm("DELETE", f"{_SHOP}/deployments/strange"))


def test_a_deleted_slot_leaves_no_container(
    api: Api, shop: str, environment: str, docker_client: Any, workspace: LocalWorkspace
) -> None:
    before = len(containers_of(docker_client, workspace.state))
    api.done(api.arm("PUT", f"{_SHOP}/deployments/gone", json=bodies.deployment(environment, count=2)))
    assert len(containers_of(docker_client, workspace.state)) == before + 2
    api.done(api.arm("DELETE", f"{_SHOP}/deployments/gone"))
    assert len(containers_of(docker_client, workspace.state)) == before


def test_the_status_tells_the_runner_and_the_engine(api: Api, workspace: LocalWorkspace, docker_client: Any) -> None:
    version = docker_client.version()["Version"]
    told = api.call("GET", "/_local/status").json()["runner"]
    assert (told["asked"], told["engine"]) == ("auto", version)
    assert told["words"] == workspace.connection["runner_in_use"]


def test_the_marker_of_containers_is_there_while_there_are_some(workspace: LocalWorkspace, shop: str) -> None:
    assert (Path(workspace.state) / "containers").exists()
