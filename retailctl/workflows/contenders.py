"""The models that are compared: found by what people call them, and their backtests fetched."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from retailctl.domain import tags
from retailctl.domain.comparison import Backtest, parse_backtest, without_windows
from retailctl.domain.references import ModelRef
from retailctl.domain.resources import Job, ModelVersion
from retailctl.errors import ResourceNotFound, WrongState
from retailctl.workflows.completed_job import named_job, require_completed
from retailctl.workflows.job_output import BACKTEST, OUTPUT
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.training_data import missing_data

LIVE = "live"
"""The word for the model version that takes the endpoint's traffic."""


@dataclass(frozen=True)
class Contender:
    """A model that is compared: a registered version, or the output of a job."""

    name: str
    """``name:version`` of a registered one, else the job."""
    job: str | None
    model: str | None
    data: str | None
    """Where its training data was, as far as that is known."""

    @classmethod
    def of_job(cls, job: Job) -> Contender:
        """The output of a job."""
        return cls(job.name, job.name, None, job.tags.get(tags.DATA))

    @classmethod
    def of_model(cls, model: ModelVersion) -> Contender:
        """A registered version."""
        return cls(model.text, model.tags.get(tags.JOB) or model.job, model.text, model.tags.get(tags.DATA))

    @property
    def text(self) -> str:
        """For messages: what kind of thing it is, and its name."""
        return f"model {self.name}" if self.model else f"job {self.name}"

    def is_also(self, other: Contender) -> bool:
        """Whether both are the output of one job."""
        return self.name == other.name or (self.job is not None and self.job == other.job)


def find_contender(tools: Toolbox, text: str) -> Contender:
    """The model that ``text`` names: ``NAME:VERSION``, a version of the settings' model, ``live``, or a job.

    Raises:
        InvalidName, InvalidInput: it can name neither a model version nor a job.
        ResourceNotFound: there is no such thing.
        WrongState: the job has not completed; for ``live``, not exactly one version takes traffic.
    """
    if text == LIVE:
        return Contender.of_model(_live_model(tools))
    if text.isascii() and text.isdecimal():
        return _registered(tools, ModelRef.parse(f"{tools.settings.model_name}:{text}"))
    if ":" in text or "@" in text:
        return _registered(tools, ModelRef.parse(text))
    job = named_job(tools, text)
    require_completed(job, "compared")
    return Contender.of_job(job)


def _registered(tools: Toolbox, ref: ModelRef) -> Contender:
    try:
        return Contender.of_model(tools.workspace.models.get(ref))
    except ResourceNotFound as error:
        error.hint = f"retailctl model list --name {ref.name}"
        raise


def _live_model(tools: Toolbox) -> ModelVersion:
    """The version in every slot that takes traffic."""
    name = tools.settings.endpoint_name
    endpoint = tools.workspace.endpoints.find(name)
    slots = tools.workspace.deployments.list(name) if endpoint else []
    models = sorted({slot.model for slot in slots if slot.model and endpoint and endpoint.traffic.get(slot.name)})
    if not models:
        raise WrongState(
            f"no slot of {name} takes traffic, so that no version is {LIVE}",
            reason="the first model of an endpoint has no champion to beat; leave --champion out",
            hint="retailctl status",
        )
    if len(models) > 1:
        raise WrongState(
            f"{' and '.join(models)} share the traffic of {name}",
            reason="which of them is the champion only you can say",
            hint=f"name {' or '.join(models)} instead of {LIVE}",
        )
    return tools.workspace.models.get(ModelRef.parse(models[0]))


def fetch_backtest(tools: Toolbox, contender: Contender) -> Backtest:
    """Download the model and read its backtest.

    Raises:
        InvalidData: it has none that can be compared.
    """
    with tempfile.TemporaryDirectory(prefix="retailctl-") as temporary:
        to, workspace = Path(temporary), tools.workspace
        if contender.model:
            folder = workspace.models.download(ModelRef.parse(contender.model), to)
        else:
            folder = workspace.jobs.download(contender.name, to, OUTPUT)
        found = sorted(folder.rglob(BACKTEST), key=lambda file: len(file.parts))
        return read_backtest(
            tools, contender, found[0].read_text(encoding="utf-8", errors="replace") if found else None
        )


def read_backtest(tools: Toolbox, contender: Contender, text: str | None) -> Backtest:
    """The backtest in the text of its file; None: there is no such file.

    Raises:
        InvalidData: it cannot be compared, with the command that trains a model that can.
    """
    again = tools.line("train", data=contender.data or missing_data(tools))
    if text is None:
        raise without_windows(contender.text, again)
    return parse_backtest(text, contender.text, again=again)
