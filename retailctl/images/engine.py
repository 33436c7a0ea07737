"""A Docker engine, as far as releases need one: find, build, name and push images.

The Docker SDK is imported when an engine is first asked for: most commands need none, and it costs 160 ms.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from retailctl.domain.clock import Clock
from retailctl.domain.progress import Watcher, unwatched
from retailctl.domain.references import ImageRef
from retailctl.errors import Forbidden, InvalidTemplate, RetailctlError, Unreachable
from retailctl.images.building import BuildStream
from retailctl.images.context import BuildContext
from retailctl.images.credentials import RegistryLogin
from retailctl.images.failures import START_ENGINE, engine_calls
from retailctl.images.labels import CONTENT
from retailctl.images.pushing import follow_pull, follow_push, with_patience

CONNECT_S = 5.0
SILENCE_S = 900.0
"""How long a step of a build may say nothing; a wheel that is compiled says nothing for minutes."""
DEFAULT_HOST = "unix:///var/run/docker.sock"
STAGES = "retailctl-stages"
"""Repository of the finished stages of builds: named, they are nobody's litter, and the next build finds its layers."""

STAGES_KEPT = 8
"""Stages that are kept of each image: those of the last few builds, and of other projects on this machine."""


@dataclass(frozen=True)
class EngineInfo:
    """The engine itself."""

    address: str
    version: str
    architecture: str
    folder: str
    """Where it keeps images, on its own machine."""


@dataclass(frozen=True)
class LocalImage:
    """An image that the engine holds."""

    id: str
    tags: tuple[str, ...]
    digests: tuple[str, ...]
    """``repository@sha256:...`` for each registry that it came from or went to."""
    labels: Mapping[str, str]
    size_bytes: int
    platform: str
    """``linux/amd64``."""


@dataclass(frozen=True)
class BuildOptions:
    """How to build; ``platform`` None means the engine's own."""

    labels: Mapping[str, str]
    platform: str | None = None
    no_cache: bool = False


class Engine:
    """A Docker engine that answers."""

    def __init__(self, api: Any) -> None:
        self.api = api

    def info(self) -> EngineInfo:
        """Version and whereabouts."""
        with engine_calls("information"):
            told = self.api.info()
        architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(told["Architecture"], told["Architecture"])
        return EngineInfo(address(), str(told["ServerVersion"]), architecture, str(told["DockerRootDir"]))

    def image(self, reference: str) -> LocalImage | None:
        """The image of that name, id or digest; None where the engine holds none."""
        import docker.errors

        with engine_calls(reference):
            try:
                return _image(self.api.inspect_image(reference))
            except docker.errors.ImageNotFound:
                return None

    def with_content(self, content: str, platform: str | None = None) -> LocalImage | None:
        """The newest image that was built from content of that digest (for ``platform``, where one is named)."""
        with engine_calls(f"image of {content}"):
            found = self.api.images(filters={"label": f"{CONTENT}={content}"})
        for each in sorted(found, key=lambda image: -int(image["Created"])):
            image = self.image(str(each["Id"]))
            if image and platform in (None, image.platform):
                return image
        return None

    def build(self, context: BuildContext, options: BuildOptions, watch: Watcher = unwatched) -> str:
        """Build an image; its id. Nothing of the build is left behind but named stages.

        Raises:
            InvalidTemplate: the engine cannot read the Dockerfile.
            BuildFailed, ResourceNotFound, Unreachable, Unavailable: as :meth:`BuildStream.follow`.
        """
        stream = BuildStream(watch)
        try:
            with engine_calls(f"build of the {context.image} image"):
                image = stream.follow(self._events(context, options))
        except BaseException:  # Ctrl-C too: what was done until then is the next build's start
            with suppress(RetailctlError):
                self._name_stages(context.image, [*stream.stages, *filter(None, [stream.unfinished])])
            raise
        self._name_stages(context.image, stream.stages[:-1])
        return image

    def _events(self, context: BuildContext, options: BuildOptions) -> Iterator[dict[str, Any]]:
        import docker.errors

        try:
            yield from self.api.build(
                fileobj=io.BytesIO(context.archive(options.labels)),
                custom_context=True,
                decode=True,
                rm=True,
                forcerm=True,  # a failing step leaves its container otherwise
                nocache=options.no_cache,
                platform=options.platform,
                timeout=SILENCE_S,
            )
        except docker.errors.APIError as error:
            if "dockerfile" in str(error.explanation).lower():
                raise InvalidTemplate(
                    f"the Dockerfile of the {context.image} image: {error.explanation}", hint="retailctl template list"
                ) from error
            raise

    def _name_stages(self, image: str, stages: Sequence[str]) -> None:
        """Name what a later build starts from, and let go of what no build has come by for long."""
        repository = f"{STAGES}/{image}"
        for stage in stages:
            found = self.image(stage)
            if found and all(name.startswith(repository) for name in found.tags):  # else it is somebody's base image
                self.tag(found.id, repository, found.id.removeprefix("sha256:")[:12])
        with engine_calls(repository):
            named = [self.api.inspect_image(str(each["Id"])) for each in self.api.images(name=repository)]
        named.sort(key=lambda each: str(each["Metadata"]["LastTagTime"]), reverse=True)
        for each in named[STAGES_KEPT:]:
            with suppress(RetailctlError), engine_calls(repository):
                for name in each["RepoTags"]:
                    self.api.remove_image(name)

    def tag(self, image: str, repository: str, tag: str) -> None:
        """Give an image a name."""
        with engine_calls(image):
            self.api.tag(image, repository, tag, force=True)

    def push(self, repository: str, tag: str, login: RegistryLogin, clock: Clock, watch: Watcher = unwatched) -> str:
        """Push ``repository:tag`` (with its registry in front); the digest that the registry gave it.

        Raises:
            NotLoggedIn, Forbidden, Unreachable, ApiRefused: the registry's word.
            Unavailable: the engine stopped.
        """
        host = repository.partition("/")[0]

        def attempt() -> str:
            with engine_calls(f"{repository}:{tag}"):
                events = self.api.push(repository, tag, stream=True, decode=True, auth_config=login.for_engine)
                return follow_push(events, host, repository, watch)

        return with_patience(attempt, clock, watch)

    def pull(self, reference: ImageRef, login: RegistryLogin, watch: Watcher = unwatched) -> None:
        """Fetch an image that is named by its digest.

        Raises:
            ResourceNotFound: the registry does not hold it.
            NotLoggedIn, Forbidden, Unreachable: the registry's word.
        """
        repository = f"{reference.registry}/{reference.repository}"
        with engine_calls(reference.text):
            events = self.api.pull(
                repository, tag=reference.digest, stream=True, decode=True, auth_config=login.for_engine
            )
            follow_pull(events, reference.registry, reference.repository, watch)

    def discard(self, image: str) -> None:
        """Remove an image that no name points to any more; one that has a name, or runs, stays."""
        found = self.image(image)
        if found and not found.tags:
            try:
                with engine_calls(image):
                    self.api.remove_image(image)
            except RetailctlError:  # a container or a later layer is made of it
                return

    def close(self) -> None:
        """Close the connection."""
        self.api.close()


def address() -> str:
    """Where the engine is: DOCKER_HOST, else the context that ``docker context use`` chose, else the usual socket."""
    named = os.environ.get("DOCKER_HOST")
    if named:
        return named
    from docker.context import ContextAPI

    try:
        chosen = ContextAPI.get_current_context()
    except Exception:  # a damaged file of Docker's own; the engine may be there all the same
        return DEFAULT_HOST
    return str(chosen.Host if chosen and chosen.Host else DEFAULT_HOST)


def connect() -> Engine:
    """The engine of this machine.

    Raises:
        Unreachable: none answers.
        Forbidden: its socket is not ours to use.
    """
    import docker
    import docker.utils
    from docker.errors import DockerException

    where = address()
    options = docker.utils.kwargs_from_env() if os.environ.get("DOCKER_HOST") else {"base_url": where}
    try:
        api = docker.APIClient(**options, version="auto", timeout=CONNECT_S)
    except DockerException as error:
        raise _no_engine(where, error) from error
    api.timeout = SILENCE_S
    return Engine(api)


def _no_engine(where: str, error: Exception) -> RetailctlError:
    if "PermissionError" in str(error) or "Permission denied" in str(error):
        return Forbidden(
            f"the Docker engine at {where} does not let this user in",
            hint="sudo usermod -aG docker $USER, then log in anew; or run the command as a user of that group",
        )
    return Unreachable(f"no Docker engine answers at {where}", hint=START_ENGINE)


def _image(told: Mapping[str, Any]) -> LocalImage:
    return LocalImage(
        id=str(told["Id"]),
        tags=tuple(told.get("RepoTags") or ()),
        digests=tuple(told.get("RepoDigests") or ()),
        labels=(told.get("Config") or {}).get("Labels") or {},
        size_bytes=int(told.get("Size") or 0),
        platform=f"{told.get('Os')}/{told.get('Architecture')}",
    )
