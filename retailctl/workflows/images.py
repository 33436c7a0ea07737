"""Images as a noun: what the registry holds, one of them in full, and deleting one that nothing refers to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from retailctl.domain.references import ImageRef
from retailctl.domain.resources import Deployment, EnvironmentVersion
from retailctl.errors import InvalidInput, ResourceNotFound
from retailctl.images.context import IMAGES
from retailctl.images.record import read_record
from retailctl.images.registry import RegistryImage, registry_of, repository_of
from retailctl.workflows.catalogue.change import AssetChange
from retailctl.workflows.in_use import address, every_slot, refuse_if_used
from retailctl.workflows.project_images import check_images, record_file
from retailctl.workflows.toolbox import Toolbox

ANONYMOUS_ENVIRONMENT = "CliV2AnonymousEnvironment"
"""Environment that Azure ML registers by itself for every image of a job or slot; it holds none."""


@dataclass(frozen=True)
class ListImages:
    """Of which of the two images (None: both), and how many of each."""

    image: str | None = None
    limit: int = 30


@dataclass(frozen=True)
class ListedImage:
    """An image of the registry; ``used_by`` names the slots and registered environments that refer to it."""

    repository: str
    digest: str
    tags: tuple[str, ...]
    created_at: datetime | None
    size_bytes: int
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImagePage:
    """The newest first; ``more`` says that the list was cut."""

    registry: str
    images: tuple[ListedImage, ...]
    more: bool


@dataclass(frozen=True)
class ImageDetail:
    """One image, with what it says of itself."""

    registry: str
    repository: str
    digest: str
    reference: str
    tags: tuple[str, ...]
    created_at: datetime | None
    size_bytes: int
    platform: str | None
    revision: str | None
    labels: Mapping[str, str]
    used_by: tuple[str, ...]


@dataclass(frozen=True)
class ImageChange(AssetChange):
    """A change of an image; ``tags`` go with it."""

    tags: tuple[str, ...] = ()


def list_images(tools: Toolbox, request: ListImages) -> ImagePage:
    """The images of the project's repositories in the registry of the settings.

    Raises:
        InvalidConfig: the settings name no registry.
        Unreachable, NotLoggedIn: it does not answer, or not to us.
    """
    names = (request.image,) if request.image else IMAGES
    check_images(names)
    registry = tools.registry
    found = {name: registry.images(repository_of(tools.settings, name)) for name in names}
    users = image_users(every_slot(tools), tools.workspace.environments.list())
    shown = (image for images in found.values() for image in images[: request.limit])
    listed = tuple(
        ListedImage(
            each.repository, each.digest, each.tags, each.created_at, each.size_bytes, users.get(each.digest, ())
        )
        for each in shown
    )
    return ImagePage(registry.host, listed, any(len(images) > request.limit for images in found.values()))


def show_image(tools: Toolbox, text: str) -> ImageDetail:
    """One image: ``train``, ``infer`` (the newest), ``retail/infer:TAG`` or ``retail/infer@sha256:...``.

    Raises:
        ResourceNotFound: the registry holds no such image.
        InvalidInput: an image of another registry.
    """
    found = _find(tools, text)
    users = image_users(every_slot(tools), tools.workspace.environments.list())
    return ImageDetail(
        registry=tools.registry.host,
        repository=found.repository,
        digest=found.digest,
        reference=ImageRef(tools.registry.host, found.repository, digest=found.digest).text,
        tags=tools.registry.tags_of(found.repository, found.digest),
        created_at=found.created_at,
        size_bytes=found.size_bytes,
        platform=found.platform,
        revision=found.revision,
        labels=found.labels,
        used_by=users.get(found.digest, ()),
    )


def delete_image(tools: Toolbox, text: str, *, dry_run: bool = False) -> ImageChange:
    """Delete an image, named as in :func:`show_image` but by tag or digest, with all of its tags.

    Raises:
        ResourceNotFound: the registry holds no such image.
        WrongState: a slot or a registered environment refers to it.
        ApiRefused: the registry deletes nothing.
    """
    if text in IMAGES:
        raise InvalidInput(
            f"'{text}' does not say which image", reason="name it by tag or digest", hint=f"retailctl image list {text}"
        )
    found = _find(tools, text)
    users = image_users(every_slot(tools), tools.workspace.environments.list())
    name = f"{found.repository}@{found.digest}"
    refuse_if_used(f"image {name}", users.get(found.digest, ()))
    tags = tools.registry.tags_of(found.repository, found.digest)
    if not dry_run:
        remove(tools, found.repository, found.digest)
    return ImageChange("image", name, "deleted", planned=dry_run, tags=tags)


def remove(tools: Toolbox, repository: str, digest: str) -> None:
    """Delete an image from the registry, and forget where this machine remembers to have pushed it."""
    tools.registry.delete(repository, digest)
    for name in IMAGES:
        pushed = read_record(record_file(tools, name))
        if pushed and (pushed.repository, pushed.digest) == (repository, digest):
            record_file(tools, name).unlink(missing_ok=True)


def image_users(slots: Iterable[Deployment], environments: Iterable[EnvironmentVersion]) -> dict[str, tuple[str, ...]]:
    """Digest -> the slots (``endpoint/slot``) and registered environments (``name:version``) that refer to it.

    A slot pulls its image again whenever a machine is replaced. The environments that Azure ML registers by itself are
    left out: one is made for every image that was ever deployed, and would keep it for ever.
    """
    users: dict[str, tuple[str, ...]] = {}
    named = [(address(slot), slot.image) for slot in slots]
    named += [(each.text, each.image) for each in environments if each.name != ANONYMOUS_ENVIRONMENT]
    for user, image in named:
        digest = (image or "").partition("@")[2]
        if digest:
            users[digest] = (*users.get(digest, ()), user)
    return users


def _find(tools: Toolbox, text: str) -> RegistryImage:
    registry = tools.registry
    if text in IMAGES:
        newest = next(iter(registry.images(repository_of(tools.settings, text))), None)
        found = registry.image(newest.repository, newest.digest) if newest else None
        repository, wanted = repository_of(tools.settings, text), "image"
    else:
        reference = _reference(tools, text)
        repository, wanted = reference.repository, reference.digest or reference.tag or "latest"
        found = registry.image(repository, wanted)
    if found is None:
        raise ResourceNotFound(f"{registry.host} has no {repository} {wanted}", hint="retailctl image list")
    return found


def _reference(tools: Toolbox, text: str) -> ImageRef:
    """The image meant, whether or not the registry was written in front of it."""
    host = registry_of(tools.settings)
    reference = ImageRef.parse(text if text.startswith(f"{host}/") else f"{host}/{text}")
    named = ImageRef.parse(text)
    if named.registry not in (host, "docker.io"):
        raise InvalidInput(
            f"'{text}' is not in {host}",
            reason="only the registry of the settings is looked at",
            hint=f"RETAILCTL_REGISTRY={named.registry} chooses another",
        )
    return reference
