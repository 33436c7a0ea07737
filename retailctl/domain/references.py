"""References to models and images as people type them, and whether they are pinned."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retailctl.domain.names import check_name
from retailctl.errors import InvalidInput

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ModelRef:
    """A model, and its version where one is named; versions are whole numbers on Azure ML."""

    name: str
    version: int | None = None

    @classmethod
    def parse(cls, text: str) -> ModelRef:
        """Read ``name``, ``name:7`` or ``azureml:name:7``.

        Raises:
            InvalidInput: a label such as ``@latest``, or a version that is not a whole number.
            InvalidName: a name that Azure ML would refuse.
        """
        name, colon, version = text.removeprefix("azureml:").partition(":")
        if "@" in name:
            base = name.partition("@")[0]
            raise InvalidInput(
                f"'{text}' is not a pinned model",
                reason="a label moves between now and the deployment",
                hint=f"retailctl model list --name {base}, then use {base}:VERSION",
            )
        if colon and not (version.isascii() and version.isdecimal() and int(version) > 0):
            raise InvalidInput(
                f"'{version}' is not a model version",
                reason="Azure ML numbers versions 1, 2, 3, ...",
                hint=f"retailctl model list --name {name}",
            )
        return cls(check_name("model", name), int(version) if colon else None)

    @property
    def text(self) -> str:
        """``name:7``, or ``name`` without a version."""
        return self.name if self.version is None else f"{self.name}:{self.version}"

    @property
    def asset_id(self) -> str:
        """``azureml:name:7``, as it stands in YAML.

        Raises:
            InvalidInput: no version: a reference that floats must not reach the workspace.
        """
        if self.version is None:
            raise InvalidInput(f"model '{self.name}' has no version", hint=f"use {self.name}:VERSION")
        return f"azureml:{self.name}:{self.version}"


@dataclass(frozen=True)
class ImageRef:
    """A container image: registry/repository:tag@digest, the last two optional."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> ImageRef:
        """Read an image reference; one without a registry gets ``docker.io``, as Docker does.

        Raises:
            InvalidInput: an empty name or a digest that is not sha256 with 64 hexadecimal digits.
        """
        name, at, digest = text.partition("@")
        if at and not _DIGEST.fullmatch(digest):
            raise InvalidInput(
                f"'{text}' has no valid digest",
                reason="a digest is sha256: and 64 hexadecimal digits",
                hint=f"retailctl build names the images of the project's code; or docker inspect {name}",
            )
        first, slash, rest = name.partition("/")
        has_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
        registry, path = (first, rest) if has_registry else ("docker.io", name)
        repository, _, tag = path.partition(":")
        if not repository:
            raise InvalidInput(f"'{text}' names no image", hint="use registry/repository@sha256:...")
        return cls(registry, repository, tag or None, digest or None)

    @property
    def pinned(self) -> bool:
        """Whether it names content, not a tag that moves."""
        return self.digest is not None

    @property
    def text(self) -> str:
        """The reference, written out."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"
