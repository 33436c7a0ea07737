"""A registry that is down, slow, breaks off, or is not what it should be."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from urllib3 import PoolManager, Timeout

from retailctl.errors import NotLoggedIn, ResourceNotFound, Unreachable
from retailctl.images import distribution
from retailctl.images.credentials import ANONYMOUS, RegistryLogin, stored_login
from retailctl.images.engine import Engine
from retailctl.images.registry import Registry
from retailctl.workflows.build import BuildRequest, build
from retailctl.workflows.images import delete_image, show_image
from tests.images.conftest import log_in
from tests.images.flaky import flaky_road
from tests.images.registry import free_port
from tests.images.shop import ImageShop

INFER = BuildRequest(("infer",))


def test_a_push_that_breaks_off_is_taken_up_again(
    engine: Engine, registry_host: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "serving" / "big.bin").write_bytes(os.urandom(3_000_000))  # no registry has this layer yet
    with flaky_road(registry_host, cuts=1, after_bytes=1_000_000) as road:
        log_in(road.host, tmp_path, monkeypatch)
        shop = ImageShop(project, engine, registry=road.host)
        try:
            (image,) = build(shop.tools, INFER).images
        finally:
            shop.clear()
    assert road.cut == 1
    direct = ImageShop(project, engine, registry=registry_host)
    log_in(registry_host, tmp_path, monkeypatch)
    assert direct.tools.registry.image("retail/infer", image.digest) is not None


def test_a_registry_that_is_down_is_told_before_anything_is_built(engine: Engine, project: Path) -> None:
    host = f"127.0.0.1:{free_port()}"
    shop = ImageShop(project, engine, registry=host)
    with pytest.raises(Unreachable, match=f"the registry {host} does not answer") as caught:
        build(shop.tools, INFER)
    assert "retailctl config show" in caught.value.hint
    assert shop.names() == set()


def test_a_registry_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "TIMEOUT", Timeout(connect=0.2, read=0.2))
    monkeypatch.setattr(distribution, "_AGAIN", distribution._AGAIN.new(total=1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unreachable):
            Registry(host, lambda url: PoolManager(), lambda: ANONYMOUS).check_login()


def test_a_wrong_password_is_not_told(registry_host: str) -> None:
    registry = Registry(registry_host, lambda url: PoolManager(), lambda: RegistryLogin("builder", "wrong-42"))
    with pytest.raises(NotLoggedIn) as caught:
        registry.check_login()
    assert (
        "wrong-42" not in f"{caught.value} {caught.value.reason} {caught.value.hint} {RegistryLogin('a', 'wrong-42')}"
    )


def test_what_is_not_there_is_not_found(shop: ImageShop) -> None:
    for act in (show_image, delete_image):
        with pytest.raises(ResourceNotFound, match="has no retail/infer nowhere"):
            act(shop.tools, "retail/infer:nowhere")  # type: ignore[operator]


def test_the_right_to_push_is_tried_on_a_real_registry(shop: ImageShop) -> None:
    shop.tools.registry.check_push("retail/infer")
    shop.tools.registry.check_login()


@pytest.mark.parametrize("where", ["auths", "helper"])
def test_docker_s_own_store_of_credentials_is_read(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in("registry.example", tmp_path, monkeypatch, "from-auths")
    if where == "helper":
        helper = tmp_path / "docker-credential-tests"
        answer = '{"Username": "builder", "Secret": "from-helper", "ServerURL": "registry.example"}'
        helper.write_text(f"#!/bin/sh\ncat >/dev/null\necho '{answer}'\n")
        helper.chmod(0o755)
        (tmp_path / "docker" / "config.json").write_text('{"credHelpers": {"registry.example": "tests"}}')
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    login = stored_login("registry.example")
    assert (login.username, login.password) == ("builder", f"from-{where}")
    assert stored_login("elsewhere.example") == ANONYMOUS


def test_a_helper_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text('{"credsStore": "nowhere"}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(NotLoggedIn, match=r"credentials for registry\.example cannot be read"):
        stored_login("registry.example")
