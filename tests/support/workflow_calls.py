"""Calls of the API that save, publish and look at a workflow."""

from __future__ import annotations

from typing import Any

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.support.api import MAIN_JOB, Api

ERRORS = "errors { code message path details }"
CHECKLIST = """query($w: String!) { publishChecklist(workflow: $w) { publishable
  items { key state sentence names problems { path } } errors { code path } } }"""
ROLL_BACK = f"""mutation($i: RollBackWorkflowInput!) {{ rollBackWorkflow(input: $i) {{
  workflowVersion {{ number checksum restores definition workflow {{ revision draft {{ definition valid }} }} }} draftKept {ERRORS} }} }}"""
ARCHIVE = f"mutation($i: ArchiveWorkflowInput!) {{ archiveWorkflow(input: $i) {{ workflow {{ archivedAt }} rules {{ slug }} {ERRORS} }} }}"
UNARCHIVE = (
    f"mutation($i: UnarchiveWorkflowInput!) {{ unarchiveWorkflow(input: $i) {{ workflow {{ archivedAt }} {ERRORS} }} }}"
)
PUBLISH = (
    f"mutation($i: PublishWorkflowInput!) {{ publishWorkflow(input: $i) {{ workflowVersion {{ number }} {ERRORS} }} }}"
)


def say(message: str, key: str = "say") -> dict[str, Any]:
    return {"schema": 1, "steps": [{"key": key, "uses": "log.write", "with": {"message": message}}]}


def save(api: Api, definition: Any, slug: str = "flow", **more: Any) -> Any:
    return api.data(MAIN_JOB["SaveWorkflow"], input={"slug": slug, "name": "Flow", "definition": definition, **more})[
        "saveWorkflow"
    ]


def publish(api: Api, definition: Any, slug: str = "flow") -> int:
    assert save(api, definition, slug)["errors"] == []
    number: int = api.data(PUBLISH, i={"workflow": slug})["publishWorkflow"]["workflowVersion"]["number"]
    return number


def rule(api: Api, slug: str = "starts", workflow: str = "flow", **more: Any) -> Any:
    given = {"slug": slug, "name": slug, "workflow": workflow, "when": {"==": [1, 1]}, **more}
    return api.data(MAIN_JOB["SaveRule"], input=given)["saveRule"]


def items(api: Api, slug: str = "flow") -> dict[str, tuple[str, str]]:
    found = api.data(CHECKLIST, w=slug)["publishChecklist"]
    assert found["errors"] == []
    return {item["key"]: (item["state"], item["sentence"]) for item in found["items"]}


def actions(tenant: Any) -> list[str]:
    with acting_for(tenant.ref):
        return [row[0] for row in fetch("SELECT action FROM audit_entry ORDER BY at, id")]
