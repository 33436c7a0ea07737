"""Following by polling: each line once and in order, whatever the answers look like."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from retailctl.workflows.logs.overlap import REMEMBERED, News, Overlap, Window


@dataclass
class Follower:
    """Polls a text as the service shows it, and keeps what came out."""

    overlap: Overlap = field(default_factory=Overlap)
    out: list[str] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)

    def poll(self, text: str, asked: int) -> News:
        news = self.overlap.news(Window.of(text, asked))
        self.out += news.lines
        self.breaks += [news.broken] if news.broken else []
        return news


def tail(lines: list[str], asked: int, ending: str = "\n") -> str:
    shown = lines[-asked:]
    return "\n".join(shown) + (ending if shown else "")


def numbered(count: int, start: int = 0) -> list[str]:
    return [f"line {number}" for number in range(start, start + count)]


growth = st.lists(st.integers(0, 12), min_size=1, max_size=12)


@given(growth, st.integers(1, 30))
def test_lines_that_differ_come_once_and_in_order_whenever_answers_overlap(steps: list[int], asked: int) -> None:
    log: list[str] = []
    follower = Follower()
    shown: list[str] = []
    for step in steps:
        lost = len(log) > 0 and step >= asked
        assume(not lost)
        log += numbered(step, len(log))
        follower.poll(tail(log, asked), asked)
        shown = shown or log[-asked:]
    first = log.index(shown[0]) if shown else 0
    assert follower.out == log[first:]
    assert follower.breaks == []


@given(st.lists(st.lists(st.sampled_from("ab"), max_size=6), min_size=1, max_size=10))
def test_identical_lines_come_out_exactly_while_the_answer_is_the_whole_log(chunks: list[list[str]]) -> None:
    log: list[str] = []
    follower = Follower()
    for chunk in chunks:
        log += chunk
        follower.poll(tail(log, 1000), 1000)
    assert follower.out == log
    assert follower.breaks == []


@settings(max_examples=300)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=4), min_size=1, max_size=10), st.integers(5, 12))
def test_a_repeating_log_never_gives_a_line_twice_or_out_of_order(chunks: list[list[str]], asked: int) -> None:
    log: list[str] = []
    follower = Follower()
    for chunk in chunks:
        log += chunk
        follower.poll(tail(log, asked), asked)
    rest = iter(log)
    assert all(line in rest for line in follower.out), "what came out is a subsequence of the log"
    assert follower.breaks == []


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40), st.integers(3, 20))
def test_a_line_half_written_is_held_until_it_is_whole(cuts: list[int], asked: int) -> None:
    whole = "".join(f"{line}\n" for line in numbered(asked - 1))
    follower = Follower()
    position = 0
    for cut in cuts:
        grown = min(len(whole), position + cut)
        assume(grown != position or whole[:position].endswith("\n") or not position)
        position = grown
        follower.poll(whole[:position], asked)
    follower.poll(whole, asked)
    assert follower.out == numbered(asked - 1)


def test_an_answer_without_a_last_line_end_comes_out_on_the_next_poll() -> None:
    follower = Follower()
    follower.poll("one\ntwo", 10)
    assert follower.out == ["one"]
    follower.poll("one\ntwo", 10)
    follower.poll("one\ntwo", 10)
    assert follower.out == ["one", "two"]
    follower.poll("one\ntwo\nthree", 10)
    assert follower.overlap.rest().lines == ("three",)
    assert follower.overlap.rest().lines == ()


def test_a_line_that_stood_still_and_then_grew_is_given_whole() -> None:
    follower = Follower()
    for text in ("one\nload", "one\nload", "one\nloading done\n", "one\nloading done\ntwo\n"):
        follower.poll(text, 10)
    assert follower.out == ["one", "load", "loading done", "two"]
    assert follower.breaks == []


def test_lost_lines_are_reported_as_a_gap() -> None:
    follower = Follower()
    follower.poll(tail(numbered(10), 5), 5)
    news = follower.poll(tail(numbered(30), 5), 5)
    assert news == News(tuple(numbered(5, 25)), "gap")


def test_a_log_that_began_anew_is_reported_as_a_restart() -> None:
    follower = Follower()
    follower.poll(tail(numbered(4), 100), 100)
    news = follower.poll("starting\n", 100)
    assert news == News(("starting",), "restart")
    assert follower.poll("starting\nready\n", 100) == News(("ready",))


def test_an_emptied_log_says_nothing_until_it_has_lines_again() -> None:
    follower = Follower()
    follower.poll("one\ntwo\n", 100)
    assert follower.poll("", 100) == News()
    assert follower.poll("three\n", 100) == News(("three",), "restart")


def test_a_rotated_log_that_lost_its_head_goes_on_without_a_break() -> None:
    follower = Follower()
    follower.poll(tail(numbered(10), 100), 100)
    assert follower.poll(tail(numbered(4, 8), 100), 100) == News(tuple(numbered(2, 10)))


def test_an_answer_whose_first_line_lost_its_beginning_still_meets() -> None:
    follower = Follower()
    follower.poll("first line\nsecond line\nthird line\n", 3)
    assert follower.poll("nd line\nthird line\nfourth line\n", 3) == News(("fourth line",))


def test_an_answer_that_reaches_further_back_meets_in_its_middle() -> None:
    follower = Follower()
    follower.poll(tail(numbered(10), 3), 3)
    assert follower.poll(tail(numbered(12), 50), 50) == News(("line 10", "line 11"))


def test_a_longer_answer_is_worth_asking_for_when_a_short_one_does_not_meet() -> None:
    overlap = Overlap()
    overlap.news(Window.of(tail(numbered(10), 5), 5))
    assert not overlap.meets(Window.of(tail(numbered(30), 5), 5))
    assert overlap.meets(Window.of(tail(numbered(30), 50), 50))


def test_line_ends_of_windows_are_no_part_of_a_line() -> None:
    assert Follower().poll("one\r\ntwo\r\n", 10).lines == ("one", "two")


def test_memory_is_bounded() -> None:
    follower = Follower()
    follower.poll(tail(numbered(REMEMBERED + 50), REMEMBERED + 100), REMEMBERED + 100)
    assert follower.poll(tail(numbered(REMEMBERED + 55), 100), 100).lines == tuple(numbered(5, REMEMBERED + 50))
