"""Finding an image in the engine, and pulling it where it is not there.

An image that was built without a registry is known by the digest of its content alone: its reference ends in that
digest, and the image carries it as a label.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retailctl.emulator.runners.containers.engine import Client, Engine, EngineError, NotThere, guarded

CONTENT_LABEL = "io.retailctl.content"
_DEFAULT_STOP = "SIGTERM"


@dataclass(frozen=True, slots=True)
class ContainerImage:
    """An image that the engine has; `id` is what containers are made of, whatever its names are later."""

    engine: Engine
    id: str
    reference: str
    variables: frozenset[str]
    """Names of the variables that the image itself sets."""
    stop_signal: str


async def find(engine: Engine, reference: str) -> ContainerImage | None:
    """The image of a tag, a repository digest or a content digest; None where the engine has none.

    Raises EngineError.
    """
    return await engine.call(lambda client: _find(engine, client, reference))


async def pull(engine: Engine, reference: str) -> ContainerImage:
    """The image, fetched from the registry that its name begins with. Raises EngineError with the registry's reason."""
    await engine.call_without_limit(lambda client: _pull(client, reference))
    found = await find(engine, reference)
    if found is None:
        raise NotThere(f"{reference} was pulled and is not there")
    return found


def is_nowhere_else(reference: str) -> bool:
    """Whether the reference is that of an image that was built for no registry, and so cannot be pulled."""
    return reference.partition("/")[0] == "localhost"


def is_on_this_machine(reference: str) -> bool:
    """Whether the reference names a registry of this machine, which answers or refuses at once."""
    host = reference.partition("/")[0].rpartition(":")[0]
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _find(engine: Engine, client: Client, reference: str) -> ContainerImage | None:
    try:
        found = guarded(lambda asked: asked.api.inspect_image(reference), client)
    except NotThere:
        labelled = _labelled(client, reference.partition("@")[2])
        if labelled is None:
            return None
        found = guarded(lambda asked: asked.api.inspect_image(labelled), client)
    return _described(engine, found, reference)


def _labelled(client: Client, digest: str) -> str | None:
    """Id of the newest image with this content digest."""
    if not digest:
        return None
    found = client.api.images(filters={"label": f"{CONTENT_LABEL}={digest}"})
    newest = max(found, key=lambda each: int(each["Created"]), default=None)
    return str(newest["Id"]) if newest else None


def _described(engine: Engine, found: Mapping[str, Any], reference: str) -> ContainerImage:
    config = found.get("Config") or {}
    names = frozenset(line.partition("=")[0] for line in config.get("Env") or [])
    return ContainerImage(engine, found["Id"], reference, names, config.get("StopSignal") or _DEFAULT_STOP)


def _pull(client: Client, reference: str) -> None:
    repository, _, digest = reference.partition("@")
    tag = digest or None
    if not digest:
        head, slash, name = repository.rpartition("/")
        name, _, given = name.partition(":")
        repository, tag = head + slash + name, given or "latest"
    for event in client.api.pull(repository, tag=tag, stream=True, decode=True):
        if "error" in event:  # said in the stream, not by a status
            raise EngineError(" ".join(str(event["error"]).split()))
