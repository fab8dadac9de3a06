"""A workflow that is a draft alone can go; what was published or has run cannot."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connections

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.workflows import services
from tests.support.api import MAIN_JOB, Api
from tests.support.facts import naming
from tests.support.plane import Plane

DELETE = "mutation($i: DeleteWorkflowInput!) { deleteWorkflow(input: $i) { deletedId errors { code path message } } }"
WORKFLOW = "query($slug: String!) { workflow(slug: $slug) { id revision } }"
NODE = "query($id: ID!) { node(id: $id) { id } }"
LIVE = """mutation { testWorkflow(input: {workflow: "flow", connectors: LIVE, sample: {type: "x", payload: {}}})
  { run { id } errors { code message path } } }"""
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
TEXT: Any = {"schema": 1, "steps": [{"key": "say", "uses": "log.write", "with": {"message": "x"}}]}


def save(api: Api, slug: str = "flow", definition: Any = TEXT) -> Any:
    given = {"slug": slug, "name": "Flow", "definition": definition}
    saved = api.data(MAIN_JOB["SaveWorkflow"], input=given)["saveWorkflow"]
    assert saved["errors"] == []
    return saved["workflow"]


def rule(api: Api, slug: str, workflow: str = "flow") -> None:
    given = {"slug": slug, "name": slug, "workflow": workflow, "when": {"==": [1, 1]}}
    assert api.data(MAIN_JOB["SaveRule"], input=given)["saveRule"]["errors"] == []


def delete(api: Api, slug: str = "flow", **given: Any) -> Any:
    return api.data(DELETE, i={"workflow": slug, **given})["deleteWorkflow"]


def refused(api: Api, **given: Any) -> tuple[str, list[str], str]:
    answer = delete(api, **given)
    (error,) = answer["errors"]
    assert answer["deletedId"] is None
    return error["code"], error["path"], error["message"]


def test_draft_goes_and_its_slug_is_free(api: Api, plane: Plane) -> None:
    save(api, definition={"schema": 1, "steps": [{"key": "wrong"}]})
    made = api.data(WORKFLOW, slug="flow")["workflow"]
    assert delete(api, expectedRevision=made["revision"]) == {"deletedId": made["id"], "errors": []}
    assert api.data(WORKFLOW, slug="flow")["workflow"] is api.data(NODE, id=made["id"])["node"] is None
    assert plane.rows(
        "SELECT object_label, changes #>> '{name,0}', changes #> '{name,1}' FROM audit_entry WHERE action = 'workflow.delete'"
    ) == [("flow", "Flow", "null")]
    assert refused(api)[:2] == ("NOT_FOUND", ["workflow"])
    save(api)
    again = api.data(WORKFLOW, slug="flow")["workflow"]
    assert (again["id"] != made["id"], again["revision"]) == (True, 1)


def test_archived_draft_goes(api: Api) -> None:
    save(api)
    api.data('mutation { archiveWorkflow(input: {workflow: "flow", reason: "x"}) { errors { code } } }')
    assert delete(api)["errors"] == []


def test_what_was_published_stays_and_archive_is_named(api: Api, plane: Plane) -> None:
    save(api)
    assert api.data(MAIN_JOB["PublishWorkflow"], input={"workflow": "flow"})["publishWorkflow"]["errors"] == []
    assert refused(api) == ("CONFLICT", ["workflow"], naming("published", "archiveWorkflow"))
    assert plane.rows("SELECT count(*) FROM workflow_version") == [(1,)]


def test_what_was_tested_for_real_stays(api: Api) -> None:
    save(api)
    assert api.data(LIVE)["testWorkflow"]["errors"] == []
    assert refused(api) == ("CONFLICT", ["workflow"], naming("tested"))


def test_rules_that_point_at_it_are_named(api: Api) -> None:
    save(api)
    save(api, "other")
    for slug in ("second", "first"):
        rule(api, slug)
    assert refused(api) == (
        "CONFLICT",
        ["workflow"],
        naming("first", "second", "deleteRule"),
    )
    rule(api, "first", "other")
    api.data('mutation { deleteRule(input: {rule: "second"}) { errors { code } } }')
    assert delete(api)["errors"] == []


def test_more_rules_than_a_page_are_cut(api: Api, plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    plane.publish("flow", [{"key": "a", "uses": "log.write"}], published=False)
    for slug in ("a", "b", "c"):
        rule(api, slug)
    monkeypatch.setattr(services, "LIMITS", services.LIMITS.__class__(page_size=2))
    message = refused(api)[2]
    assert message == naming("a, b", "more")
    assert message != naming("c")


def test_draft_that_moved_on_stays(api: Api) -> None:
    save(api)
    save(api, definition={"schema": 1, "steps": []})
    assert refused(api, expectedRevision=1) == ("CONFLICT", ["expectedRevision"], naming("revision", "2", "delete"))


def test_another_tenants_draft_is_unknown(api: Api, tenant_factory: Callable[[], Any]) -> None:
    save(api)
    assert refused(Api(tenant_factory().token))[:2] == ("NOT_FOUND", ["workflow"])
    assert delete(api)["errors"] == []


def delete_during_test(plane: Plane) -> tuple[object, object]:
    """A test for real and a deletion at once: the test has made its version, and commits when the deletion waits or is done.
    What each raised.
    """
    raised: list[object] = []
    ended = threading.Event()

    def remove() -> None:
        try:
            with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
                services.delete_workflow(slug="flow", expected_revision=None)
        except NormalizedError as error:
            raised.append(error)
        finally:
            ended.set()
            connections.close_all()

    thread = threading.Thread(target=remove)
    broken: object = None
    try:
        with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")), in_transaction():
            ((workflow,),) = fetch("SELECT id FROM workflow WHERE slug = 'flow'")
            services.trial_version(workflow, TEXT)
            thread.start()
            plane.until(lambda: ended.is_set() or plane.root.value(BLOCKED) > 0)
    except IntegrityError as error:
        broken = error
    thread.join()
    return broken, raised[0] if raised else None


def test_test_for_real_keeps_the_workflow_that_it_is_of(api: Api, plane: Plane) -> None:
    save(api)
    broken, refusal = delete_during_test(plane)
    assert broken is None
    assert isinstance(refusal, NormalizedError)
    assert (refusal.code, refusal.message) == ("CONFLICT", naming("tested"))


def test_test_that_keeps_nothing_is_found_out(api: Api, plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    save(api)
    monkeypatch.setattr(services, "keep_workflow", lambda _id: True)
    broken, refusal = delete_during_test(plane)
    assert (type(broken), refusal) == (IntegrityError, None)


def test_test_of_what_is_gone_is_told_so(api: Api, plane: Plane) -> None:
    save(api)
    with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
        ((workflow,),) = fetch("SELECT id FROM workflow WHERE slug = 'flow'")
        services.delete_workflow(slug="flow", expected_revision=None)
        with pytest.raises(NormalizedError) as refusal, in_transaction():
            services.trial_version(workflow, TEXT)
    assert (refusal.value.code, refusal.value.path) == ("NOT_FOUND", ["workflow"])
