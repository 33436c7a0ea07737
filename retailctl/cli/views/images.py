"""Images: as they were built, as a registry lists them, and one of them in full."""

from collections.abc import Iterator

from retailctl.cli.table import Block, Table
from retailctl.domain.durations import format_duration
from retailctl.workflows.build import BuildResult


def built_images(result: BuildResult) -> Iterator[Block]:
    """A row an image: what became of it, and by what it is pinned."""
    rows = [
        (
            image.name,
            image.outcome,
            image.reference,
            image.tag,
            megabytes(image.size_bytes),
            format_duration(image.seconds) if image.seconds else None,
        )
        for image in result.images
    ]
    yield Table(("IMAGE", "OUTCOME", "REFERENCE", "TAG", "SIZE", "TOOK"), rows, spare=("TOOK", "SIZE"))


def megabytes(size: int | None) -> str | None:
    """``212 MB``; None where nobody knows."""
    return None if size is None else f"{size / 1e6:.0f} MB"
