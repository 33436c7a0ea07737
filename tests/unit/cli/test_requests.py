"""What each command line asks of its workflow; nothing is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retailctl.workflows.build import BuildRequest
from retailctl.workflows.catalogue.data import RegisterData
from retailctl.workflows.catalogue.endpoints import DeleteEndpoint, DeleteSlot
from retailctl.workflows.catalogue.models import DownloadModel, ListModels
from retailctl.workflows.cleanup import CleanupRequest
from retailctl.workflows.compare import CompareRequest
from retailctl.workflows.deploy import DeployRequest
from retailctl.workflows.images import ListImages
from retailctl.workflows.initialise import InitRequest
from retailctl.workflows.invoke import InvokeRequest
from retailctl.workflows.jobs import DownloadJob, ListJobs, StreamJob
from retailctl.workflows.logs import CONTAINERS, LogsRequest
from retailctl.workflows.register import RegisterRequest
from retailctl.workflows.rehearsal import RehearsalRequest
from retailctl.workflows.release import ReleaseRequest
from retailctl.workflows.render import RenderRequest
from retailctl.workflows.status import StatusRequest
from retailctl.workflows.train import TrainRequest
from retailctl.workflows.trial import Terms
from tests.unit.cli.conftest import Recording, Run

Asked = Callable[..., Any]

LINES: list[tuple[str, object]] = [
    ("build", BuildRequest()),
    ("build infer --dry-run", BuildRequest(images=("infer",), dry_run=True)),
    ("build --push --tag 1.4 --tag latest --no-cache", BuildRequest(push=True, tags=("1.4", "latest"), no_cache=True)),
    ("build infer --no-push --platform linux/amd64", BuildRequest(("infer",), push=False, platform="linux/amd64")),
    ("image list infer -L 5", ListImages("infer", 5)),
    ("image show retail/infer:1.4", "retail/infer:1.4"),
    ("image run --model m:7 --memory-mb 512", RehearsalRequest("m:7", memory_bytes=512 << 20)),
    ("train --no-wait --set seed=1 --set limits.timeout=60", TrainRequest(("seed=1", "limits.timeout=60"), wait=False)),
    ("train --timeout 1h30m --dry-run", TrainRequest(timeout_s=5400.0, dry_run=True)),
    ("train --champion retail-forecast:7", TrainRequest(champion="retail-forecast:7")),
    ("register --job brisk_fox", RegisterRequest("brisk_fox")),
    ("register --champion live --force", RegisterRequest(terms=Terms("live", force=True))),
    ("register --champion 3 --confidence 0.9", RegisterRequest(terms=Terms("3", 0.9))),
    ("deploy --slot green --model m:7 --force", DeployRequest("green", "m:7", force=True)),
    ("deploy --slot blue --no-preflight", DeployRequest("blue", preflight=False)),
    ("deploy --slot blue --plan --no-smoke-test", DeployRequest("blue", smoke_test=False, dry_run=True)),
    ("release --from deploy --resume", ReleaseRequest("deploy", True)),
    ("release --champion live", ReleaseRequest(champion="live")),
    ("status --no-metrics --window 1h", StatusRequest(window_s=3600.0, metrics=False)),
    ("invoke --slot GREEN --repeat 10 --timeout 5s", InvokeRequest(None, "green", 10, 5.0)),
    ("logs --slot green -f --lines 7", LogsRequest(("green",), lines=7, follow=True)),
    ("logs --container all --interval 500ms", LogsRequest(containers=CONTAINERS, interval_s=0.5)),
    ("cleanup --keep 1 --older-than 30d --purge", CleanupRequest(1, 30 * 86400.0, True)),
    ("cleanup --images", CleanupRequest(images=True)),
    ("init shop --force", InitRequest(Path("shop"), force=True)),
    ("job list -L 5 --status failed", ListJobs(5, "Failed")),
    ("job ls", ListJobs()),
    ("job stream j --timeout 90s --queue-timeout 1h --interval 1s", StreamJob("j", 3600.0, 90.0, 1.0)),
    ("job wait j", StreamJob("j")),
    ("job compare j m:3", CompareRequest("j", "m:3")),
    ("job compare j live --confidence 0.99", CompareRequest("j", "live", 0.99)),
    ("job cancel j", "j"),
    ("job download j --output-name model_out -p out", DownloadJob("j", Path("out"), "model_out")),
    ("model list -n m --archived", ListModels("m", True)),
    ("model delete m:3 --yes", "m:3"),
    ("model download m:3 -p out", DownloadModel("m:3", Path("out"))),
    ("env show e:1", "e:1"),
    ("endpoint delete old-endpoint --force -y", DeleteEndpoint(True)),
    ("endpoint delete --slot blue -y", DeleteSlot("blue")),
    ("endpoint regenerate-keys --key-type secondary -y", "secondary"),
    ("compute show cpu-cluster", "cpu-cluster"),
    ("data create sales -n retail-sales --version 2", RegisterData("retail-sales", "sales", "2")),
    ("template render deployment --slot green --check", RenderRequest("deployment", slot="green", check=True)),
]


@pytest.mark.parametrize(("line", "request_"), LINES, ids=[line for line, _ in LINES])
def test_a_line_asks_for(asked: Asked, line: str, request_: object) -> None:
    assert asked(*line.split()) == request_


def settings_of(run: Run, *arguments: str, **environ: str) -> Any:
    ended = run(*arguments, kind=Recording, environ=environ)
    assert ended.code == 0, ended.stderr
    assert isinstance(ended.runtime, Recording)
    assert ended.runtime.seen is not None
    return ended.runtime.seen.settings


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("train --data sales --compute gpu --experiment e", "compute", "gpu"),
        ("train --data azureml:sales:3", "data", "azureml:sales:3"),
        ("deploy --slot blue --instance-count 3 --instance-type Standard_F4s_v2", "instance_count", 3),
        ("status --endpoint other-endpoint", "endpoint_name", "other-endpoint"),
        ("endpoint show other-endpoint", "endpoint_name", "other-endpoint"),
        ("register --model-name other", "model_name", "other"),
        ("status -g group -w space --subscription sub", "workspace_name", "space"),
    ],
)
def test_options_named_after_settings_set_them(run: Run, line: str, name: str, value: object) -> None:
    settings = settings_of(run, *line.split())
    assert settings.value(name) == value
    assert settings.origin(name).startswith("flag")


def test_a_query_that_is_none_is_refused_before_anything_is_done(run: Run) -> None:
    ended = run("deploy", "--slot", "green", "--query", "changes[?", kind=Recording)
    assert ended.code == 6
    assert "is not JMESPath" in ended.stderr
    assert isinstance(ended.runtime, Recording)
    assert ended.runtime.asked == []


def test_a_flag_wins_over_the_environment(run: Run) -> None:
    environ = {"RETAILCTL_ENDPOINT_NAME": "from-environment", "ENDPOINT_NAME": "older"}
    assert settings_of(run, "status", **environ).endpoint_name == "from-environment"
    assert settings_of(run, "status", "--endpoint", "from-flag", **environ).endpoint_name == "from-flag"


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("logs --lines -1", 2, "--lines"),
        ("job stream x --timeout 90", 6, "90s, 30m"),
        ("job show not/a/name", 6, "cannot name a job"),
        ("job compare j", 2, "CHAMPION"),
        ("job compare j live --confidence much", 2, "--confidence"),
        ("deploy", 2, "--slot"),
        ("invoke --slot red", 6, "blue and green"),
        ("invoke --data {", 6, "not JSON"),
        ("status --endpoint x", 6, "3 to 32"),
        ("status --profile prod", 3, "there is no profile 'prod'"),
        ("job list --status faild", 2, "Did you mean Failed?"),
        ("release --from deplyo", 2, "Did you mean deploy?"),
        ("train --data", 2, "--data"),
    ],
)
def test_a_wrong_line_is_refused_before_any_work(run: Run, line: str, code: int, says: str) -> None:
    ended = run(*line.split(), kind=Recording)
    assert ended.code == code
    assert says in ended.stderr
    assert isinstance(ended.runtime, Recording)
    assert ended.runtime.asked == []


@pytest.mark.parametrize(
    "line",
    [
        "model delete m:3",
        "env delete e:1",
        "endpoint delete",
        "endpoint delete --slot blue",
        "endpoint regenerate-keys",
    ],
)
def test_deletion_off_a_terminal_wants_a_yes(run: Run, line: str) -> None:
    ended = run(*line.split(), kind=Recording)
    assert ended.code == 2
    assert "--yes" in ended.stderr
    assert isinstance(ended.runtime, Recording)
    assert ended.runtime.asked == []


@pytest.mark.parametrize("line", ["model delete m:3", "env delete e:1", "endpoint delete", "endpoint regenerate-keys"])
def test_what_is_only_planned_is_not_asked_about(run: Run, line: str) -> None:
    ended = run(*line.split(), "--dry-run", kind=Recording)
    assert ended.code == 0
    assert "?" not in ended.stderr


def test_deletion_is_asked_about_on_a_terminal(run: Run) -> None:
    declined = run("model", "delete", "m:3", kind=Recording, terminal=True, answer="n\n")
    assert declined.code == 1
    assert "Delete model m:3 for good? [y/N]" in declined.stderr
    agreed = run("model", "delete", "m:3", kind=Recording, terminal=True, answer="y\n")
    assert isinstance(agreed.runtime, Recording)
    assert [call[0] for call in agreed.runtime.asked] == ["delete_model"]


@pytest.mark.parametrize("line", ["traffic blue=100", "deploy --slot green", "rollback", "release --data d"])
def test_a_valid_line_of_a_release_never_asks(run: Run, line: str) -> None:
    ended = run(*line.split(), kind=Recording, terminal=True)
    assert ended.code == 0
    assert "[y/N]" not in ended.stderr


def test_certificates_that_are_not_there_are_named_before_anybody_logs_in(run: Run, tmp_path: Path) -> None:
    (tmp_path / "retailctl.toml").write_text(
        "[profiles.prod]\nsubscription_id='s'\nresource_group='g'\nworkspace_name='w'\nca_bundle='/no/such.pem'\n"
    )
    ended = run("job", "list", "--profile", "prod")
    assert ended.code == 6
    assert "ca_bundle = /no/such.pem" in ended.stderr
    assert "profile prod (retailctl.toml)" in ended.stderr
