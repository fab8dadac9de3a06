"""Databases of earlier releases are migrated to this one, whose processes finish the runs that were open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.processes import TENANT, Platform
from tests.support.release_checks import CHECKS, failed
from tests.support.release_receiver import outside
from tests.support.release_restore import Restored, restored
from tests.support.release_upgrade import Upgraded
from tests.support.releases import releases

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=releases(), ids=lambda release: release.name)
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    with restored(request.param, tmp_path_factory.mktemp("release")) as found:
        found.migrate()
        yield found


@contextmanager
def upgraded(found: Restored, home: Path) -> Iterator[Upgraded]:
    """This release at work on the restored database, until its runs have ended."""
    with outside() as receiver, Platform(home, found.database, **found.keys) as platform:
        platform.start_all("web", "relay", "worker")
        with closing(Upgraded(found, platform, receiver)) as at_work:
            at_work.go_on()
            yield at_work


def test_open_runs_end_and_old_names_are_known(migrated: Restored, tmp_path: Path) -> None:
    with upgraded(migrated.copy("whole"), tmp_path) as at_work:
        assert failed(at_work) == {}


DAMAGE = {
    "DELETE FROM public.api_token WHERE tenant_id = (SELECT id FROM public.tenant WHERE slug = 'globex')": {
        "tokens",
        "foreign_ids",
    },
    "DELETE FROM public.outbox_job WHERE state = 'dispatched'": {"new_runs"},
    "UPDATE execution_run SET state = 'cancelled' WHERE state = 'timed_out'": {"runs"},
    "DELETE FROM event_key WHERE key = 'order-1'": {"idempotency_keys"},
    "UPDATE source SET secrets = jsonb_set(secrets, '{0,sealed}', '\"v1.lost.x\"') WHERE slug = 'shop'": {
        "webhooks_received"
    },
    "UPDATE webhook_endpoint SET secrets = '[]'": {"webhooks_sent"},
    "UPDATE secret SET allowed_hosts = '[\"other.example\"]'": {"secrets"},
    "DELETE FROM backtest": {"long_work"},
    "REVOKE INSERT ON operation_key FROM ROLE": {"idempotency_keys", "refusals"},
    "UPDATE run_log SET reason = 'other' WHERE to_state = 'cancelled'": {"final_runs"},
    "DELETE FROM schedule": {"schedules", "ids"},
    "DELETE FROM effect WHERE state = 'confirmed' AND item = 0": {"effects"},
    "DELETE FROM step_run WHERE state = 'succeeded' AND item = 0": {"effects"},
}


def test_damaged_database_is_noticed(migrated: Restored, tmp_path: Path) -> None:
    """Each damage fails the checks that it touches, and no other one."""
    damaged = migrated.copy("damaged")
    with psycopg.connect(damaged.database.superuser_url, autocommit=True) as connection:
        ((schema,),) = connection.execute("SELECT schema_name FROM public.tenant WHERE slug = %s", [TENANT]).fetchall()
        connection.execute(f'SET search_path = "{schema}"')
        connection.execute("SET session_replication_role = replica")
        for statement in DAMAGE:
            assert connection.execute(statement.replace("ROLE", schema)).rowcount != 0, statement
    with upgraded(damaged, tmp_path) as at_work:
        assert failed(at_work).keys() == set().union(*DAMAGE.values())
        assert failed(at_work).keys() < CHECKS.keys()
