"""Make one image exist: in the registry if it is to go there, else in the engine; by doing no more than is missing.

Asked in this order, and the first yes ends it: does the registry hold this content, does the engine; only then is it
built. What a tag names in a registry is never replaced by other content.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from retailctl.config.settings import LOCAL_PROFILE
from retailctl.domain.progress import Progress, Watcher
from retailctl.errors import AlreadyExists
from retailctl.images.context import BuildContext
from retailctl.images.engine import BuildOptions, LocalImage
from retailctl.images.labels import image_labels
from retailctl.images.registry import RegistryImage, registry_of, repository_of
from retailctl.images.revision import committed_at, origin_of, revision_of
from retailctl.workflows.events import LogLine, StepProgress
from retailctl.workflows.project_images import recorded, remember, tag_of
from retailctl.workflows.toolbox import Toolbox, step

AZURE_PLATFORM = "linux/amd64"
"""What Azure ML's machines run."""


@dataclass(frozen=True)
class MakeOptions:
    """How to make it; ``tags`` are further ones."""

    push: bool
    tags: tuple[str, ...] = ()
    platform: str | None = None
    no_cache: bool = False


@dataclass(frozen=True)
class MadeImage:
    """What came of it: built, pushed, tagged or unchanged; ``digest`` is the registry's, where it went there."""

    outcome: str
    tag: str
    digest: str | None
    size_bytes: int


def make_image(tools: Toolbox, context: BuildContext, options: MakeOptions) -> MadeImage:
    """Build, name and push the image of ``context``, as far as that is not done.

    Raises:
        AlreadyExists: a tag names other content in the registry.
        RetailctlError: as :func:`retailctl.workflows.build.build`.
    """
    tag = tag_of(revision_of(tools.project.root), context.digest)
    names = (tag, *options.tags)
    if options.push:
        named = {name: _checked(tools, context, name) for name in names}
        there = None if options.no_cache else _in_registry(tools, context, named[tag], _wanted(tools, options))
        if there:
            return _named_in_registry(tools, context, there, named)
    image, built = _in_engine(tools, context, tag, options)
    for name in names:
        tools.engine.tag(image.id, _full_name(tools, context.image), name)
    if not options.push:
        return MadeImage("built" if built else "unchanged", tag, None, image.size_bytes)
    found = _push(tools, context, names)
    return MadeImage("pushed", tag, found.digest, found.size_bytes)


def _wanted(tools: Toolbox, options: MakeOptions) -> str | None:
    """The platform that an image must have to be of use; None: any, for it runs where it is built."""
    return options.platform or (None if tools.settings.profile == LOCAL_PROFILE else AZURE_PLATFORM)


def _in_registry(
    tools: Toolbox, context: BuildContext, tagged: RegistryImage | None, platform: str | None
) -> RegistryImage | None:
    """The image of this content: under the tag it would get, else where it was pushed last."""
    found = tagged
    known = recorded(tools, context)
    if found is None and known:
        found = tools.registry.image(known.repository, known.digest)
    usable = found and found.content == context.digest and platform in (None, found.platform)
    return found if usable else None


def _named_in_registry(
    tools: Toolbox, context: BuildContext, there: RegistryImage, named: Mapping[str, RegistryImage | None]
) -> MadeImage:
    """Give the image those of its tags that do not name it yet."""
    lacking = [name for name, found in named.items() if found is None or found.digest != there.digest]
    with step(tools, "push", f"The {context.image} image is in {tools.registry.host} already") as naming:
        for name in lacking:
            tools.registry.add_tag(there.repository, there.digest, name)
        naming.outcome = "done" if lacking else "unchanged"
    tag = next(iter(named))
    remember(tools, context, tag, there)
    return MadeImage("tagged" if lacking else "unchanged", tag, there.digest, there.size_bytes)


def _checked(tools: Toolbox, context: BuildContext, tag: str) -> RegistryImage | None:
    """What the tag names in the registry: nothing, or this very content.

    Raises:
        AlreadyExists: other content.
    """
    repository = repository_of(tools.settings, context.image)
    found = tools.registry.image(repository, tag)
    if found is None or found.content == context.digest:
        return found
    raise AlreadyExists(
        f"{tools.registry.host} has a {repository}:{tag} of other content",
        reason=f"it is {found.digest}, and whoever refers to it by its tag would get another image",
        hint=f"commit what has changed, or retailctl image delete {repository}:{tag}, then run the command again",
        details={"tag": tag, "digest": found.digest},
    )


def _in_engine(tools: Toolbox, context: BuildContext, tag: str, options: MakeOptions) -> tuple[LocalImage, bool]:
    """The image in the engine, and whether it had to be built."""
    engine = tools.engine
    wanted = _wanted(tools, options)
    present = None if options.no_cache else engine.with_content(context.digest, wanted)
    if present:
        with step(tools, "build", f"The {context.image} image is built already") as nothing:
            nothing.outcome = "unchanged"
        return present, False
    before = engine.image(f"{_full_name(tools, context.image)}:{tag}")
    with step(tools, "build", f"Building the {context.image} image") as building:
        own = f"linux/{engine.info().architecture}"  # which need not be asked for, and then no base image is in doubt
        made = BuildOptions(_labels(tools, context, tag), None if wanted == own else wanted, options.no_cache)
        image = engine.image(engine.build(context, made, watcher(tools, "build")))
        assert image is not None, "it has just been built"
        building.text = f"Built the {context.image} image ({image.size_bytes / 1e6:.0f} MB)"
    engine.tag(image.id, _full_name(tools, context.image), tag)
    if before and before.id != image.id:
        engine.discard(before.id)
    return image, True


def _push(tools: Toolbox, context: BuildContext, names: tuple[str, ...]) -> RegistryImage:
    registry, repository = tools.registry, repository_of(tools.settings, context.image)
    with step(tools, "push", f"Pushing the {context.image} image to {registry.host}") as pushing:
        login, digest = registry.login(), ""
        for name in names:
            full_name = _full_name(tools, context.image)
            digest = tools.engine.push(full_name, name, login, tools.clock, watcher(tools, "push"))
        found = registry.image(repository, digest)
        assert found is not None, "the registry has just said that it holds it"
        pushing.text = f"Pushed {repository}:{names[0]} to {registry.host}"
    remember(tools, context, names[0], found)
    return found


def _full_name(tools: Toolbox, image: str) -> str:
    return f"{registry_of(tools.settings)}/{repository_of(tools.settings, image)}"


def watcher(tools: Toolbox, name: str) -> Watcher:
    """Tells the progress of an image as that of a step."""

    def watch(progress: Progress) -> None:
        if progress.line is not None:
            tools.tell(LogLine(name, progress.line, passing=True))
        else:
            tools.tell(StepProgress(name, progress.text, progress.parts))

    return watch


def _labels(tools: Toolbox, context: BuildContext, tag: str) -> dict[str, str]:
    """What the image will say of itself; a clean commit gives the same labels whenever it is built."""
    root = tools.project.root
    revision = revision_of(root)
    committed = committed_at(root) if revision and not revision.dirty else None
    return image_labels(
        title=repository_of(tools.settings, context.image),
        content=context.digest,
        version=tag,
        created=_asked_for() or committed or tools.clock.now(),
        revision=revision.text if revision else None,
        source=origin_of(root),
    )


def _asked_for() -> datetime | None:
    """The time that reproducible-builds.org's SOURCE_DATE_EPOCH names."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None
