"""``automate member``, through the API of a real server."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from automate.cli.app import app
from automate.kernel.errors import NormalizedError
from tests.support.people import new_member


@pytest.fixture
def command(web: str, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant.token)
    return lambda *words: CliRunner().invoke(app, ["member", *words])


def rows(command: Callable[..., Any]) -> list[list[str]]:
    return [line.split() for line in command("list").stdout.splitlines()]


def test_members_are_invited_listed_changed_and_removed_from_the_shell(
    command: Callable[..., Any], tenant: Any
) -> None:
    keeper, other = new_member(tenant.ref, "owner"), new_member(tenant.ref, "viewer")
    email = f"{secrets.token_hex(6)}@example.test"
    assert command("invite", email, "--role", "editor").exit_code == 0
    assert [row[:3] for row in rows(command)] == [
        ["viewer", "active", other.email],
        ["owner", "active", keeper.email],
        ["editor", "open,", "mail"],
    ]
    assert command("role", other.email.upper(), "admin").stdout.split()[:3] == ["admin", "active", other.email]
    assert command("remove", other.email).exit_code == 0
    assert command("remove", email).stdout.split()[:2] == ["editor", "revoked,"]
    assert [row[2] for row in rows(command)] == [keeper.email]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("remove", "nobody@example.test"), "NOT_FOUND"),
        (("invite", "nobody", "--role", "viewer"), "BAD_USER_INPUT"),
        (("invite", "jane@example.test", "--role", "god"), "BAD_USER_INPUT"),
    ],
)
def test_refusals_name_their_code(command: Callable[..., Any], words: tuple[str, ...], code: str) -> None:
    failed = command(*words)
    assert isinstance(failed.exception, NormalizedError)
    assert failed.exception.code == code
