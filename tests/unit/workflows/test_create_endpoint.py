"""An endpoint is created once, as the template and the overrides say."""

from __future__ import annotations

import pytest

from retailctl.errors import AlreadyExists, InvalidInput
from retailctl.workflows.create_endpoint import CreatedEndpoint, CreateEndpoint, create_endpoint
from tests.unit.workflows.fakes import Shop

ENDPOINT = "retail-forecast-endpoint"


def make(shop: Shop, *sets: str, dry_run: bool = False) -> CreatedEndpoint:
    return create_endpoint(shop.tools, CreateEndpoint(sets, dry_run))


def test_it_is_created_without_traffic_and_a_slot_comes_next(shop: Shop) -> None:
    made = make(shop)
    assert (made.name, made.outcome, made.next) == (ENDPOINT, "created", "retailctl deploy --slot blue")
    assert shop.world.endpoints[ENDPOINT].traffic == {}


def test_one_that_is_there_stays_as_it_is(shop: Shop) -> None:
    make(shop)
    shop.world.calls.clear()
    again = make(shop)
    assert (again.outcome, again.next) == ("unchanged", "retailctl status")
    assert shop.world.writes() == []


def test_a_dry_run_sends_nothing_and_names_the_line_that_would(shop: Shop) -> None:
    planned = make(shop, "auth_mode=aml_token", dry_run=True)
    assert (planned.outcome, planned.planned, planned.auth_mode) == ("planned", True, "aml_token")
    assert planned.next == "retailctl endpoint create --set auth_mode=aml_token"
    assert shop.world.endpoints == {}


def test_another_way_to_log_in_is_refused_where_the_endpoint_is_there(shop: Shop) -> None:
    make(shop)
    with pytest.raises(AlreadyExists, match="auth_mode key"):
        make(shop, "auth_mode=aml_token")


def test_the_name_is_not_overridden(shop: Shop) -> None:
    with pytest.raises(InvalidInput) as caught:
        make(shop, "name=another-endpoint")
    assert "--endpoint" in caught.value.hint
    assert shop.world.endpoints == {}
