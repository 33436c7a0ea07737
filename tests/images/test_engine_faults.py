"""What an engine can do to a build: each is one failure of ours, with its exit code and its next step."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from retailctl.domain.references import ImageRef
from retailctl.errors import (
    BuildFailed,
    Forbidden,
    InvalidTemplate,
    NotLoggedIn,
    ResourceNotFound,
    RetailctlError,
    Unavailable,
    Unreachable,
)
from retailctl.images.context import BuildContext
from retailctl.images.credentials import ANONYMOUS
from retailctl.images.engine import STAGES, BuildOptions, Engine, connect
from retailctl.images.pushing import PAUSES_S
from retailctl.workflows.build import BuildRequest, build
from tests.images.fake_engine import Event, engine_that_tells
from tests.images.shop import BASE, MARK, ImageShop
from tests.unit.workflows.world import FakeClock

STEP = {"stream": "Step 1/2 : RUN pip install everything\n"}
FROM = {"stream": "Step 1/2 : FROM private.example/base:1\n"}


def error(text: str) -> Event:
    return {"errorDetail": {"message": text}, "error": text}


def failure_of(
    stream: list[Event], monkeypatch: pytest.MonkeyPatch, *, ends: bool = True, push: bool = False
) -> RetailctlError:
    """What a build, or a push, ends with when the engine tells ``stream``."""
    with engine_that_tells(stream, ends=ends) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        with closing(connect()) as engine, pytest.raises(RetailctlError) as caught:
            _use(engine, push)
    return caught.value


def _use(engine: Engine, push: bool) -> None:
    if push:
        engine.push("127.0.0.1:1/retail/infer", "1", ANONYMOUS, FakeClock())
    else:
        engine.build(BuildContext("infer", "FROM x\n", {}), BuildOptions({}))


@pytest.mark.parametrize(
    ("stream", "kind", "says", "hint"),
    [
        ([STEP, error("write /x: no space left on device")], Unavailable, "no disk space left", "docker system prune"),
        (
            [FROM, error("pull access denied for private.example/base")],
            ResourceNotFound,
            "private.example/base:1",
            "login",
        ),
        (
            [FROM, error("dial tcp: lookup private.example: no such host")],
            Unreachable,
            "cannot be pulled",
            "docker pull",
        ),
        ([FROM, error("manifest for base:1 not found: manifest unknown")], ResourceNotFound, "base:1", "FROM line"),
        ([STEP, error("COPY failed: stat x: file does not exist")], BuildFailed, "step 1 of 2", "template list"),
    ],
    ids=["disk full", "base denied", "base unreachable", "base unknown", "file missing"],
)
def test_an_error_in_the_stream_of_a_build_is_a_failure(
    stream: list[Event], kind: type[RetailctlError], says: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = failure_of(stream, monkeypatch)
    assert isinstance(failure, kind)
    assert says in failure.message
    assert hint in failure.hint


@pytest.mark.parametrize("ends", [True, False], ids=["stream ends early", "connection is cut"])
@pytest.mark.parametrize("push", [False, True], ids=["build", "push"])
def test_an_engine_that_stops_in_the_middle_is_told(push: bool, ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = failure_of([STEP], monkeypatch, ends=ends, push=push)
    assert failure.message == "the Docker engine stopped answering"
    assert failure.exit_code == Unavailable.exit_code


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("unauthorized: authentication required", NotLoggedIn),
        ("denied: requested access to the resource is denied", Forbidden),
        ("received unexpected HTTP status: 503 Service Unavailable", Unreachable),
        ("write tcp: connection reset by peer", Unreachable),
    ],
)
def test_an_error_in_the_stream_of_a_push_is_a_failure(
    text: str, kind: type[RetailctlError], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(failure_of([error(text)], monkeypatch, push=True), kind)


def test_a_dropped_push_is_tried_again_with_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    with engine_that_tells([error("unexpected EOF")]) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        engine = connect()
        with pytest.raises(Unreachable):
            engine.push("127.0.0.1:1/retail/infer", "1", ANONYMOUS, clock)
        engine.close()
    assert clock.elapsed == sum(PAUSES_S)


def test_without_an_engine_the_address_and_the_next_step_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(Unreachable, match=r"no Docker engine answers at unix:///nowhere/docker\.sock") as caught:
        connect()
    assert "start Docker" in caught.value.hint


def rewritten(shop: ImageShop, *lines: str) -> ImageShop:
    """The project with another Dockerfile."""
    mark = f"LABEL {MARK}={shop.tools.project.root.parent.name}"
    file = shop.tools.project.root / "templates" / "infer.Dockerfile.j2"
    file.write_text("\n".join((f"FROM {BASE} AS first", mark, *lines, mark)) + "\n")
    return shop


INFER = BuildRequest(("infer",), push=False)


def test_a_failing_run_line_is_told_with_its_last_lines_and_leaves_nothing(shop: ImageShop) -> None:
    rewritten(shop, "RUN echo before", "RUN echo installing; echo 'no matching distribution' >&2; exit 3")
    with pytest.raises(BuildFailed, match=r"step 4 of 6: RUN echo installing.* failed with exit code 3") as caught:
        build(shop.tools, INFER)
    log = str(caught.value.details["log"]).splitlines()
    assert sorted(log) == ["installing", "no matching distribution"]
    assert not shop.litter()


def test_stages_that_are_finished_have_a_name_and_are_used_again(shop: ImageShop) -> None:
    rewritten(shop, "RUN echo slow > /slow", f"FROM {BASE}", "COPY --from=first /slow /slow")
    build(shop.tools, INFER)
    assert not shop.litter()
    assert any(name.startswith(f"{STAGES}/infer:") for name in shop.names())


def test_only_the_stages_of_the_last_builds_are_kept(shop: ImageShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retailctl.images.engine.STAGES", "stages-of-a-test")
    monkeypatch.setattr("retailctl.images.engine.STAGES_KEPT", 2)
    for number in range(3):
        rewritten(shop, f"RUN echo {number} > /slow", f"FROM {BASE}", "COPY --from=first /slow /slow")
        build(shop.tools, INFER)
    assert len([name for name in shop.names() if name.startswith("stages-of-a-test/infer:")]) == 2
    assert not shop.litter()


def test_a_dockerfile_that_cannot_be_read_is_a_wrong_template(shop: ImageShop) -> None:
    rewritten(shop, "RUM echo hello")
    with pytest.raises(InvalidTemplate, match="unknown instruction: RUM"):
        build(shop.tools, INFER)


def test_building_anew_leaves_the_image_before_it_nowhere(shop: ImageShop) -> None:
    rewritten(shop, "RUN date +%N > /now")
    build(shop.tools, INFER)
    build(shop.tools, BuildRequest(("infer",), push=False, no_cache=True))
    assert not shop.litter()


def test_nothing_that_is_ignored_or_secret_reaches_an_image(shop: ImageShop) -> None:
    root: Path = shop.tools.project.root
    (root / ".dockerignore").write_text("serving/notes*\n")
    for name in ("serving/notes.md", "serving/.env", "serving/tls.key", ".git/config"):
        (root / name).write_text("secret-42\n")
    (image,) = build(shop.tools, INFER).images
    found = _files_of(shop.engine, f"{ImageRef.parse(image.reference).registry}/retail/infer:{image.tag}")
    assert "serving/app.py" in found
    assert not [name for name in found if name.startswith(("serving/notes", "serving/.env", "serving/tls", ".git"))]


def _files_of(engine: Engine, image: str) -> list[str]:
    """Paths in the image's filesystem."""
    import io
    import tarfile

    made = engine.api.create_container(image)["Id"]
    try:
        with tarfile.open(fileobj=io.BytesIO(b"".join(engine.api.export(made)))) as files:
            return [name.removeprefix("./") for name in files.getnames()]
    finally:
        engine.api.remove_container(made, force=True)
