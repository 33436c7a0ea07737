"""What nouns have in common: lists of versions, a version with its tags, a change, a download."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.cli.views.figures import metrics
from retailctl.domain import tags
from retailctl.workflows.catalogue.change import AssetChange
from retailctl.workflows.catalogue.environments import EnvironmentDetail
from retailctl.workflows.catalogue.models import ModelDetail
from retailctl.workflows.downloads import Downloaded
from retailctl.workflows.plain import plain


class Version(Protocol):
    """One version of an asset."""

    @property
    def name(self) -> str:
        """The asset's name."""
        ...

    @property
    def version(self) -> object:
        """A number, mostly."""
        ...

    @property
    def tags(self) -> Mapping[str, str]:
        """What was written on it."""
        ...

    @property
    def archived(self) -> bool:
        """Whether it is hidden from lists."""
        ...

    @property
    def created_at(self) -> datetime | None:
        """When it was registered."""
        ...


def facts(value: object) -> dict[str, object]:
    """The fields of a result, to add others to."""
    found = plain(value)
    assert isinstance(found, dict)
    return dict(found)


def asset_list(heading: str) -> Callable[[Sequence[Version]], Iterable[Block]]:
    """A view of versions: a row each, with the job they come from."""

    def view(versions: Sequence[Version]) -> Iterator[Block]:
        rows = [
            (
                f"{each.name}:{each.version}",
                each.created_at,
                each.tags.get(tags.JOB),
                Cell("archived", "dim") if each.archived else None,
            )
            for each in versions
        ]
        yield Table((heading, "CREATED", "JOB", "HIDDEN"), rows, empty="none registered yet", spare=("CREATED",))

    return view


def model_facts(detail: ModelDetail) -> dict[str, object]:
    """A model version's fields, its figures and the slots that serve it, as JSON shows them."""
    return {**facts(detail.model), "metrics": _metrics(detail.model), "served_by": list(detail.served_by)}


def model_detail(detail: ModelDetail) -> Iterator[Block]:
    """Where it comes from, who serves it, how good it is."""
    model = detail.model
    pairs: list[tuple[str, object]] = [
        ("model", Cell(model.text, "bold")),
        ("type", model.type),
        ("created", model.created_at),
        ("served by", ", ".join(detail.served_by)),
        ("archived", model.archived),
        ("path", model.path),
    ]
    yield Fields([*pairs, *_other_tags(model)])
    figures = _metrics(model)
    if figures:
        yield ""
        yield metrics(figures)


def environment_facts(detail: EnvironmentDetail) -> dict[str, object]:
    """An environment version's fields and the slots that run in it, as JSON shows them."""
    return {**facts(detail.environment), "used_by": list(detail.used_by)}


def environment_detail(detail: EnvironmentDetail) -> Iterator[Block]:
    """What it is made of, and who uses it."""
    environment = detail.environment
    yield Fields(
        [
            ("environment", Cell(environment.text, "bold")),
            ("image", environment.image),
            ("created", environment.created_at),
            ("used by", ", ".join(detail.used_by)),
            ("archived", environment.archived),
            *_other_tags(environment),
        ]
    )


def asset_change(change: AssetChange) -> Iterator[Block]:
    """What was done, and who goes on using it."""
    if not change.changed:
        yield f"Unchanged: {change.name} is {change.action}."
    elif change.planned:
        yield f"Would be {change.action}: {change.kind} {change.name}."
    else:
        yield f"{change.action.capitalize()} {change.kind} {change.name}."
    if change.used_by:
        yield f"In use by {', '.join(change.used_by)}, which goes on."


def change_name(change: AssetChange) -> str:
    """The thing that was changed."""
    return change.name


def downloaded(result: Downloaded) -> Iterator[Block]:
    """Where the files are."""
    yield f"{result.files} files, {size(result.bytes)}, in {result.folder}"


def size(count: int) -> str:
    """Bytes in the unit that reads best."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


def _metrics(version: Version) -> dict[str, str]:
    return {
        name.removeprefix(tags.METRIC): value for name, value in version.tags.items() if name.startswith(tags.METRIC)
    }


def _other_tags(version: Version) -> list[tuple[str, str]]:
    return [(name, value) for name, value in version.tags.items() if not name.startswith(tags.METRIC)]
