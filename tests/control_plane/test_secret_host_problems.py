"""A host that the guard would refuse, or that a secret would be a part of, can never be called, and so nobody can publish it."""

from __future__ import annotations

import pytest

from actors.connectors.registry import specs
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.problems import Problem
from automate.vault.rules import SecretRule
from automate.workflows.call_problems import KnownSecretRules
from automate.workflows.validation import check_definition
from tests.support.facts import Naming, naming

RULES = {"KEY": SecretRule("KEY", hosts=("elsewhere.example",))}


def problems(*steps: JsonValue, rules: dict[str, SecretRule] | None = None) -> list[Problem]:
    use = None if rules is None else KnownSecretRules("one", rules)
    return list(check_definition({"schema": 1, "steps": list(steps)}, specs(), lambda _: True, secret_use=use))


def call(url: JsonValue) -> JsonObject:
    return {"key": "a", "uses": "http.request", "with": {"url": url}}


@pytest.mark.parametrize(
    "url",
    [
        "https://$secret:KEY/",
        "https://$secret:KEY.example.com/",
        "https://api.$secret:KEY/v1",
        "https://api.example.com:$secret:KEY/",
        "https://api.$secret:KEY{{ event.payload.path }}",
        "$secret:KEY.example.com/",
        "$secret:KEY$secret:KEY/",
    ],
)
def test_secret_within_a_host_is_a_problem_of_the_draft(url: str) -> None:
    (found,) = problems(call(url))
    assert (found.code, list(found.path)) == ("SECRET_NOT_ALLOWED", ["steps", 0, "with", "url"])
    assert found.message == naming("$secret:KEY", "url")


@pytest.mark.parametrize(
    "url",
    [
        "$secret:KEY",
        "$secret:KEY/things",
        "$secret:KEY{{ event.payload.path }}",
        "https://api.example.com/$secret:KEY",
        "{{ event.payload.url }}$secret:KEY",
        "https://{{ event.payload.host }}/$secret:KEY",
    ],
)
def test_what_may_turn_out_well_is_none(url: str) -> None:
    assert problems(call(url)) == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://x", naming("http://", "https://")),
        ("not a url", naming("http://", "https://")),
        ("file:///etc/passwd", naming("http://", "https://")),
        ("https://me:word@api.example.com/", naming("credentials")),
        ("https://api.example.com:99999/", naming("1", "65535")),
    ],
)
def test_url_that_the_guard_would_refuse_is_a_problem_where_it_is_written_out(url: str, why: Naming) -> None:
    """By its form alone: what its name resolves to is not asked."""
    (found,) = problems(call(url))
    assert (found.code, list(found.path)) == ("INVALID_WORKFLOW", ["steps", 0, "with", "url"])
    assert found.message == why


def test_each_place_that_says_a_host_is_looked_at() -> None:
    bad: JsonObject = {"url": "ftp://x"}
    oauth: JsonObject = {"client_id": "me", "client_secret": "$secret:KEY", "token_url": "ftp://x"}
    steps: list[JsonValue] = [
        {"key": "a", "uses": "graphql.request", "with": {"url": "ftp://x", "query": "{ a }"}},
        {"key": "b", "uses": "http.request", "with": {"url": "https://x.example", "auth": {"oauth2": oauth}}},
        {"key": "c", "uses": "flow.for_each", "with": {"items": [1], "step": {"uses": "http.request", "with": bad}}},
        {**call("https://x.example"), "key": "d", "compensate": {"uses": "http.request", "with": bad}},
        {"key": "e", "uses": "slack.post_message", "with": {"webhook_url": "ftp://x", "text": "Hi"}},
    ]
    assert {one.path for one in problems(*steps) if "refused" in one.message} == {
        ("steps", 0, "with", "url"),
        ("steps", 1, "with", "auth", "oauth2", "token_url"),
        ("steps", 2, "with", "step", "with", "url"),
        ("steps", 3, "compensate", "with", "url"),
        ("steps", 4, "with", "webhook_url"),
    }


@pytest.mark.parametrize("url", ["ftp://{{ event.payload.host }}", "{{ event.payload.url }}", "$secret:KEY"])
def test_url_that_is_not_known_yet_is_none(url: str) -> None:
    assert problems(call(url)) == []


@pytest.mark.parametrize("url", ["", "{{ event.", 7])
def test_url_that_is_refused_for_another_reason_is_told_once(url: JsonValue) -> None:
    assert len(problems(call(url))) == 1


def test_steps_within_a_step_are_looked_at_too() -> None:
    inner: JsonObject = {"uses": "http.request", "with": {"url": "https://$secret:KEY/"}}
    each: JsonObject = {"key": "all", "uses": "flow.for_each", "with": {"items": [1], "step": inner}}
    undone: JsonObject = {**call("https://api.example.com/"), "compensate": inner}
    found = [list(one.path) for one in problems(each, undone)]
    assert found == [["steps", 0, "with", "step", "with", "url"], ["steps", 1, "compensate", "with", "url"]]


def test_token_of_slack_that_is_for_another_host_is_a_problem_still() -> None:
    """Only its incoming webhook says a host of its own."""
    posts: JsonObject = {"token": "$secret:KEY", "channel": "C024BE91L", "text": "Hi"}
    (found,) = problems({"key": "a", "uses": "slack.post_message", "with": posts}, rules=RULES)
    assert (found.code, "slack.com" in found.message) == ("SECRET_NOT_ALLOWED", True)


def post(url: str) -> JsonValue:
    return {"key": "a", "uses": "slack.post_message", "with": {"webhook_url": url, "text": "Hello"}}


@pytest.mark.parametrize("url", ["https://example.com/services/T0", "https://hooks.slack.com.evil.example/x", "no url"])
def test_a_webhook_that_is_not_slacks_is_a_problem_of_the_draft(url: str) -> None:
    (found,) = problems(post(url))
    assert (found.code, list(found.path)) == ("INVALID_WORKFLOW", ["steps", 0, "with", "webhook_url"])


@pytest.mark.parametrize(
    "url", ["https://hooks.slack.com/services/T0/B0/x", "$secret:SLACK_WEBHOOK_URL", "{{ event.payload.url }}"]
)
def test_a_webhook_that_may_be_slacks_is_no_problem(url: str) -> None:
    assert problems(post(url)) == []
