"""Follow a build: the engine's stream of text turned into steps, into output, and into the failure that it may hold.

The stream is that of the classic builder (docs.docker.com/reference/api/engine, ImageBuild). It ends the same way when
the engine dies as when all is well, so only the line that says "Successfully built" is success.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from retailctl.domain.progress import Progress, Watcher
from retailctl.domain.redaction import scrub, short
from retailctl.errors import BuildFailed, ResourceNotFound, RetailctlError, Unreachable
from retailctl.images.failures import engine_gone, is_transient, no_room
from retailctl.images.layers import Layers

LAST_LINES = 12
"""Lines of a failing step that are shown."""
_STEP = re.compile(r"^Step (\d+)/(\d+) : (.*)")
_IMAGE = re.compile(r"^ ---> ([0-9a-f]{12})$")
_OWN_WORDS = re.compile(r"^( ---> |Removing intermediate container |Successfully (built|tagged) )")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_EXIT_CODE = re.compile(r"returned a non-zero code: (\d+)$")
_SHOWN = 72
"""Characters of an instruction that are shown while it runs."""


class BuildStream:
    """Listens to a build; ``stages`` are the ids of what it has finished, the image itself being the last."""

    def __init__(self, watch: Watcher) -> None:
        self.stages: list[str] = []
        self._watch = watch
        self._step = ""
        self._instruction = ""
        self._output: deque[str] = deque(maxlen=LAST_LINES)
        self._unfinished = ""
        self._layers = Layers()
        self._succeeded = False
        self._latest = ""

    @property
    def unfinished(self) -> str | None:
        """The id of the last image of a stage that did not come to its end."""
        return self._latest if self._latest and not any(self._latest in stage for stage in self.stages) else None

    def follow(self, events: Iterable[Mapping[str, Any]]) -> str:
        """Listen to the end; the id of the image.

        Raises:
            BuildFailed: a step failed; its last lines are in ``details``.
            ResourceNotFound, Unreachable: the base image could not be had.
            Unavailable: the engine has no room, or stopped.
        """
        for event in events:
            self._hear(event)
        if not self._succeeded or not self.stages:
            raise engine_gone(f"its stream ended in {self._step or 'nothing'}")
        return self.stages[-1]

    def _hear(self, event: Mapping[str, Any]) -> None:
        if "error" in event:
            raise self._failure(str(event["error"]))
        if "aux" in event and "ID" in event["aux"]:
            self.stages.append(str(event["aux"]["ID"]))
        if "status" in event:
            self._layers.hear(event)
            self._watch(Progress(self._step, self._layers.moving))
        *lines, self._unfinished = (self._unfinished + str(event.get("stream", ""))).split("\n")
        for line in lines:
            self._line(_COLOUR.sub("", line).rpartition("\r")[2].rstrip())

    def _line(self, line: str) -> None:
        step, image = _STEP.match(line), _IMAGE.match(line)
        self._latest = image[1] if image else self._latest
        if step:
            self._instruction = step[3]
            self._step = f"step {step[1]} of {step[2]}: {short(step[3])[:_SHOWN]}"
            self._output.clear()
            self._watch(Progress(self._step))
        elif line.startswith("Successfully built"):
            self._succeeded = True
        elif line and not _OWN_WORDS.match(line):
            self._output.append(scrub(line))
            self._watch(Progress(self._step, line=scrub(line)))

    def _failure(self, text: str) -> RetailctlError:
        if self._instruction.upper().startswith("FROM "):
            return no_room(text) or _no_base(self._instruction.split()[1], text)
        code = _EXIT_CODE.search(text)
        what = f"failed with exit code {code[1]}" if code else "failed"
        return no_room("\n".join((text, *self._output))) or BuildFailed(
            f"{self._step or 'the build'} {what}",
            reason=None if code else short(text),
            details={"log": "\n".join(self._output)} if self._output else None,
        )


def _no_base(image: str, text: str) -> RetailctlError:
    if is_transient(text):
        return Unreachable(
            f"the base image {image} cannot be pulled",
            reason=short(text),
            hint=f"docker pull {image}, once the engine reaches its registry; then run the command again",
        )
    return ResourceNotFound(
        f"the base image {image} cannot be pulled",
        reason=short(text),
        hint=f"docker pull {image}, after docker login where it is private; or edit the Dockerfile's FROM line",
    )
