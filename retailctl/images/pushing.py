"""Push and pull an image: follow the engine's stream, and try a push again that a registry dropped.

A second attempt sends only the layers that did not arrive: the engine asks the registry for each one first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from retailctl.domain.clock import Clock
from retailctl.domain.progress import Progress, Watcher
from retailctl.errors import Unreachable
from retailctl.images.failures import engine_gone, registry_failure
from retailctl.images.layers import Layers

PAUSES_S = (1.0, 3.0, 8.0)
"""Waits before the second, third and fourth attempt."""


def with_patience(push: Callable[[], str], clock: Clock, watch: Watcher) -> str:
    """The digest that ``push`` gives; what fails for want of a connection is tried again after a while.

    Raises:
        RetailctlError: the last attempt's failure, or the first one's that another attempt would not change.
    """
    for number, pause in enumerate(PAUSES_S, start=2):
        try:
            return push()
        except Unreachable as error:
            watch(Progress(f"attempt {number} in {pause:.0f} s ({error.reason})"))
            clock.sleep(pause)
    return push()


def follow_push(events: Iterable[Mapping[str, Any]], host: str, repository: str, watch: Watcher) -> str:
    """Listen to the end of a push; the digest of what the registry now holds.

    Raises:
        NotLoggedIn, Forbidden, Unreachable, ApiRefused: the registry's word, in the stream.
        Unavailable: the engine stopped.
    """
    layers, digest = Layers(), ""
    for event in events:
        if "error" in event:
            raise registry_failure(str(event["error"]), host, f"pushing {repository}")
        layers.hear(event)
        if event.get("id"):
            retrying = str(event.get("status", ""))
            text = f"{retrying.lower()}; {layers.text}" if retrying.startswith("Retrying") else layers.text
            watch(Progress(text, layers.moving))
        digest = str((event.get("aux") or {}).get("Digest") or digest)
    if not digest:
        raise engine_gone("its stream ended before the push did")
    return digest


def follow_pull(events: Iterable[Mapping[str, Any]], host: str, repository: str, watch: Watcher) -> None:
    """Listen to the end of a pull.

    Raises:
        NotLoggedIn, Forbidden, Unreachable, ApiRefused: the registry's word, in the stream.
    """
    layers = Layers()
    for event in events:
        if "error" in event:
            raise registry_failure(str(event["error"]), host, f"pulling {repository}")
        layers.hear(event)
        if event.get("id"):
            watch(Progress(layers.text, layers.moving))
