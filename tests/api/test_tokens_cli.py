"""``automate token``, through the API of a real server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from automate.cli.app import app
from automate.kernel.errors import NormalizedError
from tests.support.api import Api


@pytest.fixture
def command(web: str, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant.token)
    return lambda *words: CliRunner().invoke(app, ["token", *words])


def works(value: str) -> bool:
    return "data" in Api(value).answer("{ viewer { name } }")


def ends(value: str) -> bool:
    """Whether a token is refused within a second. Another process has ended it; this one remembers it briefly."""
    began = time.monotonic()
    while time.monotonic() - began < 1.0:
        if not works(value):
            return True
    return False


def test_token_is_created_rotated_listed_and_revoked_from_the_shell(command: Callable[..., Any]) -> None:
    words = (
        "create",
        "ci",
        "--role",
        "operator",
        "--scope",
        "view_runs",
        "--allow-ip",
        "127.0.0.1",
        "--expires-in",
        "90d",
    )
    made = command(*words)
    assert made.exit_code == 0, made.output
    value = made.stdout.strip()
    assert works(value)
    assert command("list").stdout.splitlines()[0].split()[:3] == ["active", value[:13], "operator:view_runs"]
    successor = command("rotate", "ci", "--overlap", "0s").stdout.strip()
    assert [ends(value), works(successor)] == [True, True]
    revoked = command("revoke", "ci")
    assert (revoked.exit_code, revoked.stdout.split()[0], ends(successor)) == (0, "revoked", True)
    assert [row.split()[0] for row in command("list", "--all").stdout.splitlines()] == ["revoked", "revoked", "active"]


def test_revocation_lists_tokens_that_were_made_with_it_and_ends_them(
    command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tenant: Any
) -> None:
    maker = command("create", "maker", "--role", "admin").stdout.strip()
    with monkeypatch.context() as as_maker:
        as_maker.setenv("AUTOMATE_TOKEN", maker)
        made = command("create", "made", "--role", "viewer").stdout.strip()
    first = command("revoke", "maker")
    assert [row.split()[0] for row in first.stdout.splitlines()] == ["revoked", "active"]
    assert works(made)
    maker_id = first.stdout.splitlines()[0].split()[-2]
    second = command("revoke", maker_id, "--and-its-tokens")
    assert [row.split()[0] for row in second.stdout.splitlines()] == ["revoked", "revoked"]
    assert ends(made)


def test_value_alone_is_on_standard_output(command: Callable[..., Any]) -> None:
    assert len(command("create", "ci", "--role", "viewer").stdout.split()) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("revoke", "nobody"), "NOT_FOUND"),
        (("rotate", "first token", "--overlap", "soon"), "BAD_USER_INPUT"),
        (("create", "ci", "--role", "emperor"), "BAD_USER_INPUT"),
        (("create", "ci", "--role", "viewer", "--expires-in", "9999999d"), "BAD_USER_INPUT"),
        (("rotate", "first token", "--overlap", "999999999d"), "BAD_USER_INPUT"),
    ],
)
def test_mistake_is_told_by_its_code(command: Callable[..., Any], words: tuple[str, ...], code: str) -> None:
    failed = command(*words)
    assert isinstance(failed.exception, NormalizedError)
    assert failed.exception.code == code


def test_name_of_two_tokens_is_ambiguous(command: Callable[..., Any]) -> None:
    for _ in range(2):
        assert command("create", "twin", "--role", "viewer").exit_code == 0
    failed = command("revoke", "twin")
    assert isinstance(failed.exception, NormalizedError)
    assert failed.exception.code == "CONFLICT"
