"""``automate deliveries``, ``redeliver`` and ``verify`` against a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from automate.cli.app import app
from automate.kernel.tenancy import acting_for
from automate.triggers.sources import save_source
from tests.conftest import NewTenant
from tests.support.facts import Naming, naming
from tests.support.source_requests import post

Command = Callable[..., Result]


@pytest.fixture
def command(web: str, tenant: NewTenant, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, beside a delivery of each outcome: a duplicate and a conflict of "open", and one that "token" refused."""
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant.token)
    save(tenant, "open", "UNSIGNED")
    save(tenant, "token", "BEARER", "the-first-token")
    path = f"/t/{tenant.ref.slug}/hooks"
    for kind in ("a", "a", "b"):
        post(f"{path}/open", b'{"type": "%s"}' % kind.encode(), **{"webhook-id": "w"})
    post(f"{path}/token", b'{"type": "c"}', Authorization="Bearer the-second-token")
    return lambda *words: CliRunner().invoke(app, list(words))


def save(tenant: NewTenant, slug: str, scheme: str, *secrets: str) -> None:
    with acting_for(tenant.ref):
        save_source(slug=slug, scheme=scheme, secrets=list(secrets) or None, options=None, expected_revision=None)


def rows(done: Result) -> list[list[str]]:
    assert done.exit_code == 0, done.output
    return [line.split() for line in done.output.splitlines()]


def test_deliveries_are_listed_newest_first_with_their_reasons(command: Command) -> None:
    listed = rows(command("deliveries"))
    assert [(row[1], row[2], row[3], row[5]) for row in listed] == [
        ("refused", "token", "-", "redeliverable"),
        ("conflict", "open", "b", "redeliverable"),
        ("duplicate", "open", "a", "-"),
    ]
    assert [row[6] if len(row) > 6 else "" for row in listed] == ["INVALID_SIGNATURE", "CONFLICT", ""]


def test_list_is_narrowed(command: Command) -> None:
    def outcomes(*words: str) -> list[str]:
        return [row[1] for row in rows(command("deliveries", *words))]

    assert outcomes("--source", "open") == ["conflict", "duplicate"]
    assert outcomes("--outcome", "refused", "--outcome", "duplicate") == ["refused", "duplicate"]
    assert outcomes("--code", "INVALID_SIGNATURE", "--since", "1h") == ["refused"]
    assert outcomes("--most", "1") == ["refused"]
    assert getattr(command("deliveries", "--source", "nowhere").exception, "message", "") == naming("nowhere")


def test_refused_one_is_taken_in_once_its_secret_is_known(command: Command, tenant: NewTenant) -> None:
    ((delivery, *_),) = rows(command("deliveries", "--outcome", "refused"))
    again = command("redeliver", delivery)
    assert again.exit_code == 1
    assert again.output.startswith("refused INVALID_SIGNATURE")
    save(tenant, "token", "BEARER", "the-second-token")
    ((word, event, kind, _trace),) = rows(command("redeliver", delivery))
    assert (word, kind) == ("event", "c")
    assert rows(command("deliveries", "--outcome", "refused"))[0][5:7] == ["became", event]


def test_conflict_becomes_an_event_of_its_own_where_that_is_said(command: Command) -> None:
    ((delivery, *_),) = rows(command("deliveries", "--outcome", "conflict"))
    assert command("redeliver", delivery).exit_code == 1
    assert rows(command("redeliver", delivery, "--new-keys"))[0][0] == "event"


def test_kept_delivery_is_verified_secret_by_secret(command: Command, tenant: NewTenant) -> None:
    ((delivery, *_),) = rows(command("deliveries", "--outcome", "refused"))
    said = command("verify", delivery)
    assert said.exit_code == 1
    assert said.output.split()[:3] == ["version", "1", "secret"]
    assert "first-token" not in said.output
    save(tenant, "token", "BEARER", "the-second-token")
    assert rows(command("verify", delivery))[0] == ["verified", "by", "secret", "version", "2"]


def test_captured_request_is_verified(command: Command, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b'{"type": "c"}')
    words = ["verify", "--source", "token", "--header", "Authorization: Bearer the-first-token"]
    assert rows(command(*words, "--body", f"@{body}"))[0] == ["verified", "by", "secret", "version", "1"]
    refused = command(*words, "--body", "no JSON")
    assert refused.exit_code == 1
    assert naming("INVALID_JSON") in refused.output.splitlines()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["verify"], naming("source")),
        (["verify", "x", "--source", "open"], naming("delivery", "request")),
        (["verify", "--source", "open", "--header", "x"], naming("--header", "x")),
    ],
)
def test_what_cannot_be_asked_is_one_message(command: Command, words: list[str], message: Naming) -> None:
    error: Any = command(*words).exception
    assert error.message == message
