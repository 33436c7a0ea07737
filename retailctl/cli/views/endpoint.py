"""Endpoints and their slots."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retailctl.cli.paint import state_style
from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.cli.views.assets import facts
from retailctl.cli.views.split import slot_style
from retailctl.domain.resources import Endpoint
from retailctl.workflows.catalogue.endpoints import EndpointDetail

if TYPE_CHECKING:
    from retailctl.workflows.create_endpoint import CreatedEndpoint


def endpoint_list(endpoints: tuple[Endpoint, ...]) -> Iterator[Block]:
    """A row an endpoint."""
    rows = [
        (each.name, Cell(each.state, state_style(each.state)), each.traffic.text(), each.auth_mode, each.created_at)
        for each in endpoints
    ]
    headings = ("NAME", "STATE", "TRAFFIC", "LOGIN", "CREATED")
    yield Table(headings, rows, empty="no endpoints yet; retailctl endpoint create makes one")


def endpoint_facts(detail: EndpointDetail) -> dict[str, object]:
    """The endpoint's fields, with its slots, as JSON shows them."""
    return {**facts(detail.endpoint), "slots": detail.slots}


def endpoint_detail(detail: EndpointDetail) -> Iterator[Block]:
    """The endpoint, then a row a slot."""
    endpoint = detail.endpoint
    yield Fields(
        [
            ("name", Cell(endpoint.name, "bold")),
            ("state", Cell(endpoint.state, state_style(endpoint.state))),
            ("address", endpoint.scoring_uri),
            ("login", endpoint.auth_mode),
            ("traffic", endpoint.traffic.text()),
            ("mirror", endpoint.mirror.text()),
            ("created", endpoint.created_at),
            *endpoint.tags.items(),
        ]
    )
    if detail.slots:
        yield ""
        rows = [
            (
                Cell(slot.name, slot_style(slot.name)),
                Cell(slot.state, state_style(slot.state)),
                slot.model,
                f"{slot.instance_count} x {slot.instance_type}",
                slot.image,
            )
            for slot in detail.slots
        ]
        yield Table(("SLOT", "STATE", "MODEL", "SIZE", "IMAGE"), rows)


def endpoint_created(result: "CreatedEndpoint") -> Iterator[Block]:
    """The new endpoint, and the file it was made from."""
    pairs: list[tuple[str, object]] = [
        ("endpoint", Cell(result.name, "bold")),
        ("outcome", result.outcome),
        ("address", result.scoring_uri),
        ("login", result.auth_mode),
        ("file", result.file),
    ]
    yield Fields(pairs)
