"""The platform's status map, each row on a real router."""

import asyncio
import json
import time
from dataclasses import replace

import httpx
import pytest

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.table import Credential, RouteTable
from tests.emulator.router.conftest import calling, table
from tests.emulator.router.containers import Container, after, answering, never
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio


def slots_of(routes: RouteTable, **changes: object) -> RouteTable:
    """The table with every slot's fields changed."""
    shop = routes.endpoints["shop"]
    changed = {name: replace(slot, **changes) for name, slot in shop.slots.items()}  # type: ignore[arg-type]
    return RouteTable({"shop": replace(shop, slots=changed)})


async def test_200_comes_with_the_slot_s_name(router: RouterClient, caller: httpx.AsyncClient, blue: Container) -> None:
    await router.apply(table(blue))
    response = await caller.post("/shop/score", content=b"{}")
    assert (response.status_code, response.content) == (200, b"ok")
    assert response.headers["azureml-model-deployment"] == "blue"
    assert [(r.method, r.path, r.body) for r in blue.requests] == [("POST", "/score", b"{}")]


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic Zmlyc3Q6", "Bearer", "first-key"])
async def test_401_without_the_endpoint_s_key(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, given: str | None
) -> None:
    await router.apply(table(blue))
    caller.headers.pop("Authorization")
    response = await caller.get("/shop/score", headers={"Authorization": given} if given else {})
    assert response.status_code == 401
    assert not blue.requests


@pytest.mark.parametrize("given", ["Bearer first-key", "bearer second-key"])
async def test_either_key_is_accepted(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, given: str
) -> None:
    await router.apply(table(blue))
    assert (await caller.get("/shop/score", headers={"Authorization": given})).status_code == 200


async def test_a_token_is_accepted_until_it_expires(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    now = time.time()
    tokens = (Credential.of("live", now + 60), Credential.of("dead", now - 1))
    await router.apply(table(blue, credentials=tokens))
    statuses = [
        (await caller.get("/shop/score", headers={"Authorization": f"Bearer {token}"})).status_code
        for token in ("live", "dead")
    ]
    assert statuses == [200, 401]


async def test_404_for_an_unknown_endpoint(router: RouterClient, caller: httpx.AsyncClient, blue: Container) -> None:
    await router.apply(table(blue))
    for path in ("/other/score", "/", "/sho/score", "/shopp/score"):
        assert (await caller.get(path)).status_code == 404


@pytest.mark.parametrize("weights", [{}, {"blue": 0}])
async def test_404_without_a_positive_weight(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, weights: dict[str, int]
) -> None:
    await router.apply(table(blue, weights=weights))
    response = await caller.get("/shop/score")
    assert response.status_code == 404
    assert "positive share" in response.json()["error"]["message"]


async def test_the_header_chooses_a_slot_without_traffic(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    await router.apply(table(blue, green))
    response = await caller.get("/shop/score", headers={"azureml-model-deployment": "green"})
    assert response.headers["azureml-model-deployment"] == "green"
    assert (len(blue.requests), len(green.requests)) == (0, 1)


async def test_404_for_a_header_that_names_no_slot(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    response = await caller.get("/shop/score", headers={"azureml-model-deployment": "purple"})
    assert response.status_code == 404
    assert "purple" in response.text


async def test_408_for_a_container_slower_than_the_request_timeout(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    blue.answer = never
    await router.apply(table(blue, timeout_ms=100))
    response = await caller.get("/shop/score")
    assert response.status_code == 408
    assert "100" in response.text
    await until(lambda: blue.hang_ups == 1, "the container to see the hang-up")


@pytest.mark.parametrize("status", [201, 204, 304, 400, 404, 429, 500, 503])
async def test_424_carries_any_other_status_of_the_container_with_its_body(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, status: int
) -> None:
    body = b"" if status in (204, 304) else json.dumps({"detail": "horizon"}).encode()
    blue.answer = answering(status, body, "content-type: application/json", "x-model: 7")
    await router.apply(table(blue))
    response = await caller.get("/shop/score")
    assert (response.status_code, response.content) == (424, body)
    assert response.headers["ms-azureml-model-error-statuscode"] == str(status)
    assert response.headers["ms-azureml-model-error-reason"] == "model_error"
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-model"] == "7"


async def test_424_when_no_instance_is_ready(router: RouterClient, caller: httpx.AsyncClient, blue: Container) -> None:
    await router.apply(slots_of(table(blue), addresses=()))
    response = await caller.get("/shop/score")
    assert response.status_code == 424
    assert response.headers["ms-azureml-model-error-statuscode"] == "503"
    assert response.headers["ms-azureml-model-error-reason"] == "model_not_ready"


async def test_424_when_nothing_listens(router: RouterClient, caller: httpx.AsyncClient, blue: Container) -> None:
    await router.apply(table(blue))
    await blue.stop()
    response = await caller.get("/shop/score")
    assert response.status_code == 424
    assert response.headers["ms-azureml-model-error-statuscode"] == "503"


async def test_424_when_the_answer_is_not_http(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    async def nonsense(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SMTP ready\r\n")

    blue.answer = nonsense
    await router.apply(table(blue))
    response = await caller.get("/shop/score")
    assert response.status_code == 424
    assert response.headers["ms-azureml-model-error-statuscode"] == "502"


async def test_429_above_twice_the_concurrency_times_instances(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    released = asyncio.Event()
    blue.answer = after(released)
    await router.apply(slots_of(table(blue), max_concurrent=2, instance_count=3))
    pending = [asyncio.create_task(caller.get("/shop/score")) for _ in range(12)]
    await until(lambda: len(blue.requests) == 12, "twelve requests in the container")
    refused = await caller.get("/shop/score")
    assert (refused.status_code, refused.content) == (429, b"")
    assert refused.headers["ms-azureml-model-error-reason"] == "too_many_pending_request"
    released.set()
    assert {response.status_code for response in await asyncio.gather(*pending)} == {200}
    assert (await caller.get("/shop/score")).status_code == 200


async def test_413_for_a_body_above_the_limit(router: RouterClient, caller: httpx.AsyncClient, blue: Container) -> None:
    await router.apply(table(blue))
    response = await caller.post("/shop/score", content=bytes(65 * 2**20))
    assert response.status_code == 413
    assert not blue.requests


async def test_a_foreign_host_name_is_refused(router: RouterClient, caller: httpx.AsyncClient, blue: Container) -> None:
    await router.apply(table(blue))
    assert (await caller.get("/shop/score", headers={"Host": "evil.example"})).status_code == 421
    for host in ("localhost", f"localhost:{router.port}", "127.0.0.1"):
        assert (await caller.get("/shop/score", headers={"Host": host})).status_code == 200


async def test_no_key_is_passed_on_or_written_down(own_router: RouterClient, blue: Container) -> None:
    await own_router.apply(table(blue))
    async with calling(own_router) as caller:
        await caller.get("/shop/score")
        await caller.get("/shop/score", headers={"Authorization": "Bearer wrong-key"})
    await own_router.stop()
    assert not [r for r in blue.requests if r.header("authorization")]
    files = [file for file in own_router.log_folder.iterdir() if file.is_file()]
    assert {file.name for file in files} == {"shop.access.jsonl", "router.log"}
    assert not [file for file in files if "-key" in file.read_text()]
    assert not [file for file in files if file.stat().st_mode & 0o077]
