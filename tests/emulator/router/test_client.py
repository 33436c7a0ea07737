"""The router as a child process: start, crash, restart, end."""

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from retailctl.emulator.router.client import RouterClient, RouterError
from retailctl.emulator.router.table import Credential, EndpointRoute, RouteTable, SlotRoute
from tests.emulator.router.conftest import calling, table
from tests.emulator.router.containers import Container, after
from tests.emulator.waiting import alive, until

pytestmark = pytest.mark.anyio


def reachable(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


async def test_a_stopped_router_is_gone_and_its_port_can_be_taken_again(tmp_path: Path) -> None:
    first = RouterClient(tmp_path)
    await first.start()
    port, pid = first.port, first.pid
    assert pid
    await first.stop()
    await first.stop()
    assert not alive(pid)
    assert not reachable(port)
    second = RouterClient(tmp_path, port=port)
    await second.start()
    assert second.port == port
    await second.stop()


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(RouterError, match=f"{port}.*[Aa]ddress already in use"):
            await RouterClient(tmp_path, port=port).start()


async def test_a_killed_router_comes_back_on_its_port_with_its_table(own_router: RouterClient, blue: Container) -> None:
    await own_router.apply(table(blue))
    port, pid = own_router.port, own_router.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    await until(lambda: own_router.pid not in (None, pid), "another process")
    assert own_router.port == port
    async with calling(own_router) as caller:
        assert (await caller.get("/shop/score")).status_code == 200


async def test_a_router_that_is_killed_while_it_starts_is_started_again(tmp_path: Path) -> None:
    router = RouterClient(tmp_path)
    starting = asyncio.create_task(router.start())
    await until(lambda: _routers(tmp_path), "the router's process")
    _routers(tmp_path)[0].kill()
    await starting
    assert router.pid is not None
    await router.stop()


def _routers(folder: Path) -> list[psutil.Process]:
    children = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in children if str(folder) in child.cmdline()]


async def test_what_the_working_folder_calls_a_module_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orjson.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    router = RouterClient(tmp_path / "router")
    await router.start()
    await router.stop()


async def test_a_table_applied_while_the_router_is_down_is_followed(own_router: RouterClient, blue: Container) -> None:
    assert own_router.pid
    os.kill(own_router.pid, signal.SIGKILL)
    await own_router.apply(table(blue))
    async with calling(own_router) as caller:
        assert (await caller.get("/shop/score")).status_code == 200


async def test_stop_lets_requests_in_flight_finish(own_router: RouterClient, blue: Container) -> None:
    released = asyncio.Event()
    blue.answer = after(released)
    await own_router.apply(table(blue))
    async with calling(own_router) as caller:
        pending = asyncio.create_task(caller.get("/shop/score"))
        await until(lambda: blue.requests, "the request in the container")
        stopping = asyncio.create_task(own_router.stop())
        await until(lambda: not reachable(own_router.port), "the listener to close")
        released.set()
        assert (await pending).status_code == 200
        await stopping


OWNER = """
import asyncio, sys
from pathlib import Path
from retailctl.emulator.router.client import RouterClient
async def main():
    router = RouterClient(Path("router"))
    await router.start()
    Path("found").write_text(f"{router.pid} {router.port}")
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_kill_9_of_the_owner_ends_the_router(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, cwd=tmp_path, env=environment)
    found = tmp_path / "found"
    await until(lambda: found.exists() and found.read_text(), "the router to start")
    pid, port = map(int, found.read_text().split())
    assert reachable(port)
    owner.kill()
    await owner.wait()
    await until(lambda: not alive(pid), "the router to end")
    assert not reachable(port)


async def test_a_long_state_folder_is_no_problem(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40) / "router"
    router = RouterClient(folder)
    await router.start()
    await router.stop()
    assert (folder / "router.log").read_text() == ""


@pytest.mark.parametrize(
    ("route", "problem"),
    [
        (EndpointRoute(weights={"blue": 100}), "unknown slots"),
        (EndpointRoute(mirror={"blue": 10}), "unknown slots"),
        (EndpointRoute(weights={"blue": -1}, slots={"blue": SlotRoute()}), "shares"),
        (EndpointRoute(mirror={"blue": 101}, slots={"blue": SlotRoute()}), "shares"),
        (EndpointRoute(slots={"b\r\nlue": SlotRoute()}), "name"),
        (EndpointRoute(slots={"blue": SlotRoute(("nowhere",))}), "address"),
        (EndpointRoute(credentials=(Credential("not hex"),)), "credential"),
    ],
)
async def test_a_table_that_makes_no_sense_is_refused_and_changes_nothing(
    router: RouterClient, blue: Container, route: EndpointRoute, problem: str
) -> None:
    await router.apply(table(blue))
    with pytest.raises(RouterError, match=problem):
        await router.apply(RouteTable({"shop": route}))
    with pytest.raises(RouterError, match="name"):
        await router.apply(RouteTable({"../shop": EndpointRoute()}))
    async with calling(router) as caller:
        assert (await caller.get("/shop/score")).status_code == 200


async def test_an_abandoned_question_does_not_confuse_the_next(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    for _ in range(20):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await router.metrics("shop", 0, time.time())
        assert await router.inflight("shop", "blue") == 0


def test_the_table_survives_the_wire() -> None:
    slot = SlotRoute(("127.0.0.1:1", "127.0.0.1:2"), timeout_ms=1, max_concurrent=2, instance_count=3)
    credential = Credential.of("key", expires_at=5.0)
    route = EndpointRoute("aml_token", (credential,), {"blue": 100}, {"blue": 10}, {"blue": slot})
    full = RouteTable({"shop": route})
    assert RouteTable.from_json(full.to_json()) == full
    assert "key" not in repr(credential).replace("sha256", "")
