"""A worker records the names of secrets that its environment holds; web reads these rows and holds no secret."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.db import OperationalError

from actors.environment_names import EnvironmentRecord
from automate.kernel.tenancy import acting_for
from automate.project.environment import forget_secrets
from automate.vault.backends.environment import EnvironmentBackend, variable_of
from tests.support.plane import Plane

VALUE = "sk_live_51-s3cret-value"


def known(plane: Plane) -> list[str]:
    with acting_for(plane.tenant):
        return list(EnvironmentBackend().names())


@pytest.fixture
def held(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> EnvironmentRecord:
    monkeypatch.setenv(variable_of(plane.tenant.slug, "STRIPE_KEY"), VALUE)
    monkeypatch.setenv("AUTOMATE_SECRET_NO_TENANT_HAS_THIS_SLUG__KEY", VALUE)
    return EnvironmentRecord()


def test_names_are_recorded_and_no_value(plane: Plane, held: EnvironmentRecord) -> None:
    assert known(plane) == []
    held.record()
    assert known(plane) == ["STRIPE_KEY"]
    ((row,),) = plane.rows("SELECT e::text FROM environment_names e")
    assert VALUE not in row


def test_names_of_several_workers_add_up_and_go_with_their_worker(
    plane: Plane, held: EnvironmentRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    held.record()
    monkeypatch.delenv(variable_of(plane.tenant.slug, "STRIPE_KEY"))
    monkeypatch.setenv(variable_of(plane.tenant.slug, "ERP_TOKEN"), VALUE)
    other = EnvironmentRecord()
    other.start()
    assert known(plane) == ["ERP_TOKEN", "STRIPE_KEY"]
    other.stop()
    assert known(plane) == ["STRIPE_KEY"]


def test_names_of_a_killed_worker_grow_stale_and_are_forgotten(plane: Plane, held: EnvironmentRecord) -> None:
    held.record()
    plane.root.execute(f"UPDATE {plane.tenant.schema}.environment_names SET seen_at = now() - interval '901 s'")
    assert known(plane) == []
    EnvironmentRecord().record()
    assert known(plane) == ["STRIPE_KEY"]
    assert plane.rows("SELECT count(*) FROM environment_names") == [(1,)]


def test_names_are_recorded_once_postgresql_is_back(
    plane: Plane, held: EnvironmentRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, times = EnvironmentRecord.record, iter([True])

    def away_once(this: EnvironmentRecord) -> None:
        if next(times, False):
            raise OperationalError("away")
        record(this)

    monkeypatch.setattr(EnvironmentRecord, "record", away_once)
    monkeypatch.setattr("actors.environment_names.AGAIN_SECONDS", 0.01)
    held.start()
    plane.until(lambda: known(plane) == ["STRIPE_KEY"])
    held.stop()
    assert known(plane) == []


@pytest.mark.parametrize("process", ["web", "relay", "scheduler"])
def test_other_processes_hold_no_secret(process: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine: dict[str, Any] = {
        "AUTOMATE_SECRET_ACME__STRIPE_KEY": VALUE,
        "AUTOMATE_VAULT_PRIVATE_KEYS": "k1:secret",
        "AUTOMATE_SECRET_KEY": "signs",
    }
    for name, value in mine.items():
        monkeypatch.setenv(name, value)
    forget_secrets("worker")
    assert mine.keys() <= os.environ.keys()
    forget_secrets(process)
    assert mine.keys() & os.environ.keys() == {"AUTOMATE_SECRET_KEY"}
