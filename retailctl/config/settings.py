"""Every setting, a row each: name, type, default, meaning, and the environment variables it may come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from retailctl.config.connection import CREDENTIALS, CloudEndpoints
from retailctl.domain.names import check_name
from retailctl.errors import InvalidConfig

LOCAL_PROFILE = "local"
"""The profile that needs no entry in retailctl.toml: the local Azure ML fills it in."""

Scalar = str | int | bool | None


@dataclass(frozen=True)
class Row:
    """One setting; ``unprefixed`` is an environment name that was in use before retailctl."""

    name: str
    default: Scalar
    meaning: str
    unprefixed: str | None = None
    check: Callable[[str], object] | None = None
    choices: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    option: str | None = None
    """The flag, where it is not spelled as the name is."""

    @property
    def flag(self) -> str:
        """How a command line sets it, in the commands that take it."""
        return self.option or "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return "RETAILCTL_" + self.name.upper().replace(".", "_")

    def read(self, raw: object, origin: str) -> Scalar:
        """The value that ``raw`` (text, or TOML's own type) stands for.

        Raises:
            InvalidConfig: with the origin, the value and the rule.
        """
        value = _convert(self, raw, origin)
        if self.choices and value not in self.choices:
            raise _wrong(self, raw, origin, "one of " + ", ".join(self.choices))
        if self.bounds and isinstance(value, int) and not self.bounds[0] <= value <= self.bounds[1]:
            raise _wrong(self, raw, origin, f"{self.bounds[0]} to {self.bounds[1]}")
        if self.check and isinstance(value, str):
            self.check(value)
        return value


def _convert(row: Row, raw: object, origin: str) -> Scalar:
    if isinstance(row.default, bool):
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower()
        if word not in ("true", "false", "1", "0", "yes", "no"):
            raise _wrong(row, raw, origin, "true or false")
        return word in ("true", "1", "yes")
    if isinstance(row.default, int):
        if isinstance(raw, bool) or not str(raw).strip().lstrip("-").isdecimal():
            raise _wrong(row, raw, origin, "a whole number")
        return int(str(raw))
    if isinstance(raw, bool | float | list | dict):
        raise _wrong(row, raw, origin, "text")
    return str(raw)


def _wrong(row: Row, raw: object, origin: str, expected: str) -> InvalidConfig:
    return InvalidConfig(
        f"{row.name} = {raw!r} is not {expected}",
        reason=f"from {origin}",
        hint=f"set {row.name} to {expected}",
        details={"field": row.name},
    )


def _row(default: Scalar, meaning: str, **rest: Any) -> Any:
    return field(default=default, metadata={"row": {"default": default, "meaning": meaning, **rest}})


def _named(kind: str) -> Callable[[str], object]:
    return lambda text: check_name(kind, text)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one invocation; ``origin(name)`` says where each came from."""

    profile: str = LOCAL_PROFILE
    subscription_id: str | None = _row(None, "subscription of the workspace", option="--subscription")
    resource_group: str | None = _row(None, "resource group of the workspace", unprefixed="RESOURCE_GROUP")
    workspace_name: str | None = _row(None, "Azure ML workspace", unprefixed="WORKSPACE_NAME")
    tenant_id: str | None = _row(None, "Entra tenant to log in to")
    credential: str = _row("default", "how to log in", choices=CREDENTIALS)
    ca_bundle: str | None = _row(None, "file of certificate authorities to trust instead of the system's")
    endpoint_name: str = _row(
        "retail-forecast-endpoint",
        "online endpoint",
        unprefixed="ENDPOINT_NAME",
        check=_named("endpoint"),
        option="--endpoint",
    )
    model_name: str = _row("retail-forecast", "registered model", unprefixed="MODEL_NAME", check=_named("model"))
    model_version: str | None = _row(
        None, "model version to deploy; without one, the highest", unprefixed="MODEL_VERSION"
    )
    experiment_name: str = _row(
        "retail-demand-forecast", "experiment of training jobs", check=_named("experiment"), option="--experiment"
    )
    compute: str = _row("cpu-cluster", "compute cluster of training jobs", check=_named("compute"))
    instance_type: str = _row("Standard_DS3_v2", "VM size of a slot's instances", unprefixed="INSTANCE_TYPE")
    instance_count: int = _row(1, "instances of a slot", bounds=(1, 50))
    acr_name: str | None = _row(None, "Azure Container Registry, without .azurecr.io", unprefixed="ACR_NAME")
    registry: str | None = _row(None, "host of another registry, instead of acr_name")
    train_image: str = _row("retail/train", "repository of the training image")
    infer_image: str = _row("retail/infer", "repository of the inference image")
    python_version: str = _row("3.11", "Python of the images")
    data: str | None = _row(None, "training data: a folder, or an azureml: reference")
    app_insights_enabled: bool = _row(True, "send a slot's telemetry to Application Insights")
    request_timeout_ms: int = _row(60000, "milliseconds a slot may take for one request", bounds=(1, 180_000))
    runner: str = _row("auto", "what runs the images of the local Azure ML", choices=("auto", "docker", "process"))
    max_concurrent_requests: int = _row(4, "requests an instance handles at once", bounds=(1, 1000))
    cloud: CloudEndpoints = field(default_factory=CloudEndpoints)
    origins: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def origin(self, name: str) -> str:
        """Where the value of ``name`` came from, in words: ``profile prod (retailctl.toml)``."""
        return self.origins.get(name, "default")

    def value(self, name: str) -> Scalar:
        """The value of a row; ``cloud.NAME`` reads an address of the cloud."""
        head, _, tail = name.partition(".")
        owner = getattr(self, head)
        found: Scalar = getattr(owner, tail) if tail else owner
        return found


ROWS: tuple[Row, ...] = (
    *(Row(each.name, **each.metadata["row"]) for each in fields(Settings) if "row" in each.metadata),
    *(
        Row(
            f"cloud.{name}",
            getattr(CloudEndpoints(), name),
            "an address of the cloud, where it is not the public one",
        )
        for name in CloudEndpoints.names()
    ),
)
BY_NAME: Mapping[str, Row] = {row.name: row for row in ROWS}
