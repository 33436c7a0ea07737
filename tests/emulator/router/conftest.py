"""A router process, containers behind it, and callers in front of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.limits import Limits
from retailctl.emulator.router.table import Credential, EndpointRoute, RouteTable, SlotRoute
from tests.emulator.router.containers import Container

KEY = {"Authorization": "Bearer first-key"}
KEYS = (Credential.of("first-key"), Credential.of("second-key"))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def limits() -> Limits:
    """Overridden by modules that want to meet them."""
    return Limits()


@pytest.fixture(scope="module")
async def router(tmp_path_factory: pytest.TempPathFactory, limits: Limits) -> AsyncIterator[RouterClient]:
    """One process for a module's tests; each applies a table of its own."""
    client = RouterClient(tmp_path_factory.mktemp("router"), limits=limits)
    await client.start()
    yield client
    await client.stop()


@pytest.fixture
async def own_router(tmp_path: Path) -> AsyncIterator[RouterClient]:
    """A process for tests that kill it, stop it or read everything that it wrote."""
    client = RouterClient(tmp_path / "router")
    await client.start()
    yield client
    await client.stop()


@pytest.fixture
async def blue() -> AsyncIterator[Container]:
    async with _running("blue") as container:
        yield container


@pytest.fixture
async def green() -> AsyncIterator[Container]:
    async with _running("green") as container:
        yield container


@pytest.fixture
async def caller(router: RouterClient) -> AsyncIterator[httpx.AsyncClient]:
    """An ordinary client with the endpoint's key."""
    async with calling(router) as client:
        yield client


def calling(router: RouterClient) -> httpx.AsyncClient:
    """The same for another router."""
    url = f"http://127.0.0.1:{router.port}"
    return httpx.AsyncClient(base_url=url, headers=KEY, timeout=30, trust_env=False)


@asynccontextmanager
async def _running(name: str) -> AsyncIterator[Container]:
    container = Container(name)
    await container.start()
    yield container
    await container.stop()


def table(*containers: Container, weights: dict[str, int] | None = None, **settings: object) -> RouteTable:
    """Endpoint `shop` with a slot for each container, all traffic to the first unless `weights` says otherwise.

    Settings are fields of SlotRoute for every slot, or of EndpointRoute.
    """
    endpoint_fields = {name: settings.pop(name) for name in ("mirror", "credentials") if name in settings}
    settings.setdefault("max_concurrent", 50)
    slots = {c.name: SlotRoute((c.address,), **settings) for c in containers}  # type: ignore[arg-type]
    shares = weights if weights is not None else {containers[0].name: 100}
    fields: dict[str, object] = {"credentials": KEYS, "weights": shares, "slots": slots, **endpoint_fields}
    return RouteTable({"shop": EndpointRoute(**fields)})  # type: ignore[arg-type]
