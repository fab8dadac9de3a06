"""Backends are asked in their order, and one that fails lets nothing be sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.runs.secret_deletion import delete_secret
from automate.vault import resolving
from automate.vault.services import forget_expired, set_secret
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors
from tests.support.team_vault import TeamVault

STORED, TEAMS = "the stored value", "the value of the team's vault"
PATH = "tests.support.team_vault.TeamVault"


def use(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(settings, "AUTOMATE_SECRET_BACKENDS", list(names))
    resolving.backends.cache_clear()
    resolving.other_backends.cache_clear()


@pytest.fixture
def teams(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plane]:
    use(monkeypatch, "database", PATH)
    monkeypatch.setattr(TeamVault, "held", {(plane.tenant.slug, "KEY"): TEAMS, ("another-tenant", "THEIRS"): TEAMS})
    yield plane
    monkeypatch.undo()
    resolving.backends.cache_clear()
    resolving.other_backends.cache_clear()


def run_one(plane: Plane, scripted: Scripted, ref: str = "$secret:KEY") -> None:
    with connectors(scripted):
        patient = {"max_attempts": 2, "initial_seconds": 300, "max_seconds": 300}
        plane.publish("one", [{"key": "a", "uses": scripted.name, "with": {"key": ref}, "retry": patient}])
        plane.send({})
        plane.drain()


def test_backend_of_another_package_gives_a_value(teams: Plane) -> None:
    run_one(teams, scripted := Scripted())
    assert [call.input for call in scripted.calls] == [{"key": TEAMS}]
    assert teams.rows("SELECT backend, version FROM secret_resolution") == [("team", None)]
    with acting_for(teams.tenant):
        assert resolving.known_names() == {"KEY"}


def test_first_backend_that_holds_the_value_gives_it(teams: Plane) -> None:
    with acting_for(teams.tenant):
        set_secret(name="KEY", value=STORED, allowed={}, overlap_seconds=None, expected_revision=None)
    run_one(teams, scripted := Scripted())
    assert [call.input for call in scripted.calls] == [{"key": STORED}]


def test_secret_that_another_backend_holds_keeps_its_rule(teams: Plane) -> None:
    """Without its rule the backend's value could go to any host."""
    with acting_for(teams.tenant):
        set_secret(
            name="KEY",
            value=STORED,
            allowed={"allowed_hosts": ["api.example.com"]},
            overlap_seconds=None,
            expected_revision=None,
        )
        with pytest.raises(NormalizedError) as refused:
            delete_secret(name="KEY", version=None, force=True, expected_revision=None)
        assert (refused.value.code, refused.value.message) == ("SECRET_IN_USE", naming("KEY", "team"))
    assert teams.rows("SELECT allowed_hosts::text FROM secret") == [('["api.example.com"]',)]


def test_value_of_another_tenant_is_out_of_reach(teams: Plane) -> None:
    run_one(teams, scripted := Scripted(), "$secret:THEIRS")
    assert (scripted.calls, teams.runs()) == ([], [("failed", "SECRET_UNAVAILABLE")])


def test_backend_that_fails_lets_nothing_be_sent_and_the_call_is_retried(
    teams: Plane, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as away:
        away.setattr(TeamVault, "away", OSError(f"cannot read {TEAMS}"))
        run_one(teams, scripted := Scripted())
        assert (scripted.calls, teams.steps()) == ([], [("a", 1, "retrying", "UNAVAILABLE")])
        assert TEAMS not in capsys.readouterr().out, "the words of a backend may hold a value"
    with connectors(scripted):
        teams.pass_seconds(600)
        teams.drain()
    assert [call.input for call in scripted.calls] == [{"key": TEAMS}]


def test_last_try_promises_no_other_one(teams: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        away.setattr(TeamVault, "away", OSError("away"))
        run_one(teams, scripted := Scripted())
        with connectors(scripted):
            teams.pass_seconds(600)
            teams.drain()
    assert teams.runs() == [("failed", "UNAVAILABLE")]
    for (message,) in teams.rows("SELECT error->>'message' FROM step_run"):
        assert message == naming("team", "attempts")
        assert "is retried" not in message


@pytest.mark.parametrize("name", ["databse", "tests.support.team_vault.NoSuchVault", "no_such_package.Vault"])
def test_backend_that_cannot_be_used_is_refused_at_the_start(
    teams: Plane, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    use(monkeypatch, "database", name)
    with pytest.raises(ImproperlyConfigured, match="AUTOMATE_SECRET_BACKENDS"):
        apps.get_app_config("vault").ready()


def test_housekeeping_deletes_versions_whose_overlap_has_ended(plane: Plane) -> None:
    with acting_for(plane.tenant):
        for overlap in (None, 3_600):
            set_secret(name="KEY", value=STORED, allowed={}, overlap_seconds=overlap, expected_revision=None)
        forget_expired()
        assert plane.rows("SELECT number FROM secret_version ORDER BY number") == [(1,), (2,)]
        plane.root.execute(f"UPDATE {plane.tenant.schema}.secret_version SET expires_at = now() WHERE number = 1")
        forget_expired()
    assert plane.rows("SELECT number FROM secret_version") == [(2,)]
