"""The tenant, its token, and cursors into the middle of its lists. Runs inside the bench's own Django."""

from __future__ import annotations

from automate.events.queries import EventsFilter
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.runs.queries import RunsFilter
from bench.reads.rows import Flow, Loaded, make_flow
from bench.tenant import make_tenant
from graphql_schema.connections import binding_of, space_of
from tenants.models import Tenant
from tenants.services import OWNER
from tenants.tokens import mint


def make(slug: str) -> tuple[Flow, str]:
    ref = make_tenant(slug)
    with acting_for_platform("a token for the bench"):
        token, row = mint(Tenant.objects.get(id=ref.id), "reads bench", OWNER)
        row.save()
    return make_flow(ref), token


def cursors(flow: Flow, loaded: Loaded) -> tuple[str, str]:
    """Cursors of the run and of the event in the middle."""
    with acting_for(flow.tenant):
        runs, events = space_of("runs", binding_of(RunsFilter())), space_of("events", binding_of(EventsFilter()))
        return runs.seal_id(loaded.middle), events.seal_id(loaded.middle_event)
