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
        self._names_before = self.names()

    def names(self) -> set[str]:
        """Every name that an image has."""
        return {tag for image in self.engine.api.images() for tag in image["RepoTags"] or () if "<none>" not in tag}

    def litter(self) -> list[str]:
        """Containers, and images without a name, that came of this project: every one of them carries its mark."""
        mine = f"{MARK}={self.tools.project.root.parent.name}"
        found = self.engine.api.containers(all=True, filters={"label": mine})
        found += self.engine.api.images(filters={"dangling": True, "label": mine})
        return [str(each["Id"]) for each in found]

    def clear(self) -> None:
        """Remove every image that was named since the start."""
        for name in sorted(self.names() - self._names_before, key=lambda each: each.startswith(STAGES)):
            self.engine.api.remove_image(name, force=True)

    def told(self, kind: type) -> list[str]:
        """The texts of events of one kind."""
        return [str(event.text) for event in self.events if isinstance(event, kind)]  # type: ignore[union-attr]
