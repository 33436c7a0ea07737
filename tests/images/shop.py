"""A project that builds with a real engine, and the account of what it leaves there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retailctl.images.engine import STAGES, Engine
from tests.unit.workflows.fakes import Shop

BASE = "python:3.11-slim"
MARK = "images.test"
"""Label of whatever a test's project builds: other programs use the same engine meanwhile."""


class ImageShop(Shop):
    """A workspace in memory, a real engine, and settings that name a registry."""

    def __init__(self, folder: Path, engine: Engine, **settings: Any) -> None:
        super().__init__(folder, **settings)
        self.engine = engine
        self.tools.open_engine = lambda: engine

    @property
    def _mine(self) -> str:
        return f"{MARK}={self.tools.project.root.parent.name}"

    def names(self) -> set[str]:
        """Every name of an image that came of this project."""
        found = self.engine.api.images(filters={"label": self._mine})
        return {tag for image in found for tag in image["RepoTags"] or () if "<none>" not in tag}

    def litter(self) -> list[str]:
        """Containers, and images without a name, that came of this project: every one of them carries its mark."""
        found = self.engine.api.containers(all=True, filters={"label": self._mine})
        found += self.engine.api.images(filters={"dangling": True, "label": self._mine})
        return [str(each["Id"]) for each in found]

    def clear(self) -> None:
        """Remove every image that came of this project."""
        for name in sorted(self.names(), key=lambda each: each.startswith(STAGES)):
            self.engine.api.remove_image(name, force=True)
        for left in self.litter():  # what had a name until now
            self.engine.discard(left)

    def told(self, kind: type) -> list[str]:
        """The texts of events of one kind."""
        return [str(event.text) for event in self.events if isinstance(event, kind)]  # type: ignore[union-attr]
