"""Those who look on while it happens: one counts what is held, one decides what nobody knows."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import psycopg
from psycopg import sql

from soak.connectors import UNSAFE
from soak.load import Load, UnansweredError
from soak.site import Limits, Site

LOOK_SECONDS, DECIDE_SECONDS = 0.5, 2.0
SCHEMAS = "SELECT slug, schema_name, id FROM public.tenant WHERE slug = ANY (%s)"
# One statement for all, so that all is of one moment.
COUNTS = """
SELECT {slug} AS tenant,
  (SELECT count(*) FROM {schema}.execution_run r WHERE r.finished_at IS NULL),
  (SELECT count(*) FROM {schema}.execution_run r
   WHERE r.finished_at IS NULL AND r.started_at IS NOT NULL AND r.parent_step_id IS NULL),
  (SELECT count(*) FROM public.budget_slot s WHERE s.tenant_id = {id}),
  (SELECT max(used) FROM public.budget b WHERE b.tenant_id = {id} AND b.metric = 'runs'),
  (SELECT coalesce(max(held), 0) FROM (
     SELECT count(*) AS held FROM {schema}.execution_run r JOIN {schema}.workflow w ON w.id = r.workflow_id
     JOIN {schema}.event_payload p ON p.event_id = r.event_id
     WHERE r.finished_at IS NULL AND r.started_at IS NOT NULL AND w.slug = 'one_by_one'
     GROUP BY convert_from(p.body, 'utf8')::jsonb ->> 'customer') keys),
  (SELECT count(*) FROM public.outbox_job j WHERE j.tenant_id = {id} AND j.open),
  (SELECT count(*) FROM public.outbox_job j WHERE j.tenant_id = {id} AND j.state = 'dead')
"""
UNCERTAIN = """
SELECT DISTINCT r.id FROM {schema}.execution_run r JOIN {schema}.step_run s ON s.run_id = r.id
JOIN {schema}.effect e ON e.run_id = r.id AND e.step_key = s.key
WHERE r.state = 'waiting' AND s.state = 'uncertain' AND e.connector = {unsafe}
"""


@dataclass(frozen=True)
class Count:
    """Of one tenant at one moment. begun: runs that have started and not ended, and that nobody awaits;
    key: the most of one key."""

    tenant: str
    open: int
    begun: int
    held: int
    spent: int
    key: int
    jobs: int
    dead: int


class Watch:
    """said: what was broken when it was looked at. latest: the last counts. looks: how many there were."""

    def __init__(self, site: Site, load: Load, limits: Sequence[Limits]) -> None:
        self._site, self._load = site, load
        self._limits = {each.slug: each for each in limits}
        with site.superuser() as connection:
            self._tenants = connection.execute(SCHEMAS, [list(self._limits)]).fetchall()
        self.said: list[str] = []
        self.latest: list[Count] = []
        self.looks = 0
        self._given_up: dict[uuid.UUID, None] = {}
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._rounds, args=(self.look, LOOK_SECONDS), name="counts", daemon=True),
            threading.Thread(target=self._rounds, args=(self._decide, DECIDE_SECONDS), name="decides", daemon=True),
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(30)

    @property
    def given_up(self) -> int:
        return len(self._given_up)

    def _rounds(self, act: Any, seconds: float) -> None:
        while not self._ended.wait(seconds):
            try:
                act()
            except (psycopg.Error, UnansweredError):
                continue  # Postgres or web was away: the next round sees the same

    def look(self) -> list[Count]:
        parts = [
            sql.SQL(COUNTS).format(slug=sql.Literal(slug), schema=sql.Identifier(schema), id=sql.Literal(tenant_id))
            for slug, schema, tenant_id in self._tenants
        ]
        with self._site.superuser() as connection:
            counts = [Count(*row) for row in connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()]
        self.latest = counts
        self.looks += 1
        for count in counts:
            limits = self._limits[count.tenant]
            for what, there, most in (
                ("budget slots are held", count.held, limits.most_at_once),
                ("runs have begun and not ended", count.begun, limits.most_at_once),
                ("runs are spent", count.spent, limits.most_runs),
                ("runs of one key go on", count.key, 1),
            ):
                if there > most:
                    self.said.append(f"{count.tenant}: {there} {what} of at most {most}")
        return counts

    def _decide(self) -> None:
        """What was unsafe to repeat and nobody knows about, a person gives up."""
        with self._site.superuser() as connection, httpx2.Client(timeout=10, trust_env=False) as client:
            for slug, schema, _ in self._tenants:
                query = sql.SQL(UNCERTAIN).format(schema=sql.Identifier(schema), unsafe=sql.Literal(UNSAFE))
                runs = [row[0] for row in connection.execute(query).fetchall()]
                for run in [run for run in runs if run not in self._given_up]:
                    self._load.cancel(client, slug, [run], f"give-up-{run}")
                    self._given_up[run] = None
