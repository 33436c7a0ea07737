"""The trial before a model is registered: it has to be better than the champion, or somebody insists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from retailctl.domain import tags
from retailctl.domain.comparison import DEFAULT_CONFIDENCE, Comparison
from retailctl.domain.resources import Job, ModelVersion
from retailctl.errors import InvalidInput
from retailctl.workflows.compare import (
    CompareResult,
    check_confidence,
    compare_found,
    figures,
    require_two,
    spoken_confidence,
)
from retailctl.workflows.contenders import Contender, find_contender, read_backtest
from retailctl.workflows.events import Caution, Notice
from retailctl.workflows.job_output import JobOutput
from retailctl.workflows.toolbox import Toolbox


@dataclass(frozen=True)
class Trial:
    """Whom the model was compared with and what came of it; empty where it was not."""

    champion: str | None = None
    comparison: Comparison | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    """What the model version carries of it."""


@dataclass(frozen=True)
class Terms:
    """Whom a model has to be better than (None: nobody), how surely, and whether it is registered all the same."""

    champion: str | None = None
    """As ``job compare`` takes it."""
    confidence: float = DEFAULT_CONFIDENCE
    force: bool = False

    @property
    def options(self) -> dict[str, str | bool | None]:
        """The terms as options of a command line."""
        return {"champion": self.champion, "confidence": spoken_confidence(self.confidence), "force": self.force}


def check_terms(terms: Terms) -> None:
    """Refuse terms that contradict each other before anything is asked.

    Raises:
        InvalidInput: force without a champion, or a confidence that is none.
    """
    check_confidence(terms.confidence)
    if terms.force and terms.champion is None:
        raise InvalidInput(
            "--force registers what the champion was not beaten by; no champion was named",
            reason="without --champion nothing is compared, and every model is registered",
            hint="the same line with --champion live",
        )


def hold_trial(tools: Toolbox, terms: Terms, job: Job, output: JobOutput | None, present: ModelVersion | None) -> Trial:
    """Compare the job's model with the champion, and go on only if it is better, or with ``force``.

    A model that is the champion already has nobody to beat.

    Args:
        output: the job's; None where nothing of it was needed, for nobody is to be beaten.
        present: the version that is the job's output already.

    Raises:
        CandidateRejected, Inconclusive: it is not better.
        InvalidData: one of the two has no backtest that can be compared.
        ResourceNotFound, WrongState, InvalidInput, InvalidName: as of ``job compare``, for the champion.
    """
    if terms.champion is None or output is None:
        return Trial()
    candidate, other = Contender.of_job(job), find_contender(tools, terms.champion)
    if present and candidate.is_also(other):
        tools.tell(Notice(f"{present.text} is the champion itself"))
        return Trial(other.name)
    require_two(candidate, other)
    own = read_backtest(tools, candidate, output.backtest)
    result = compare_found(tools, candidate, other, terms.confidence, own)
    if not terms.force:
        so = f"it was registered before, as {present.text}" if present else "nothing was registered"
        confidence = spoken_confidence(terms.confidence)
        compare = tools.line("job", "compare", candidate.name, other.name, confidence=confidence)
        forced = tools.line("register", job=job.name, champion=other.name, confidence=confidence, force=True)
        result.require_promoted(f"; {so}", hint=f"{compare} for every figure, or {forced}")
    elif result.comparison.verdict != "promoted":
        tools.tell(Caution(f"registering {candidate.name} although it is {result.comparison.verdict}"))
    return Trial(other.name, result.comparison, _tags(result))


def _tags(result: CompareResult) -> dict[str, str]:
    found = figures(result.comparison)
    return {
        tags.CHAMPION: result.champion.name,
        tags.VERDICT: str(found.pop("verdict")),
        tags.VERDICT_FIGURES: json.dumps(found),
    }
