"""The family of errors keeps its promises to scripts."""

from __future__ import annotations

import inspect

import pytest

from retailctl import errors
from retailctl.errors import RetailctlError

FAMILY = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if issubclass(member, RetailctlError) and member is not RetailctlError
]
EXIT_CODES = {1, 3, 4, 5, 6, 7, 8, 9, 11}


def test_codes_are_unique_and_kebab_case() -> None:
    codes = [member.code for member in FAMILY]
    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() and "_" not in code for code in codes)


@pytest.mark.parametrize("member", FAMILY, ids=lambda member: member.__name__)
def test_every_class_has_a_meaning_an_exit_code_and_a_hint(member: type[RetailctlError]) -> None:
    assert member.__doc__
    assert member.exit_code in EXIT_CODES
    assert member("x").hint
    assert member.__name__ in (errors.__doc__ or ""), "the tree at the top of the module names it"


def test_children_keep_the_exit_code_of_their_family() -> None:
    for member in FAMILY:
        parent = member.__mro__[1]
        assert parent is RetailctlError or member.exit_code == parent.exit_code
