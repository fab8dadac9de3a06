from __future__ import annotations

from typing import Any

import pytest

from automate.audit.models import AuditEntry
from automate.events.models import Source
from automate.kernel.canonical import checksum
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.problems import problems_of
from automate.kernel.tenancy import acting_for
from automate.rules.models import RuleSet, RuleSpec
from automate.rules.services import save_rule
from automate.triggers.queries import find_source
from automate.triggers.services import save_source
from automate.vault.sealing import open_sealed, seal
from automate.workflows.models import Workflow, WorkflowVersion
from automate.workflows.services import publish_workflow, save_workflow
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret
from tests.support.racing import race

EDITOR = Principal(kind="api_token", name="editor", id="1")
CYCLE: Any = {
    "schema": 1,
    "steps": [
        {"key": "a", "uses": "log.write", "needs": ["b"], "with": {"message": "a"}},
        {"key": "b", "uses": "log.write", "needs": ["a"], "with": {"message": "b"}},
    ],
}
UNCONDITIONAL = {"==": [1, 1]}


def post(text: str) -> dict[str, Any]:
    """A workflow that says a text to the outside."""
    step = {
        "key": "say",
        "uses": "http.request",
        "with": {"method": "POST", "url": "https://example.test/", "text": text},
    }
    return {"schema": 1, "steps": [step]}


def note(message: str = "hello") -> dict[str, Any]:
    return {"schema": 1, "steps": [{"key": "note", "uses": "log.write", "with": {"message": message}}]}


def save_note(message: str = "hello", expected: int | None = None):
    return save_workflow(slug="note", name="Note", definition=note(message), expected_revision=expected)


def save_shop(**changes):
    fields = {"slug": "shop", "scheme": "GITHUB", "secrets": ["a long secret"], "options": None}
    return save_source(**{**fields, "expected_revision": None, **changes})


def save_big(**changes):
    fields = {"slug": "big", "name": "Big", "workflow": "note", "when": UNCONDITIONAL}
    return save_rule(**{**fields, "expected_revision": None, **changes})


def refusal_of(act, *arguments, **fields) -> NormalizedError:
    with pytest.raises(NormalizedError) as refusal:
        act(*arguments, **fields)
    return refusal.value


@pytest.fixture
def acting(tenant):
    with acting_for(tenant.ref), acting_as(EDITOR):
        yield tenant


def test_each_save_raises_the_revision(acting):
    first = save_note()
    assert save_note("again", expected=1) == save_note("without asking") == first
    row = Workflow.objects.get()
    assert (row.id, row.revision, row.definition) == (first, 3, note("without asking"))


def test_source_that_is_so_already_stays_untouched(acting):
    first = save_shop()
    before = Source.objects.get(id=first)
    assert save_shop() == save_shop(options={}) == first
    after = Source.objects.get(id=first)
    assert (after.revision, after.updated_at, after.secrets) == (1, before.updated_at, before.secrets)


def test_workflow_that_is_so_already_stays_untouched(acting):
    save_note()
    before = Workflow.objects.values().get()
    save_note()
    assert Workflow.objects.values().get() == before
    assert AuditEntry.objects.filter(object_kind="workflow").count() == 1
    assert refusal_of(save_note, expected=2).code == "CONFLICT"


def test_draft_whose_problems_have_changed_is_saved(acting, monkeypatch):
    save_workflow(slug="w", name="W", definition=post("$secret:KEY"), expected_revision=None)
    assert Workflow.objects.get().problems
    hold_secret(monkeypatch, acting.ref, "KEY", "value")
    save_workflow(slug="w", name="W", definition=post("$secret:KEY"), expected_revision=None)
    assert Workflow.objects.get().problems == []


def test_rule_that_is_so_already_stays_untouched(acting):
    save_note()
    save_big(options={"debounce": {"period_seconds": 5}})
    before = RuleSpec.objects.values().get(), RuleSet.objects.get().version
    save_big()
    save_big(options={"debounce": {"period_seconds": 5}})
    assert (RuleSpec.objects.values().get(), RuleSet.objects.get().version) == before
    assert AuditEntry.objects.filter(object_kind="rule_spec").count() == 1
    save_big(when={"==": [1, True]})
    assert RuleSpec.objects.get().revision == 2, "1 and true are not the same"


@pytest.mark.parametrize(("save", "model"), [(save_shop, Source), (save_big, RuleSpec)])
def test_what_is_disabled_stays_so_until_somebody_says_otherwise(acting, save, model):
    save_note()
    row_id = save()
    assert model.objects.get(id=row_id).enabled
    save(enabled=False)
    save(**({"priority": 7} if save is save_big else {"secrets": None, "add_secrets": ["another secret"]}))
    row = model.objects.get(id=row_id)
    assert (row.enabled, row.revision) == (False, 3)
    save(enabled=True)
    assert model.objects.get(id=row_id).enabled


@pytest.mark.parametrize("save", [save_shop, save_big])
def test_stale_revision_is_refused_with_both_numbers(acting, save):
    save_note()
    save()
    save(expected_revision=1, enabled=False)
    refusal = refusal_of(save, expected_revision=1)
    assert (refusal.code, refusal.details) == ("CONFLICT", {"expected": 1, "actual": 2})


def test_revision_of_what_is_absent_is_refused(acting):
    refusal = refusal_of(save_note, expected=1)
    assert (refusal.code, refusal.details) == ("CONFLICT", {"expected": 1, "actual": None})
    assert not Workflow.objects.exists()


def test_one_of_racing_editors_wins(acting):
    save_note()

    def save(number):
        with acting_for(acting.ref):
            return save_note(str(number), expected=1)

    outcomes = race(8, save)
    assert sum(isinstance(one, NormalizedError) and one.code == "CONFLICT" for one in outcomes) == 7
    assert Workflow.objects.get().revision == 2
    assert AuditEntry.objects.filter(action="workflow.update").count() == 1


def test_racing_creators_make_one_row(acting):
    def save(number):
        with acting_for(acting.ref):
            return save_note(str(number))

    outcomes = race(8, save)
    ids = {one for one in outcomes if not isinstance(one, Exception)}
    assert ids == {Workflow.objects.get().id}
    assert {one.code for one in outcomes if isinstance(one, Exception)} <= {"CONFLICT"}


def test_wrong_draft_is_saved_and_not_published(acting):
    save_workflow(slug="loop", name="Loop", definition=CYCLE, expected_revision=None)
    (problem,) = Workflow.objects.get().problems
    assert (problem["code"], problem["path"]) == ("INVALID_WORKFLOW", ["steps", "0", "needs"])
    refusal = refusal_of(publish_workflow, slug="loop")
    assert (refusal.code, refusal.details) == ("INVALID_WORKFLOW", {"problems": [problem]})
    assert not WorkflowVersion.objects.exists()


def test_conditions_and_secrets_of_a_draft_are_checked(acting, monkeypatch):
    draft = post("$secret:KEY")
    draft["steps"][0]["if"] = {"no such operator": []}
    save_workflow(slug="w", name="W", definition=draft, expected_revision=None)
    assert [(one["code"], one["path"]) for one in Workflow.objects.get().problems] == [
        ("INVALID_RULE", ["steps", "0", "if"]),
        ("SECRET_UNAVAILABLE", ["steps", "0", "with", "text"]),
    ]
    hold_secret(monkeypatch, acting.ref, "KEY", "value")
    save_workflow(slug="w", name="W", definition=post("$secret:KEY"), expected_revision=None)
    assert Workflow.objects.get().problems == []


def test_unchanged_content_is_not_published_twice(acting):
    workflow_id = save_note()
    first = publish_workflow(slug="note")
    save_workflow(slug="note", name="Other name", definition=note(), expected_revision=None)
    assert publish_workflow(slug="note") == first
    save_note("new")
    second = publish_workflow(slug="note")
    save_note()
    third = publish_workflow(slug="note")
    assert list(WorkflowVersion.objects.order_by("number").values_list("id", "number", "checksum")) == [
        (first, 1, checksum(note())),
        (second, 2, checksum(note("new"))),
        (third, 3, checksum(note())),
    ]
    assert Workflow.objects.get().current_version_id == third
    actions = AuditEntry.objects.filter(object_id=str(workflow_id)).order_by("id").values_list("action", "actor_name")
    assert list(actions) == [
        (f"workflow.{verb}", "editor")
        for verb in ("create", "publish", "update", "update", "publish", "update", "publish")
    ]


def test_racing_publishers_make_one_version(acting):
    save_note()

    def publish(_number):
        with acting_for(acting.ref):
            return publish_workflow(slug="note")

    assert set(race(8, publish)) == {WorkflowVersion.objects.get().id}


def test_publishing_what_is_absent_is_not_found(acting):
    assert refusal_of(publish_workflow, slug="nothing").code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"slug": "Note"}, "BAD_USER_INPUT", ["slug"]),
        ({"slug": "note\n"}, "BAD_USER_INPUT", ["slug"]),
        ({"name": ""}, "BAD_USER_INPUT", ["name"]),
        ({"name": "a\x00"}, "BAD_USER_INPUT", ["name"]),
        ({"definition": {"a": "\x00"}}, "BAD_USER_INPUT", ["a"]),
        ({"definition": {"a": "x" * 262_144}}, "PAYLOAD_TOO_LARGE", []),
    ],
)
def test_draft_that_cannot_be_stored_is_refused(acting, fields, code, path):
    wanted = {"slug": "note", "name": "Note", "definition": note(), "expected_revision": None, **fields}
    refusal = refusal_of(save_workflow, **wanted)
    assert (refusal.code, refusal.path) == (code, path)
    assert not Workflow.objects.exists()


@pytest.mark.parametrize("definition", [{}, {"steps": None}, {"schema": [], "steps": [1, None, {}]}])
def test_any_object_is_a_draft_with_problems(acting, definition):
    save_workflow(slug="note", name="Note", definition=definition, expected_revision=None)
    assert Workflow.objects.get().problems


@pytest.mark.parametrize("definition", [None, [], "text", 1])
def test_draft_that_is_no_object_is_refused(acting, definition):
    refusal = refusal_of(save_workflow, slug="note", name="Note", definition=definition, expected_revision=None)
    assert (refusal.code, refusal.path) == ("INVALID_WORKFLOW", ["definition"])


def test_null_is_no_rule(acting):
    save_note()
    assert refusal_of(save_big, when=None).code == "INVALID_RULE"


def test_saved_rule_raises_the_rule_set_version(acting):
    save_note()
    when = {"and": [{"==": [{"var": "type"}, "order.created"]}, {">": [{"var": "payload.n"}, 10]}]}
    rule_id = save_big(when=when)
    save_big(enabled=False, priority=7)
    rule = RuleSpec.objects.get()
    assert (rule.id, rule.revision, rule.enabled, rule.priority, rule.workflow.slug) == (rule_id, 2, False, 7, "note")
    assert RuleSet.objects.get().version == 3
    update = AuditEntry.objects.get(action="rule.update")
    assert update.changes == {"enabled": [True, False], "priority": [0, 7], "when": [when, UNCONDITIONAL]}


def test_refused_rule_changes_nothing(acting):
    save_note()
    refusal = refusal_of(save_big, when={"and": [{"no such operator": []}, {"matches": [1, "("]}]})
    assert refusal.code == "INVALID_RULE"
    assert [problem.path[:3] for problem in problems_of(refusal)] == [
        ["when", "and", "0"],
        ["when", "and", "1"],
    ]
    assert refusal_of(save_big, workflow="nothing").code == "NOT_FOUND"
    assert refusal_of(save_big, priority=2**31).path == ["priority"]
    assert not RuleSpec.objects.exists()
    assert RuleSet.objects.get().version == 1


def test_all_that_is_wrong_with_a_rule_is_told_at_once(acting):
    wrong = {"slug": "No Slug", "name": "", "priority": 2**31, "when": {"nope": 1}, "workflow": "nothing"}
    refusal = refusal_of(save_big, **wrong, options={"rate_limit": {"limit": 0, "period_seconds": 0}})
    assert [(problem.code, problem.path) for problem in problems_of(refusal)] == [
        ("BAD_USER_INPUT", ["slug"]),
        ("BAD_USER_INPUT", ["name"]),
        ("BAD_USER_INPUT", ["priority"]),
        ("INVALID_RULE", ["when"]),
        ("INVALID_RULE", ["options", "rateLimit", "limit"]),
        ("INVALID_RULE", ["options", "rateLimit", "periodSeconds"]),
        ("NOT_FOUND", ["workflow"]),
    ]
    assert refusal_of(save_big, when={"==": [1, "\ud800"]}).path == ["when", "==", "1"]


def test_rule_that_may_surprise_keeps_its_warnings(acting):
    save_note()
    save_big(when={"<": [{"var": "payload.n"}, 10]})
    assert RuleSpec.objects.get().warnings


@pytest.mark.parametrize(("when", "words"), [(True, naming("every event")), ({"==": [1, 2]}, naming("never"))])
def test_rule_that_is_a_constant_keeps_a_warning(acting, when, words):
    save_note()
    save_big(when=when)
    (warning,) = RuleSpec.objects.get().warnings
    assert (warning["message"], warning["path"]) == (words, [])


def test_secrets_are_sealed_and_kept(acting):
    source_id = save_shop(secrets=["a long secret", "an old secret"])
    sealed = Source.objects.get(id=source_id).secrets
    assert not any("secret" in each["sealed"] for each in sealed)
    save_shop(secrets=None, enabled=False)
    assert Source.objects.get(id=source_id).secrets == sealed
    assert find_source("shop").opened_secrets() == ["a long secret", "an old secret"]
    save_shop(secrets=["a new secret"])
    assert find_source("shop").opened_secrets() == ["a new secret"]
    record = str(list(AuditEntry.objects.values_list("changes", flat=True)))
    assert "secret_count" in record
    assert "new secret" not in record


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"slug": "api"}, ["slug"]),
        ({"slug": "manual"}, ["slug"]),
        ({"slug": "../x"}, ["slug"]),
        ({"scheme": "NONE"}, ["scheme"]),
        ({"scheme": "API"}, ["scheme"]),
        ({"secrets": None}, ["secrets"]),
        ({"secrets": ["tiny"]}, ["secrets", "0"]),
        ({"options": {"unknown": 1}}, ["options", "unknown"]),
        ({"options": [1]}, ["options"]),
    ],
)
def test_bad_source_is_refused(acting, fields, path):
    refusal = refusal_of(save_shop, **fields)
    assert (refusal.code, refusal.path) == ("BAD_USER_INPUT", path)
    assert "tiny" not in refusal.message
    assert not Source.objects.filter(built_in=False).exists()


def test_another_scheme_does_not_inherit_secrets(acting):
    save_shop()
    assert refusal_of(save_shop, scheme="STANDARD_WEBHOOKS", secrets=None).path == ["secrets"]


def test_sealed_text_opens_only_in_its_place(acting):
    sealed = seal("value", "one")
    assert seal("value", "one") != sealed
    assert open_sealed(sealed, "one") == "value"
    for text, place in ((sealed, "two"), (sealed[:-4] + "AAA=", "one"), ("v1.gone." + sealed[11:], "one"), ("", "one")):
        assert refusal_of(open_sealed, text, place).code == "INTERNAL"
