"""The watcher: counts resources in use during the soak."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from soak.site import Limits, Site

LOOK_SECONDS = 0.5
SCHEMAS = "SELECT slug, schema_name, id FROM public.tenant WHERE slug = ANY (%s)"
# One statement, so that all counts have one snapshot.
COUNTS = """
SELECT {slug} AS tenant,
  (SELECT count(*) FROM {schema}.execution_run r WHERE r.finished_at IS NULL),
  (SELECT count(*) FROM public.budget_slot s WHERE s.tenant_id = {id} AND s.working),
  (SELECT max(used) FROM public.budget b WHERE b.tenant_id = {id} AND b.metric = 'runs'),
  (SELECT coalesce(max(held), 0) FROM (
     SELECT count(*) AS held FROM {schema}.execution_run r JOIN {schema}.workflow w ON w.id = r.workflow_id
     JOIN {schema}.event_payload p ON p.event_id = r.event_id
     WHERE r.finished_at IS NULL AND r.started_at IS NOT NULL AND w.slug = 'one_by_one'
     GROUP BY convert_from(p.body, 'utf8')::jsonb ->> 'customer') keys),
  (SELECT count(*) FROM public.outbox_job j WHERE j.tenant_id = {id} AND j.open),
  (SELECT count(*) FROM public.outbox_job j WHERE j.tenant_id = {id} AND j.state = 'dead')
"""


@dataclass(frozen=True)
class Count:
    """The counts of one tenant at one time."""

    tenant: str
    open: int
    held: int
    """Run slots."""
    spent: int
    key: int
    """The most runs of one concurrency key."""
    jobs: int
    dead: int


class Watch:
    """Watches the limits.

    said: the violations. latest: the last counts. looks: the number of checks.
    """

    def __init__(self, site: Site, limits: Sequence[Limits]) -> None:
        self._site = site
        self._limits = {each.slug: each for each in limits}
        with site.superuser() as connection:
            self._tenants = connection.execute(SCHEMAS, [list(self._limits)]).fetchall()
        self.said: list[str] = []
        self.latest: list[Count] = []
        self.looks = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._rounds, name="counts", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join(30)

    def _rounds(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            try:
                self.look()
            except psycopg.Error:
                continue  # PostgreSQL was unavailable: the next round sees the same.

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
                ("run slots are held", count.held, limits.most_at_once),
                ("runs are spent", count.spent, limits.most_runs),
                ("runs of one key are open", count.key, 1),
            ):
                if there > most:
                    self.said.append(f"{count.tenant}: {there} {what} of at most {most}")
        return counts
