"""What was pushed last, per image: how a later command on this machine knows the digest without asking anybody."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from retailctl.domain.references import ImageRef


@dataclass(frozen=True)
class Pushed:
    """An image in a registry, and what it was built from."""

    registry: str
    repository: str
    tag: str
    digest: str
    """The registry's own: that of the manifest."""
    content: str
    """That of the build context; see :data:`retailctl.images.labels.CONTENT`."""
    revision: str | None = None
    platform: str | None = None

    @property
    def reference(self) -> ImageRef:
        """The image, pinned."""
        return ImageRef(self.registry, self.repository, digest=self.digest)


def read_record(file: Path) -> Pushed | None:
    """What ``file`` holds; None where it is not there, or of another make."""
    try:
        return Pushed(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_record(file: Path, pushed: Pushed) -> None:
    """Keep it in ``file``, whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(asdict(pushed), indent=2) + "\n", encoding="utf-8")
    fresh.replace(file)
