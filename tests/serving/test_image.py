"""The inference image itself: small, without tools that it does not need, and run by nobody special."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import docker.errors
import pytest
from docker.models.images import Image

from tests.serving.container import ContainerProcess, containers_of
from tests.serving.process import Service

LARGEST_BYTES = 350_000_000


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="module")
def image(infer_image: str, engine: docker.DockerClient) -> Image:
    return engine.images.get(infer_image)


def run(engine: docker.DockerClient, image: Image, script: str) -> str:
    """What a shell in the image prints."""
    printed: bytes = engine.containers.run(image, ["sh", "-c", script], remove=True)
    return printed.decode()


def test_it_is_small(image: Image) -> None:
    assert image.attrs["Size"] < LARGEST_BYTES


def test_its_user_is_a_number_and_may_change_neither_code_nor_packages(
    image: Image, engine: docker.DockerClient
) -> None:
    assert image.attrs["Config"]["User"] == "10001:10001"
    assert run(engine, image, "find /app /opt -writable ! -type l") == ""


def test_it_holds_no_compiler_no_installer_and_no_training(image: Image, engine: docker.DockerClient) -> None:
    tools = run(engine, image, "for each in cc gcc g++ make git; do command -v $each; done; true")
    names = "pip|setuptools|pandas|mlflow|lightgbm|sklearn|scipy|pyarrow"
    packages = run(engine, image, f"ls /opt/venv/lib/python3*/site-packages | grep -Ex '{names}'; true")

    assert (tools, packages) == ("", "")
    assert run(engine, image, "ls /app/training") == "__init__.py\n__pycache__\nartifact\nfeatures\n"
    assert run(engine, image, "ls -A /tmp ~root/.cache 2>/dev/null | grep -v '^/'; true").strip() == ""


def test_all_code_is_compiled(image: Image, engine: docker.DockerClient) -> None:
    uncompiled = (
        "import importlib.util, pathlib; print([str(file) for top in ('/app', '/opt/venv/lib')"
        " for file in pathlib.Path(top).rglob('*.py') if 'tests' not in file.parts"
        " and not pathlib.Path(importlib.util.cache_from_source(file)).exists()])"
    )
    assert run(engine, image, f'python -c "{uncompiled}"') == "[]\n"


def test_its_history_holds_no_secret(image: Image) -> None:
    steps = " ".join(step["CreatedBy"] for step in image.history()).lower()

    assert not [word for word in ("password", "token", "secret", "index-url", "_key=", "://") if word in steps]


def test_signals_reach_the_server_itself(image: Image) -> None:
    config = image.attrs["Config"]

    assert config["Cmd"] == ["python", "-m", "serving", "--host", "0.0.0.0", "--port", "8080"]
    assert config["StopSignal"] == "SIGTERM"
    assert not config["Entrypoint"]


def test_its_health_check_finds_the_service_well(infer_image: str, engine: docker.DockerClient) -> None:
    """By the image's own command, asked at once rather than after its interval."""
    with Service(None, containers_of(infer_image), SERVING_DRAIN_SECONDS="0") as service:
        assert isinstance(service.process, ContainerProcess)
        command = engine.images.get(infer_image).attrs["Config"]["Healthcheck"]["Test"][1:]
        assert service.process.execute(command) == 0


def test_its_health_check_fails_where_nothing_listens(image: Image, engine: docker.DockerClient) -> None:
    command = image.attrs["Config"]["Healthcheck"]["Test"][1:]
    with pytest.raises(docker.errors.ContainerError):
        engine.containers.run(image, command, remove=True)
