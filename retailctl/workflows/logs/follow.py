"""Show, and follow, the logs of one slot or of all: each line once, with a word where some are missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from retailctl.azureml.deployments import Container
from retailctl.domain.deadline import Deadline
from retailctl.errors import ResourceNotFound, Unavailable
from retailctl.workflows.events import Caution, Notice
from retailctl.workflows.logs.overlap import Break, News, Overlap, Window
from retailctl.workflows.toolbox import Toolbox

CONTAINERS: tuple[Container, ...] = ("storage-initializer", "inference-server")
"""In the order in which they run: the first fetches the model, the second serves it."""
WINDOWS = (500, 5_000)
"""Lines asked for while following; the longer answer only where the shorter one does not meet what was seen."""
PATIENCE_S = 300.0
"""How long a service that cannot be reached is asked again before following ends."""


@dataclass(frozen=True)
class LogsRequest:
    """Which logs, how much of them, and whether to stay."""

    slots: tuple[str, ...] = ()
    """Empty: every slot of the endpoint."""
    containers: tuple[Container, ...] = ("inference-server",)
    lines: int = 100
    follow: bool = False
    interval_s: float = 2.0


@dataclass(frozen=True)
class LogChunk:
    """New lines of one container; ``broken`` says what came before them: lines that were lost, or a new start."""

    slot: str
    container: Container
    lines: tuple[str, ...]
    broken: Break | None = None


@dataclass
class _Source:
    """One container's log, and how far it was read."""

    slot: str
    container: Container
    overlap: Overlap = field(default_factory=Overlap)

    def chunk(self, news: News) -> Iterator[LogChunk]:
        if news.lines or news.broken:
            yield LogChunk(self.slot, self.container, news.lines, news.broken)


def logs(tools: Toolbox, request: LogsRequest) -> Iterator[LogChunk]:
    """The last lines of each container and, while following, every new one until the caller stops asking.

    Ctrl-C may come at any moment: nothing is left running and nothing has to be put away.

    Raises:
        ResourceNotFound: there is no such endpoint or slot.
        Unavailable: the service could not be reached for five minutes.
    """
    sources = _sources(tools, request)
    for source in sources:
        yield from _last_lines(tools, source, request)
    if request.follow:
        yield from _follow(tools, sources, request.interval_s)


def _sources(tools: Toolbox, request: LogsRequest) -> list[_Source]:
    name = tools.settings.endpoint_name
    there = [slot.name for slot in tools.workspace.deployments.list(name)]
    if not there:
        raise ResourceNotFound(f"endpoint '{name}' has no slot", hint="retailctl deploy --slot blue")
    for slot in request.slots:
        if slot not in there:
            raise ResourceNotFound(
                f"endpoint '{name}' has no slot '{slot}'",
                reason="its slots are " + ", ".join(there),
                hint=f"retailctl logs --slot {there[0]}",
            )
    return [_Source(slot, container) for slot in request.slots or there for container in request.containers]


def _ask(tools: Toolbox, source: _Source, lines: int) -> Window:
    name = tools.settings.endpoint_name
    return Window.of(tools.workspace.deployments.logs(name, source.slot, source.container, lines), lines)


def _last_lines(tools: Toolbox, source: _Source, request: LogsRequest) -> Iterator[LogChunk]:
    """The end of a log. To follow it, more is read than is shown, so that the next answer can be placed."""
    asked = max(request.lines, WINDOWS[0]) if request.follow else request.lines
    lines = source.overlap.news(_ask(tools, source, asked)).lines
    if not request.follow:
        lines = (*lines, *source.overlap.rest().lines)
    yield from source.chunk(News(lines[-request.lines :] if request.lines else ()))


def _follow(tools: Toolbox, sources: Sequence[_Source], interval_s: float) -> Iterator[LogChunk]:
    reachable_until = Deadline.after(tools.clock, PATIENCE_S)
    following, told = list(sources), False
    while following:
        tools.clock.sleep(interval_s)
        for source in tuple(following):
            try:
                yield from source.chunk(_news(tools, source))
                reachable_until, told = Deadline.after(tools.clock, PATIENCE_S), False
            except ResourceNotFound:
                following.remove(source)
                tools.tell(Notice(f"slot {source.slot} is gone; its log ends here"))
                yield from source.chunk(source.overlap.rest())
            except Unavailable as error:
                if reachable_until.passed:
                    raise
                if not told:
                    tools.tell(Caution(f"{error.message}; asking again"))
                told = True


def _news(tools: Toolbox, source: _Source) -> News:
    """What the shortest answer that meets what was seen adds."""
    short, long = WINDOWS
    window = _ask(tools, source, short)
    if not source.overlap.meets(window) and not window.whole:
        window = _ask(tools, source, long)
    return source.overlap.news(window)
