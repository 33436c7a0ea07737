"""A real Docker engine, an image of somebody else's in it, and nothing of either left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from retailctl.emulator.runners.containers import images
from retailctl.emulator.runners.containers.engine import Engine, EngineError, connect
from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.containers.owner import STATE_LABEL, Owner
from retailctl.emulator.runners.slots import ProbeTiming, SlotSpec
from retailctl.emulator.runners.spec import Route

BASE = "python:3.11-slim"
QUICK = ProbeTiming(initial_delay_s=1, period_s=0.2, timeout_s=1, failure_threshold=5)
_SERVED = Path(__file__).with_name("served.py")
_DOCKERFILE = f"""FROM {BASE}
COPY served.py /
USER 10001
ENV OF_THE_IMAGE=1
CMD ["python", "-u", "/served.py"]
"""


@pytest.fixture(scope="session")
def docker_client() -> Iterator[Any]:
    """A client of the engine; without an engine that has the base image, the test is skipped."""
    import docker

    try:
        engine = asyncio.run(connect(Owner(Path("/nowhere"), Path("/nowhere"))))
    except EngineError as error:
        pytest.skip(f"no Docker engine: {error}")
    engine.close()
    if not engine.client.images.list(BASE):
        pytest.skip(f"the Docker engine does not have {BASE}")
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="session")
def image(docker_client: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The tag of an image that answers the three routes on port 9000, as the user 10001."""
    context = tmp_path_factory.mktemp("image")
    (context / "served.py").write_text(_SERVED.read_text())
    (context / "Dockerfile").write_text(_DOCKERFILE)
    tag = f"retailctl-runner-test:{uuid4().hex}"
    content = {images.CONTENT_LABEL: f"sha256:{tag[-32:] * 2}"}
    docker_client.images.build(path=str(context), tag=tag, rm=True, forcerm=True, labels=content)
    yield tag
    docker_client.images.remove(tag, force=True)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def engine(docker_client: Any, tmp_path: Path) -> AsyncIterator[Engine]:
    """The engine as a server on a state folder of this test's would have it; its containers are gone afterwards."""
    found = await connect(Owner(tmp_path, tmp_path / "containers"))
    yield found
    left = containers_of(docker_client, tmp_path)
    await found.owner.dismiss(clean=not left)
    found.close()
    assert not left, "a test left containers behind"


@pytest.fixture
async def served(engine: Engine, image: str) -> ContainerImage:
    """The image, as the runner finds it."""
    found = await images.find(engine, image)
    assert found
    return found


@pytest.fixture
def spec(served: ContainerImage, tmp_path: Path) -> Callable[..., SlotSpec]:
    """A slot of the image; keyword arguments override fields."""

    def make(**changes: Any) -> SlotSpec:
        routes = {"liveness": Route("/live", 9000), "readiness": Route("/ready", 9000), "scoring": Route("/", 9000)}
        return SlotSpec("shop", "green", served, tmp_path / "logs", **{**routes, **changes})

    return make


def containers_of(client: Any, state: Path) -> list[Any]:
    """Every container, running or not, of the servers on a state folder."""
    found: list[Any] = client.api.containers(all=True, filters={"label": f"{STATE_LABEL}={state}"})
    return found
