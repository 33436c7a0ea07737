"""What an image is built from: its rendered Dockerfile and exactly the files that it copies.

Nothing else is ever sent to an engine: no repository, no data, no file that Git or the project's .dockerignore leaves
out. The digest over the same things says whether an image has to be built, and names it where no registry has given
it a digest of its own.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from retailctl.domain.references import ImageRef
from retailctl.errors import InvalidInput
from retailctl.images.ignore import FILE_NAME as IGNORE_FILE
from retailctl.images.ignore import without_ignored
from retailctl.images.labels import label_line
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

    def archive(self, labels: Mapping[str, str]) -> bytes:
        """The context as the tar that an engine takes; equal content gives equal bytes, whenever it was written."""
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w") as tar:
            _add(tar, PurePosixPath("Dockerfile"), (self.dockerfile + label_line(labels)).encode())
            for name in sorted(self.files):
                _add(tar, name, self.files[name].read_bytes())
        return whole.getvalue()


def _add(tar: tarfile.TarFile, name: PurePosixPath, content: bytes) -> None:
    """A file of nobody in particular that everybody may read: a container's user is not who built it."""
    entry = tarfile.TarInfo(str(name))
    entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, io.BytesIO(content))


def build_context(image: str, code_root: Path, dockerfile: str) -> BuildContext:
    """The context of ``image`` (one of IMAGES) from the project's code.

    Raises:
        InvalidInput: a source folder or requirement file is missing, or ignored.
    """
    return BuildContext(image, dockerfile, copied_files(image, code_root))


def copied_files(image: str, code_root: Path) -> dict[PurePosixPath, Path]:
    """Path in the context -> file, for everything but the Dockerfile; arguments and errors as above."""
    lock = PurePosixPath(_REQUIREMENTS[image])
    there = source_files(code_root, *_SOURCE[image], str(lock))
    files = without_ignored(code_root, there)
    if lock not in files:
        raise InvalidInput(
            f"{IGNORE_FILE} leaves out {lock}, which the {image} image is made of",
            hint=f"add the line !{lock} to {code_root / IGNORE_FILE}",
        )
    requirements = files.pop(lock)
    return {**files, PurePosixPath("requirements.txt"): requirements}
