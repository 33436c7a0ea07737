"""What an image says of itself: the OCI's labels, and the digest of what it was built from.

Names: github.com/opencontainers/image-spec/blob/main/annotations.md. They are one instruction after the last of the
Dockerfile, so that no layer is built anew because a commit has another date. (The engine's own way to add labels makes
an instruction of each, and a container of each instruction.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

SOURCE = "org.opencontainers.image.source"
REVISION = "org.opencontainers.image.revision"
CREATED = "org.opencontainers.image.created"
VERSION = "org.opencontainers.image.version"
TITLE = "org.opencontainers.image.title"
CONTENT = "io.retailctl.content"
"""``sha256:...`` over the Dockerfile and every file that it copies: equal means that nothing has to be built."""


def label_line(labels: Mapping[str, str]) -> str:
    """The Dockerfile's instruction that puts the labels on."""
    pairs = (f"{name}={json.dumps(text.replace('$', ''))}" for name, text in sorted(labels.items()))
    return f"\nLABEL {' '.join(pairs)}\n"


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
