"""Images: as they were built, as a registry lists them, and one of them in full."""

from collections.abc import Iterator

from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.cli.views.assets import asset_change
from retailctl.domain.durations import format_duration
from retailctl.workflows.build import BuildResult
from retailctl.workflows.images import ImageChange, ImageDetail, ImagePage
from retailctl.workflows.rehearsal import RehearsalResult


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


def image_list(page: ImagePage) -> Iterator[Block]:
    """A row an image, the newest first."""
    rows = [
        (
            f"{each.repository}@{each.digest[:19]}",
            ", ".join(each.tags) or Cell("none", "dim"),
            each.created_at,
            megabytes(each.size_bytes),
            ", ".join(each.used_by),
        )
        for each in page.images
    ]
    yield Table(
        ("IMAGE", "TAGS", "CREATED", "SIZE", "USED BY"), rows, empty=f"none in {page.registry}", spare=("CREATED",)
    )


def image_detail(detail: ImageDetail) -> Iterator[Block]:
    """What it is, where it comes from, who refers to it."""
    yield Fields(
        [
            ("image", Cell(detail.reference, "bold")),
            ("tags", ", ".join(detail.tags) or None),
            ("revision", detail.revision),
            ("created", detail.created_at),
            ("size", megabytes(detail.size_bytes)),
            ("platform", detail.platform),
            ("used by", ", ".join(detail.used_by) or "nothing"),
        ]
    )
    if detail.labels:
        yield ""
        yield Fields(sorted(detail.labels.items()), title="labels")


def rehearsed(result: RehearsalResult) -> Iterator[Block]:
    """How the container did."""
    answered = None if result.status is None else f"{result.status} in {result.latency_ms:.0f} ms"
    yield Fields(
        [
            ("image", result.image),
            ("model", result.model),
            ("ready after", f"{format_duration(result.ready_s)} of {format_duration(result.allowed_s)}"),
            ("request", answered or "not sent: the model carries no sample"),
            ("forecasts", result.forecasts),
        ]
    )


def image_change(change: ImageChange) -> Iterator[Block]:
    """What was done, and which tags went with it."""
    yield from asset_change(change)
    if change.tags:
        yield f"Its tags {'would go' if change.planned else 'went'} with it: {', '.join(change.tags)}."


def megabytes(size: int | None) -> str | None:
    """``212 MB``; None where nobody knows."""
    return None if size is None else f"{size / 1e6:.0f} MB"
