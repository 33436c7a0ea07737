"""What an image is built from: its rendered Dockerfile and exactly the files that it copies.

The folder that :meth:`BuildContext.write` leaves is a whole Docker build context. The digest over the same things names
the image by its content where no registry has given it one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from retailctl.domain.references import ImageRef
from retailctl.images.source_tree import copy_into, digest, replacing, source_files

IMAGES = ("train", "infer")
"""The two images of a release."""

_SOURCE: Mapping[str, tuple[str, ...]] = {
    "train": (),  # a job brings its code as a snapshot
    "infer": ("serving", "training/__init__.py", "training/features", "training/artifact"),
}
_REQUIREMENTS = {"train": "training/requirements.txt", "infer": "serving/requirements.txt"}


@dataclass(frozen=True)
class BuildContext:
    """Everything that decides what an image holds."""

    image: str
    """train or infer."""
    dockerfile: str
    files: Mapping[PurePosixPath, Path]

    @property
    def digest(self) -> str:
        """``sha256:`` and 64 hexadecimal digits, over the Dockerfile and the files."""
        whole = hashlib.sha256(self.dockerfile.encode())
        whole.update(digest(self.files).encode())
        return f"sha256:{whole.hexdigest()}"

    def reference(self, registry: str, repository: str) -> ImageRef:
        """The image, pinned by its content."""
        return ImageRef(registry, repository, digest=self.digest)

    def write(self, folder: Path) -> Path:
        """Leave the context in ``folder``, whole or not at all; what was there is replaced. Returns the Dockerfile."""
        with replacing(folder) as made:
            copy_into(self.files, made)
            (made / "Dockerfile").write_text(self.dockerfile, encoding="utf-8")
        return folder / "Dockerfile"


def build_context(image: str, code_root: Path, dockerfile: str) -> BuildContext:
    """The context of ``image`` (one of IMAGES) from the project's code.

    Raises:
        InvalidInput: a source folder or requirement file is missing.
    """
    locked = _REQUIREMENTS[image]
    files = source_files(code_root, *_SOURCE[image])
    requirements = source_files(code_root, locked)
    return BuildContext(
        image, dockerfile, {**files, PurePosixPath("requirements.txt"): next(iter(requirements.values()))}
    )
