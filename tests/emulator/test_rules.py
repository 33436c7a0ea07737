"""Rules that are values and functions: life cycles, ids, names, durations, traffic, commands, filters, certificates."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retailctl.emulator import tls
from retailctl.emulator.arm.durations import seconds
from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.arm.ids import AssetReference, Scope, parse_asset, parse_compute
from retailctl.emulator.arm.paging import page
from retailctl.emulator.services.jobs.commands import expand, expand_output_uri
from retailctl.emulator.services.metrics.definitions import ENDPOINT_METRICS
from retailctl.emulator.services.metrics.filters import parse
from retailctl.emulator.services.traffic import check_mirror, check_traffic, share
from retailctl.emulator.services.uris import parse_blob_url, parse_job_output, parse_place
from retailctl.emulator.states.deployment import DEPLOYMENT
from retailctl.emulator.states.endpoint import ENDPOINT
from retailctl.emulator.states.job import JOB
from retailctl.emulator.states.lifecycle import ForbiddenTransition, LifeCycle

_SCOPE = Scope("sub", "group", "work", "local")


@pytest.mark.parametrize("cycle", [JOB, ENDPOINT, DEPLOYMENT], ids=lambda cycle: cycle.kind)
def test_a_life_cycle_is_whole(cycle: LifeCycle) -> None:
    targets = {state for following in cycle.transitions.values() for state in following}
    assert targets | {cycle.initial} == set(cycle.states)
    assert cycle.terminal <= set(cycle.states)
    for state in set(cycle.states) - cycle.terminal:
        assert _reachable(cycle, state) & cycle.terminal, f"{state} never ends"


def _reachable(cycle: LifeCycle, state: str) -> set[str]:
    found: set[str] = set()
    waiting = [state]
    while waiting:
        for following in cycle.transitions[waiting.pop()] - found:
            found.add(following)
            waiting.append(following)
    return found


def test_a_finished_job_does_not_run_again() -> None:
    with pytest.raises(ForbiddenTransition):
        JOB.check("Completed", "Running")


@pytest.mark.parametrize(
    ("text", "length"), [("PT5S", 5), ("PT1M30S", 90), ("PT0.5S", 0.5), ("P1DT1H", 90_000), ("PT2H", 7200)]
)
def test_a_duration_has_a_length(text: str, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "5", "P1Y", "PT1X", "five"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 8601 duration"):
        seconds(text)


@pytest.mark.parametrize(
    "text",
    [
        "azureml:retail:7",
        "azureml:/subscriptions/s/resourceGroups/g/providers/p/workspaces/w/models/retail/versions/7",
        "/subscriptions/s/resourceGroups/g/providers/p/workspaces/w/Models/retail/Versions/7",
    ],
)
def test_an_asset_is_recognised_however_it_is_written(text: str) -> None:
    assert parse_asset(text) == AssetReference("retail", "7")


def test_what_is_no_asset_is_none() -> None:
    assert parse_asset("retail") is None
    assert parse_compute(_SCOPE.resource_id("computes", "cpu-cluster")) == "cpu-cluster"
    assert parse_compute("cpu-cluster") == "cpu-cluster"


@given(st.integers(0, 250), st.integers(1, 60))
def test_pages_hold_everything_once(count: int, size: int) -> None:
    items, query, seen = list(range(count)), {"$top": str(size)}, []
    while True:
        found = page(items, "https://x/y", query)
        seen += found["value"]
        if "nextLink" not in found:
            break
        query["$skip"] = found["nextLink"].rpartition("%24skip=")[2].partition("&")[0]
    assert seen == items


def test_a_page_takes_no_more_than_it_shows_and_one_to_know_whether_more_follow() -> None:
    items = iter(range(1_000))
    found = page(items, "https://x/y", {"$top": "5"}, str)
    assert found["value"] == ["0", "1", "2", "3", "4"]
    assert next(items) == 6


@given(st.dictionaries(st.sampled_from(["blue", "green", "red"]), st.integers(0, 100)))
def test_a_split_is_accepted_when_it_adds_up(traffic: Mapping[str, int]) -> None:
    accepted = sum(traffic.values()) in {0, 100}
    try:
        check_traffic(traffic, ["Blue", "green", "red"])
    except ArmError:
        assert not accepted
    else:
        assert accepted


@pytest.mark.parametrize(
    ("mirror", "traffic"),
    [({"green": 51}, {}), ({"green": 10, "red": 10}, {}), ({"green": 10}, {"green": 100}), ({"ghost": 10}, {})],
)
def test_a_mirror_that_azure_refuses_is_refused(mirror: dict[str, int], traffic: dict[str, int]) -> None:
    with pytest.raises(ArmError):
        check_mirror(mirror, traffic, ["blue", "green", "red"])


def test_a_share_ignores_case() -> None:
    assert share({"Blue": 30}, "blue") == 30
    assert share(None, "blue") == 0


def test_a_command_gets_its_inputs_and_outputs() -> None:
    line = "python t.py --data ${{inputs.data}} --n ${{ inputs.n }} --out ${{outputs.model}} $HOME"
    found = expand(line, {"data": "/in", "n": "3"}, {"model": "/out"})
    assert found == "python t.py --data /in --n 3 --out /out $HOME"


@pytest.mark.parametrize("line", ["${{inputs.x}}", "${{parent.inputs.x}}", "${{outputs.x}}", "${{}}"])
def test_an_expression_without_meaning_is_refused(line: str) -> None:
    with pytest.raises(ArmError, match="which the job does not have"):
        expand(line, {}, {})


def test_an_outputs_address_may_name_its_job() -> None:
    assert expand_output_uri("azureml://x/${{name}}/${{output_name}}", "j", "o") == "azureml://x/j/o"
    with pytest.raises(ArmError):
        expand_output_uri("azureml://x/${{default_datastore}}", "j", "o")


def test_addresses_of_data_are_understood() -> None:
    short = parse_place("azureml://datastores/workspaceblobstore/paths/a/b/")
    assert short is not None
    assert (short.datastore, short.path) == ("workspaceblobstore", "a/b")
    assert parse_place(short.long_uri(_SCOPE)) == short
    output = parse_job_output("azureml://jobs/j1/outputs/model_out/paths/sub")
    assert output is not None
    assert (output.job, output.output, output.path) == ("j1", "model_out", "sub")
    assert parse_blob_url("https://127.0.0.1:1/local.blob.core.local/code-1/dir/f") == ("code-1", "dir/f")
    assert parse_blob_url("https://elsewhere/container/file") is None


def test_a_filter_is_and_of_ors() -> None:
    wanted = parse(
        "deployment eq 'green' and statusCodeClass eq '4xx' or statusCodeClass eq '5xx'",
        ENDPOINT_METRICS["requestsperminute"],
    )
    assert wanted.holds({"deployment": "green", "statusCodeClass": "5xx"})
    assert not wanted.holds({"deployment": "green", "statusCodeClass": "2xx"})
    assert not wanted.holds({"deployment": "blue", "statusCodeClass": "5xx"})
    assert wanted.dimensions == ("deployment", "statusCodeClass")


def test_a_certificate_is_reused_until_it_nears_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tls.ensure_certificate(tmp_path).certificate.read_bytes()
    assert tls.ensure_certificate(tmp_path).certificate.read_bytes() == first
    monkeypatch.setattr(tls, "RENEW_BEFORE", timedelta(days=398))
    renewed = tls.ensure_certificate(tmp_path)
    assert renewed.certificate.read_bytes() != first
    context = ssl.create_default_context(cafile=str(renewed.bundle))
    assert len(context.get_ca_certs()) > 20  # the world's authorities and ours


def test_the_authoritys_key_is_nowhere(tmp_path: Path) -> None:
    tls.ensure_certificate(tmp_path)
    keys = [path.name for path in tmp_path.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert keys == ["server.key"]
