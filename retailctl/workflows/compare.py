"""Compare: is a candidate better than the champion, on the windows that both were tested on?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from retailctl.domain.comparison import DEFAULT_CONFIDENCE, Backtest, Comparison, decide
from retailctl.errors import CandidateRejected, Inconclusive, InvalidInput
from retailctl.workflows.contenders import Contender, fetch_backtest, find_contender
from retailctl.workflows.more_evidence import more_evidence
from retailctl.workflows.target import deploy_line
from retailctl.workflows.toolbox import Toolbox, step


@dataclass(frozen=True)
class CompareRequest:
    """Two models as people name them: a job, ``NAME:VERSION``, a version, or ``live``."""

    candidate: str
    champion: str
    confidence: float = DEFAULT_CONFIDENCE


@dataclass(frozen=True)
class CompareResult:
    """Who was compared, the verdict with its figures, and what comes next."""

    candidate: Contender
    champion: Contender
    comparison: Comparison
    next: str

    def require_promoted(self, consequence: str = "", *, hint: str | None = None) -> None:
        """Go on with a candidate that is better only.

        Args:
            consequence: what does not happen otherwise, for the message.
            hint: what can be done about it; by default what comes next.

        Raises:
            CandidateRejected: it is worse, or breaks a guard rail.
            Inconclusive: the windows do not tell.
        """
        found = self.comparison
        if found.verdict == "promoted":
            return
        kind = CandidateRejected if found.verdict == "rejected" else Inconclusive
        raise kind(
            f"{self.candidate.text} against {self.champion.text}: {found.verdict}{consequence}",
            reason=f"{found.reason}{in_words(found)}",
            hint=hint or self.next,
            details={"candidate": self.candidate.name, "champion": self.champion.name, **figures(found)},
        )


def compare(tools: Toolbox, request: CompareRequest) -> CompareResult:
    """Compare two models that have been trained; nothing is changed.

    Raises:
        InvalidInput, InvalidName: a name that is none, one model named twice, or a confidence out of bounds.
        InvalidData: a model without a backtest that can be compared.
        ResourceNotFound: there is no such job or model.
        WrongState: a job has not completed; ``live`` is not exactly one version.
    """
    check_confidence(request.confidence)
    candidate = find_contender(tools, request.candidate)
    champion = find_contender(tools, request.champion)
    require_two(candidate, champion)
    return compare_found(tools, candidate, champion, request.confidence)


def compare_found(
    tools: Toolbox, candidate: Contender, champion: Contender, confidence: float, own: Backtest | None = None
) -> CompareResult:
    """The same for contenders that were found already; ``own`` is the candidate's backtest, where it was read."""
    with step(tools, "compare", f"Comparing {candidate.name} with {champion.name}") as comparing:
        own = own or fetch_backtest(tools, candidate)
        other = fetch_backtest(tools, champion)
        found = decide(own, other, confidence)
        comparing.text = f"Compared {candidate.name} with {champion.name}: {found.verdict}"
    if found.verdict == "inconclusive":
        following = more_evidence(tools, candidate, champion, own, other, found)
    else:
        following = _next(tools, candidate, champion, found)
    return CompareResult(candidate, champion, found, following)


def check_confidence(value: float) -> None:
    """Refuse what is no confidence.

    Raises:
        InvalidInput: it is not between 0.5 and 1.
    """
    if not 0.5 <= value < 1:
        raise InvalidInput(
            f"a confidence of {value:g} is none",
            reason="it is a share, at least 0.5 and less than 1",
            hint=f"the same line with --confidence {DEFAULT_CONFIDENCE}",
        )


def spoken_confidence(value: float) -> str | None:
    """The confidence as an option of a command line; None for the default, which goes without saying."""
    return None if value == DEFAULT_CONFIDENCE else f"{value:g}"


def require_two(candidate: Contender, champion: Contender) -> None:
    """Refuse a comparison of a model with itself.

    Raises:
        InvalidInput: both are the output of one job.
    """
    if candidate.is_also(champion):
        raise InvalidInput(
            f"{candidate.name} and {champion.name} are the same model",
            reason="a model cannot be better than itself",
            hint="retailctl job list, or retailctl model list",
        )


def in_words(found: Comparison) -> str:
    """The figures that decided, after a colon; nothing where there were too few windows for any."""
    own, other = getattr(found.candidate, found.measure), getattr(found.champion, found.measure)
    if found.test is None:
        return ""
    test = found.test
    return (
        f": {found.measure.upper()} {own:.4f} against {other:.4f}, difference {test.difference:+.1%} "
        f"({found.confidence * 100:.4g} % interval {test.low:+.1%} to {test.high:+.1%}, {test.windows} windows)"
    )


def figures(found: Comparison) -> dict[str, object]:
    """What decided, in brief and flat; small enough for a tag."""
    test = found.test
    values = {
        "candidate_score": getattr(found.candidate, found.measure),
        "champion_score": getattr(found.champion, found.measure),
        **(
            {"difference": test.difference, "low": test.low, "high": test.high, "p_value": test.p_value} if test else {}
        ),
    }
    shown = {
        name: float(f"{value:.4g}") for name, value in values.items() if value is not None and math.isfinite(value)
    }
    return {"verdict": found.verdict, "measure": found.measure, **shown, "windows": len(found.windows)}


def _next(tools: Toolbox, candidate: Contender, champion: Contender, found: Comparison) -> str:
    if found.verdict == "rejected":
        return tools.line("job", "list") if candidate.model else tools.line("job", "show", candidate.name)
    if candidate.model is None:
        return tools.line(
            "register", job=candidate.name, champion=champion.name, confidence=spoken_confidence(found.confidence)
        )
    return deploy_line(tools, candidate.model)
