"""Registries: which one an image belongs to, and what every registry can be asked, whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import urllib3

from retailctl.config.settings import Settings
from retailctl.images.credentials import RegistryLogin, stored_login
from retailctl.images.distribution import Distribution, Manifest
from retailctl.images.labels import CONTENT, REVISION

WITHOUT_REGISTRY = "localhost"
"""Host in the name of an image that no registry holds."""


def registry_of(settings: Settings) -> str:
    """Host of the registry: ``registry``, else that of ``acr_name``, else a name that no machine answers to."""
    if settings.registry:
        return settings.registry
    return f"{settings.acr_name}.azurecr.io" if settings.acr_name else WITHOUT_REGISTRY


def has_registry(settings: Settings) -> bool:
    """Whether images are to go to a registry at all."""
    return registry_of(settings) != WITHOUT_REGISTRY


def repository_of(settings: Settings, image: str) -> str:
    """Repository of the train or infer image."""
    return settings.train_image if image == "train" else settings.infer_image


@dataclass(frozen=True)
class RegistryImage:
    """An image in a registry, by its digest."""

    repository: str
    digest: str
    tags: tuple[str, ...]
    created_at: datetime | None
    size_bytes: int
    """Of its layers, as they are sent."""
    platform: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> str | None:
        """Digest of what it was built from, where retailctl built it."""
        return self.labels.get(CONTENT)

    @property
    def revision(self) -> str | None:
        """Revision of the code it was built from, where it says so."""
        return self.labels.get(REVISION)


class Registry:
    """Any registry that keeps the distribution protocol; logs in with Docker's own store of credentials."""

    def __init__(
        self,
        host: str,
        open_pool: Callable[[str], urllib3.PoolManager],
        login: Callable[[], RegistryLogin] | None = None,
    ) -> None:
        self.host = host
        self.login = login or (lambda: stored_login(host))
        """Who pushes."""
        self._api = Distribution(host, open_pool(f"https://{host}"), self.login)

    def images(self, repository: str) -> list[RegistryImage]:
        """Every image that has a tag, the newest first; a repository that is not there holds none."""
        tags: dict[str, list[str]] = {}
        found: dict[str, Manifest] = {}
        for tag in self._api.tags(repository):
            manifest = self._api.manifest(repository, tag)
            if manifest:  # else it has gone since the list was made
                tags.setdefault(manifest.digest, []).append(tag)
                found[manifest.digest] = manifest
        images = [self._read(repository, found[digest], tuple(sorted(names))) for digest, names in tags.items()]
        return sorted(images, key=_made, reverse=True)

    def image(self, repository: str, reference: str) -> RegistryImage | None:
        """The image of a tag or digest, with its labels; None where there is none. Only the tag asked for is named."""
        manifest = self._api.manifest(repository, reference)
        if manifest is None:
            return None
        return self._read(repository, manifest, () if reference.startswith("sha256:") else (reference,))

    def tags_of(self, repository: str, digest: str) -> tuple[str, ...]:
        """Every tag of an image."""
        return next((image.tags for image in self.images(repository) if image.digest == digest), ())

    def add_tag(self, repository: str, digest: str, tag: str) -> None:
        """Give an image that is there a further tag; no layer moves."""
        manifest = self._api.manifest(repository, digest)
        if manifest:
            self._api.put(repository, tag, manifest)

    def delete(self, repository: str, digest: str) -> None:
        """Delete an image and every tag of it.

        Raises:
            ResourceNotFound: there is none.
            ApiRefused: the registry deletes nothing.
        """
        self._api.delete(repository, digest)

    def check_login(self) -> None:
        """Reach the registry and log in.

        Raises:
            Unreachable, NotLoggedIn: that did not work.
        """
        self._api.ping()

    def check_push(self, repository: str) -> None:
        """Find out whether we may push, by beginning to.

        Raises:
            NotLoggedIn, Forbidden: we may not.
        """
        self._api.begin_and_cancel_upload(repository)

    def _read(self, repository: str, manifest: Manifest, tags: tuple[str, ...]) -> RegistryImage:
        document = self._of_one_platform(repository, manifest)
        config = document.get("config") or {}
        told = self._api.blob(repository, str(config["digest"])) if config.get("digest") else {}
        sizes = (int(layer.get("size") or 0) for layer in document.get("layers") or ())
        return RegistryImage(
            repository=repository,
            digest=manifest.digest,
            tags=tags,
            created_at=_moment(told.get("created")),
            size_bytes=sum(sizes),
            platform=f"{told['os']}/{told['architecture']}" if told.get("architecture") else None,
            labels=(told.get("config") or {}).get("Labels") or {},
        )

    def _of_one_platform(self, repository: str, manifest: Manifest) -> dict[str, Any]:
        """The manifest itself; of an index, the first that it lists."""
        listed = manifest.document.get("manifests")
        if not listed:
            return manifest.document
        first = self._api.manifest(repository, str(listed[0]["digest"]))
        return first.document if first else {}


def _made(image: RegistryImage) -> float:
    return image.created_at.timestamp() if image.created_at else 0.0


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text).partition(".")[0].rstrip("Z")).replace(tzinfo=UTC)
    except ValueError:
        return None
