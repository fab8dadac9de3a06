"""Each mutation of the schemas, done once with effect, in an order in which each finds something to act upon."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.recovery import poison
from graphql_schema.ids import global_id
from tests.support.api import Api
from tests.support.approvals import approvals, ask
from tests.support.endpoint_receiver import Hook, settle
from tests.support.near import let_reach_this_machine
from tests.support.people import MemberApi, new_member
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.source_requests import post

WEBHOOK_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NOTE = {"schema": 1, "steps": [{"key": "note", "uses": "log.write", "with": {"message": "hello"}}]}
WAITS = {"schema": 1, "steps": [{"key": "wait", "uses": "flow.delay", "with": {"seconds": 3600}}]}
WHEN = {"==": [{"var": "type"}, "x"]}
SAMPLE = {"type": "x", "payload": {}}
ENTRIES = """
SELECT (SELECT count(*) FROM audit_entry) + (SELECT count(*) FROM public.platform_audit_entry)
"""
OF_NO_TENANT = "SELECT count(*) FROM public.platform_audit_entry WHERE tenant_id IS NULL"
REASON = "by the test"


@dataclass
class Walker:
    """walked: how many entries each mutation wrote, by its name. of_platform: the same for the platform's schema."""

    plane: Plane
    api: Api
    platform: Api
    walked: dict[str, int] = field(default_factory=dict)
    of_platform: dict[str, int] = field(default_factory=dict)

    def act(
        self, name: str, wanted: dict[str, Any] | None, fields: str = "", api: Api | MemberApi | None = None
    ) -> Any:
        """The payload of a mutation that must succeed."""
        sender, before = api or self.api, self.entries()
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = (
            f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} errors {{ code message path }} }} }}"
        )
        if wanted is None:
            document = f"mutation {{ {name} {{ {fields} errors {{ code message path }} }} }}"
        payload = sender.data(document, **({} if wanted is None else {"input": wanted}))[name]
        assert payload["errors"] == [], (name, payload["errors"])
        walked = self.of_platform if sender is self.platform else self.walked
        walked[name] = walked.get(name, 0) + self.entries() - before
        return payload

    def entries(self) -> int:
        with acting_for(self.plane.tenant):
            ((count,),) = fetch(ENTRIES)
        with acting_for_platform("count entries of no tenant"):
            ((of_none,),) = fetch(OF_NO_TENANT)
        return int(count) + int(of_none)

    def walk(self) -> None:
        for part in (definitions, runs, approvals_and_effects, deliveries, jobs, endpoints, members, tenants):
            part(self)


def definitions(walker: Walker) -> None:
    act = walker.act
    for slug, definition in (("note", NOTE), ("waits", WAITS), ("draft", NOTE)):
        act("saveWorkflow", {"slug": slug, "name": slug, "definition": definition})
    act("deleteWorkflow", {"workflow": "draft"})
    for slug in ("note", "waits"):
        act("publishWorkflow", {"workflow": slug})
    act("saveWorkflow", {"slug": "note", "name": "note", "definition": WAITS})
    act("publishWorkflow", {"workflow": "note"})
    act("rollBackWorkflow", {"workflow": "note", "version": 1})
    for test in ({"workflow": "note"}, {"workflow": "note", "step": "note"}):
        name = "testStep" if "step" in test else "testWorkflow"
        act(name, {**test, "sample": SAMPLE, "connectors": "LIVE"})
    act("saveRule", {"slug": "rule", "name": "rule", "workflow": "waits", "when": WHEN})
    act("pauseRule", {"rule": "rule", "reason": REASON})
    act("resumeRule", {"rule": "rule"})
    backtest = act("backtestRule", {"rule": "rule"}, "backtest { id }")["backtest"]["id"]
    act("abortBacktest", {"backtest": backtest, "reason": REASON})
    act("pauseWorkflow", {"workflow": "note", "reason": REASON})
    act("resumeWorkflow", {"workflow": "note"})
    act("archiveWorkflow", {"workflow": "note", "reason": REASON})
    act("unarchiveWorkflow", {"workflow": "note"})
    every_hour = {"slug": "hourly", "name": "hourly", "eventType": "tick", "plan": {"interval": {"everySeconds": 3600}}}
    act("saveSchedule", every_hour)
    act("pauseSchedule", {"schedule": "hourly", "note": REASON})
    act("resumeSchedule", {"schedule": "hourly"})
    act("runScheduleNow", {"schedule": "hourly"})
    act("deleteSchedule", {"schedule": "hourly"})
    act("applyConfiguration", {"configuration": {"sources": [{"slug": "applied", "scheme": "UNSIGNED"}]}})
    parameters = {"webhook_secret": WEBHOOK_SECRET, "channel": "#errors"}
    act("installRecipe", {"recipe": "error-burst-to-slack", "parameters": parameters})
    act("saveSecret", {"name": "STRIPE_KEY", "allowedHosts": ["api.stripe.com"]})
    act("saveEventType", {"name": "order.created", "sensitivePaths": ["payload.email"]})
    act("deleteEventType", {"eventType": "order.created"})
    view = act("saveView", {"page": "runs", "name": "Failed", "search": "state=failed"}, "view { id }")["view"]["id"]
    act("deleteView", {"id": view})
    act("setSecret", {"name": "KEY", "value": "sk_1234"})
    act("deleteSecret", {"name": "KEY"})


def runs(walker: Walker) -> None:
    act, plane = walker.act, walker.plane
    event = act("ingestEvent", {"source": "api", "type": "x", "payload": {}}, "event { id }")["event"]["id"]
    act("ingestEvents", {"events": [{"type": "x", "payload": {}}]}, "results { index }")
    plane.drain()
    run = act("runWorkflow", {"workflow": "waits", "payload": {}}, "run { id }")["run"]["id"]
    plane.drain()
    act("pauseRuns", {"runs": [run], "reason": REASON})
    act("resumeRuns", {"runs": [run], "reason": REASON})
    act("cancelRuns", {"runs": [run], "reason": REASON})
    plane.drain()
    act("retryRuns", {"runs": [run], "from": "START", "version": "SAME", "reason": REASON})
    act("replayEvent", {"event": event})
    act(
        "revealPayload",
        {"event": event, "reason": REASON},
        api=MemberApi(None, plane.tenant, new_member(plane.tenant, "admin")),
    )
    started = {"kind": "CANCEL", "runs": {"states": ["WAITING"]}, "reason": REASON}
    bulk = act("startBulkOperation", started, "operation { id }")["operation"]["id"]
    act("abortBulkOperation", {"operation": bulk, "reason": REASON})
    act("deleteRule", {"rule": "rule"})


def approvals_and_effects(walker: Walker) -> None:
    act, plane = walker.act, walker.plane
    ask(plane)
    approval = approvals(plane)[0]
    about = {"approval": global_id("Approval", approval.id)}
    act("approvalLink", {**about, "recipient": "ada@example.com", "role": approval.roles[0].upper()})
    act("decideApproval", {**about, "outcome": "APPROVED", "shown": approval.shown_sha256})
    plane.drain()
    late = failing("CONNECTOR_TIMEOUT", arrived=True)
    with connectors(Scripted("unsafe", acts=(late,))):
        plane.publish("unsafe", [{"key": "a", "uses": "test.scripted"}], when={"==": [{"var": "type"}, "unsafe"]})
        plane.send({}, kind="unsafe")
        plane.drain()
    found = walker.api.data("{ effects(filter: {states: [UNCERTAIN]}) { edges { node { id } } } }")["effects"]["edges"]
    act("resolveEffect", {"effect": found[0]["node"]["id"], "resolution": "HAPPENED", "reason": REASON})
    budget = act("setBudget", {"metric": "RUNS", "window": "DAY", "limit": "1000000"}, "budget { id }")["budget"]["id"]
    act("deleteBudget", {"id": budget})
    act("saveNoticePolicy", {"pausesFailingWorkflows": True})
    act("saveNoticePolicy", {})
    act("saveRetention", {"policies": [{"dataClass": "RUNS", "days": 30}]})
    act("setBreaker", {"connector": "http.request", "host": "api.example", "mode": "OPEN", "reason": REASON})


def deliveries(walker: Walker) -> None:
    act, path = walker.act, f"/t/{walker.plane.tenant.slug}/hooks/token"
    act("saveSource", {"slug": "token", "scheme": "BEARER", "secrets": ["the-first-token"]})
    post(path, b'{"type": "c"}', Authorization="Bearer the-second-token")
    act("saveSource", {"slug": "token", "scheme": "BEARER", "secrets": ["the-second-token"]})
    refused = walker.api.data("{ deliveries { edges { node { id } } } }")["deliveries"]["edges"][0]["node"]["id"]
    act("redeliver", {"deliveries": [refused]})
    act("disableSource", {"source": "token"})
    act("enableSource", {"source": "token"})
    act("deleteSource", {"source": "token"})


def jobs(walker: Walker) -> None:
    plane = walker.plane
    plane.drain()
    plane.send({}, kind="x")
    (job,) = plane.claim()
    with acting_for(plane.tenant):
        poison.dead_letter([job], NormalizedError("INTERNAL", "Out of memory."))
    (group,) = walker.api.data("{ failureGroups(of: JOBS) { edges { node { fingerprint } } } }")["failureGroups"][
        "edges"
    ]
    walker.act("resolveFailures", {"of": "JOBS", **group["node"], "reason": REASON})
    walker.act("reopenFailures", {"of": "JOBS", **group["node"]})
    walker.act("redriveJobs", {"jobs": [global_id("OutboxJob", job.id)]})
    plane.send({}, kind="x")
    plane.root.execute("UPDATE public.outbox_job SET restored = true WHERE open AND tenant_id = %s", plane.tenant.id)
    walker.act("releaseRestored", {"all": True, "reason": REASON})


def endpoints(walker: Walker) -> None:
    act, plane = walker.act, walker.plane
    with Hook(500) as hook:
        let_reach_this_machine(plane)
        act("saveWebhookEndpoint", {"slug": "billing", "url": hook.url, "secrets": [WEBHOOK_SECRET]})
        given = {"endpoint": "billing", "type": "order.paid", "data": {}}
        step = {"key": "tell", "uses": "webhook.send", "with": given, "retry": {"max_attempts": 1}}
        plane.publish("hooks", [step], when={"==": [{"var": "type"}, "hooks"]})
        plane.send({}, kind="hooks")
        settle(plane)
        document = "{ webhookDeliveries(filter: {states: [FAILED]}) { edges { node { id } } } }"
        failed = walker.api.data(document)["webhookDeliveries"]["edges"][0]["node"]["id"]
        act("resendWebhookDeliveries", {"deliveries": [failed]})
    act("deleteWebhookEndpoint", {"webhookEndpoint": "billing"})


def members(walker: Walker) -> None:
    act, tenant = walker.act, walker.plane.tenant
    invited = {"email": "jane@example.test", "role": "VIEWER"}
    invitation = act("inviteMember", invited, "invitation { id }")["invitation"]["id"]
    act("resendInvitation", {"invitation": invitation})
    act("revokeInvitation", {"invitation": invitation})
    first, second = new_member(tenant, "viewer"), new_member(tenant, "viewer")
    known = walker.api.data("{ members { edges { node { id userId } } } }")["members"]["edges"]
    (member,) = [edge["node"]["id"] for edge in known if edge["node"]["userId"] == str(first.id)]
    act("changeMemberRole", {"member": member, "role": "EDITOR"})
    act("removeMember", {"member": member})
    act("leaveTenant", None, api=MemberApi(None, tenant, second))


def tenants(walker: Walker) -> None:
    act, platform, slug = walker.act, walker.platform, walker.plane.tenant.slug
    act("pauseTenant", {"reason": REASON})
    act("resumeTenant", None)
    token = act("createToken", {"name": "ci", "role": "VIEWER"}, "token { id }")["token"]["id"]
    token = act("rotateToken", {"token": token, "overlapSeconds": 0}, "token { id }")["token"]["id"]
    act("revokeToken", {"token": token})
    act("exportTenant", {"reason": REASON})
    act("deleteTenant", {"tenant": slug, "reason": REASON})
    act("cancelTenantDeletion", None)
    act("deleteTenant", {"tenant": slug, "reason": REASON}, api=platform)
    act("cancelTenantDeletion", {"tenant": slug}, api=platform)
    act("suspendTenant", {"tenant": slug, "reason": REASON}, api=platform)
    act("resumeTenant", {"tenant": slug}, api=platform)
    act("holdRetention", {"tenant": slug, "reason": REASON}, api=platform)
    act("releaseRetention", {"tenant": slug}, api=platform)
    known = platform.data("{ tenants(first: 100) { edges { node { slug externalId } } } }")["tenants"]["edges"]
    (external_id,) = [edge["node"]["externalId"] for edge in known if edge["node"]["slug"] == slug]
    act("savePlan", {"slug": f"of-{slug}", "budgets": []}, api=platform)
    renamed = {"externalId": external_id, "slug": slug, "name": "Renamed"}
    act("upsertTenants", {"tenants": [{**renamed, "plan": f"of-{slug}"}]}, api=platform)
    act("savePlan", {"slug": f"of-{slug}", "weight": 2, "budgets": []}, api=platform)
    act("savePlan", {"slug": f"no-{slug}", "budgets": []}, api=platform)
    act("deletePlan", {"slug": f"no-{slug}"}, api=platform)
    about = {"tenant": slug, "reason": REASON}
    new = act("reissueTenantToken", {**about, "name": "spare"}, "token { id }", api=platform)["token"]["id"]
    act("revokeTenantToken", {**about, "token": new}, api=platform)
