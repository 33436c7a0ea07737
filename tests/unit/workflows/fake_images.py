"""A registry and an engine in memory, with the methods of the real ones that workflows call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from retailctl.domain.clock import Clock
from retailctl.domain.progress import Progress, Watcher, unwatched
from retailctl.errors import ResourceNotFound, RetailctlError
from retailctl.images.context import BuildContext
from retailctl.images.credentials import ANONYMOUS, RegistryLogin
from retailctl.images.engine import BuildOptions, EngineInfo, LocalImage
from retailctl.images.labels import CONTENT, CREATED
from retailctl.images.registry import RegistryImage


@dataclass
class FakeRegistry:
    """What a registry holds: digest -> image, its tags among it."""

    host: str = "registry.example"
    held: dict[str, RegistryImage] = field(default_factory=dict)
    fails: RetailctlError | None = None
    """What every request ends with."""

    def login(self) -> RegistryLogin:
        return ANONYMOUS

    def _ask(self) -> None:
        if self.fails:
            raise self.fails

    def images(self, repository: str) -> list[RegistryImage]:
        self._ask()
        return [image for image in reversed(self.held.values()) if image.repository == repository]

    def image(self, repository: str, reference: str) -> RegistryImage | None:
        return next((each for each in self.images(repository) if reference in (each.digest, *each.tags)), None)

    def tags_of(self, repository: str, digest: str) -> tuple[str, ...]:
        return next((each.tags for each in self.images(repository) if each.digest == digest), ())

    def add_tag(self, repository: str, digest: str, tag: str) -> None:
        self._ask()
        self.held[digest] = replace(self.held[digest], tags=(*self.held[digest].tags, tag))

    def delete(self, repository: str, digest: str) -> None:
        self._ask()
        if self.held.pop(digest, None) is None:
            raise ResourceNotFound(f"no {repository}@{digest}")

    def check_login(self) -> None:
        self._ask()

    def check_push(self, repository: str) -> None:
        self._ask()

    def hold(self, repository: str, number: int, *tags: str, labels: Mapping[str, str] | None = None) -> str:
        """Put an image in; its digest."""
        digest = f"sha256:{number:064x}"
        made = datetime(2026, 11, 1, tzinfo=UTC)
        self.held[digest] = RegistryImage(repository, digest, tags, made, 96_000_000, "linux/amd64", labels or {})
        return digest


class FakeEngine:
    """An engine that builds at once; what it pushes, ``registry`` holds."""

    def __init__(self, registry: FakeRegistry | None = None, folder: str = "/nowhere") -> None:
        self.registry = registry or FakeRegistry()
        self.folder = folder
        self.built: list[BuildOptions] = []
        self.named: list[str] = []
        self._images: dict[str, LocalImage] = {}

    def info(self) -> EngineInfo:
        return EngineInfo("unix:///var/run/docker.sock", "28.0", "amd64", self.folder)

    def image(self, reference: str) -> LocalImage | None:
        return next((each for each in self._images.values() if reference in (each.id, *each.tags)), None)

    def with_content(self, content: str, platform: str | None = None) -> LocalImage | None:
        return next((each for each in self._images.values() if each.labels.get(CONTENT) == content), None)

    def build(self, context: BuildContext, options: BuildOptions, watch: Watcher = unwatched) -> str:
        watch(Progress("step 1 of 1"))
        self.built.append(options)
        image = f"sha256:{len(self.built):064x}"
        self._images[image] = LocalImage(image, (), (), options.labels, 288_000_000, "linux/amd64")
        return image

    def tag(self, image: str, repository: str, tag: str) -> None:
        held = self._images[image]
        self._images[image] = replace(held, tags=(*held.tags, f"{repository}:{tag}"))
        self.named.append(f"{repository}:{tag}")

    def push(self, repository: str, tag: str, login: RegistryLogin, clock: Clock, watch: Watcher = unwatched) -> str:
        image = self.image(f"{repository}:{tag}")
        assert image is not None
        name = repository.partition("/")[2]
        number = 1000 + int(image.id.removeprefix("sha256:"), 16)
        digest = f"sha256:{number:064x}"
        tags = (*self.registry.tags_of(name, digest), tag)
        return self.registry.hold(name, number, *tags, labels=image.labels)

    def discard(self, image: str) -> None:
        self._images.pop(image, None)

    @property
    def created(self) -> list[str]:
        """What each build was dated."""
        return [options.labels[CREATED] for options in self.built]
