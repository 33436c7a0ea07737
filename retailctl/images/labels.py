"""What an image says of itself: the OCI's labels, and the digest of what it was built from.

Names: github.com/opencontainers/image-spec/blob/main/annotations.md. The engine puts them on after the last line of the
Dockerfile, so that no layer is built anew because a commit has another date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

SOURCE = "org.opencontainers.image.source"
REVISION = "org.opencontainers.image.revision"
CREATED = "org.opencontainers.image.created"
VERSION = "org.opencontainers.image.version"
TITLE = "org.opencontainers.image.title"
CONTENT = "retailctl.content"
"""``sha256:...`` over the Dockerfile and every file that it copies: equal means that nothing has to be built."""


def image_labels(
    *, title: str, content: str, version: str, created: datetime, revision: str | None, source: str | None
) -> dict[str, str]:
    """The labels of an image; what is not known is left out."""
    known: Mapping[str, str | None] = {
        TITLE: title,
        CONTENT: content,
        VERSION: version,
        CREATED: created.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        REVISION: revision,
        SOURCE: source,
    }
    return {name: text for name, text in known.items() if text}
