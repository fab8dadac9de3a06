"""Each check of the contract suite fails where a connector breaks what it checks: the example, spoilt in one point."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from actors.sdk import Failure
from actors.sdk.contract.base import marker
from tests.support import connector_sabotage as ways
from tests.support.example_connector import example
from tests.support.facts import Naming, naming


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Any, Any]]:
    with example() as modules:
        yield modules


SABOTAGE: dict[str, list[tuple[Callable[[Any], Any], Naming]]] = {
    "test_it_says_what_it_is": [
        (lambda kind: type("Spoilt", (kind,), {"api": "2.0"}), naming("2.0", "django-automate")),
        (lambda kind: type("Spoilt", (kind,), {"api": None}), naming("version", "api")),
        (lambda kind: ways.with_spec(kind, name="order"), naming("name", "shop.create_order")),
        (lambda kind: ways.with_spec(kind, lookup=False), naming("spec.lookup")),
        (lambda kind: ways.with_spec(kind, failures=()), naming("error table")),
        (lambda kind: ways.with_spec(kind, description=""), naming("title", "description")),
        (lambda kind: ways.with_spec(kind, effect="mostly"), naming("idempotent", "keyed", "unsafe")),
        (lambda kind: type("Spoilt", (kind,), {"call": lambda self, call: {}}), naming("async")),
    ],
    "test_schemas_make_forms": [
        (ways.schema(properties={"data": {"type": "object"}}), naming("title")),
        (
            ways.schema(properties={"n": {"title": "N", "type": "integer", "examples": [1.5]}}),
            naming("input_schema", "example"),
        ),
        (ways.schema(additionalProperties=True), naming("additionalProperties: false")),
        (ways.schema(type="array"), naming("input_schema", "object")),
    ],
    "test_input_outside_the_schema_is_refused": [
        (ways.calling(ways.takes_what_it_likes), naming("nothing", "sent")),
        (ways.calling(ways.tells_the_input), naming("error", "value")),
        (
            ways.on_error(lambda error, call: ways.remade(error, code="CONNECTOR_REFUSED")),
            naming("CONNECTOR_REFUSED", "BAD_USER_INPUT"),
        ),
        (ways.on_error(ways.no_row), naming("details.failure")),
    ],
    "test_dry_run_shows_refs_and_sends_nothing": [
        (ways.previewing(ways.sends_for_its_preview), naming("nothing", "sent")),
        (ways.previewing(lambda self, call: "a text"), naming("preview", "JSON object")),
        (ways.previewing(lambda self, call: {"note": marker("SHOP_TOKEN")}), naming("secret", "preview")),
    ],
    "test_schema_round_trip": [
        (ways.calling(ways.gives_more), naming("output_schema")),
        (ways.calling(ways.gives_its_token), naming("secret", "output")),
        (ways.calling(ways.changes_its_input), naming("changed", "input")),
        (ways.calling(ways.says_its_token), naming("secret", "log")),
        (ways.calling(ways.prints_its_token), naming("secret", "log")),
        (ways.calling(ways.acts_twice), naming("2 effects")),
        (ways.schema(required=["base_url", "token", "data", "more"]), naming("sample", "input_schema")),
    ],
    "test_each_row_of_the_error_table_comes_about": [
        (
            lambda kind: ways.with_spec(kind, failures=[*kind.spec.failures, Failure("never", "INTERNAL", "Never.")]),
            naming("provokes", "never"),
        ),
        (ways.swallowing("CONNECTOR_AUTH"), naming("unauthorized", "None")),
        (
            ways.on_error(lambda error, call: ways.remade(error, code="INTERNAL")),
            naming("row", "BAD_USER_INPUT", "INTERNAL"),
        ),
        (ways.calling(ways.raises_another), naming("ConnectorError")),
    ],
    "test_everything_leaves_through_the_guard": [
        (ways.calling(ways.opens_the_inside), naming("inside", "allow-list")),
        (ways.calling(ways.goes_past_the_guard), naming("through", "guard")),
    ],
    "test_hosts_that_are_called_are_declared": [
        (lambda kind: ways.with_spec(kind, host_fields=()), naming("hosts", "api.example.com"))
    ],
    "test_request_bears_key_and_trace": [
        (ways.calling(ways.sends_no_key), naming("idempotency key")),
        (ways.calling(ways.sends_no_trace), naming("traceparent")),
        (ways.calling(ways.sends_no_causation), naming("causation")),
    ],
    "test_idempotency_claim_holds": [(ways.calling(ways.takes_another_key), naming("different", "request"))],
    "test_time_out_after_sending_is_uncertain": [
        (ways.on_error(ways.never_arrived), naming("effect", "error")),
        (ways.calling(ways.has_no_deadline), naming("ended", "timeout_seconds")),
        (ways.swallowing("CONNECTOR_TIMEOUT"), naming("TIME_OUT", "succeeded")),
        (ways.on_error(ways.tells_its_token), naming("secret", "error", "TIME_OUT")),
    ],
    "test_reset_is_uncertain": [
        (ways.on_error(ways.never_arrived), naming("effect", "error")),
        (ways.swallowing("CONNECTOR_TRANSIENT"), naming("RESET", "succeeded")),
    ],
    "test_half_a_body_is_uncertain": [
        (ways.on_error(ways.never_arrived), naming("effect", "error")),
        (ways.swallowing("CONNECTOR_TRANSIENT"), naming("HALF_A_BODY", "succeeded")),
    ],
    "test_slow_drip_ends_with_the_deadline": [
        (ways.calling(ways.has_no_deadline), naming("ended", "timeout_seconds")),
        (ways.on_error(ways.never_arrived), naming("effect", "error")),
    ],
    "test_rate_limit_is_obeyed": [
        (ways.on_error(ways.does_not_wait), naming("Retry-After", "None")),
        (ways.swallowing("CONNECTOR_RATE_LIMITED"), naming("RATE_LIMITED", "succeeded")),
    ],
    "test_redirect_loop_ends": [
        (ways.follows_for_ever, naming("followed")),
        (ways.swallowing("CONNECTOR_REFUSED"), naming("redirect", "succeed")),
    ],
    "test_redirect_takes_no_secret_elsewhere": [(ways.follows_with_everything, naming("origin"))],
    "test_wrong_content_type_is_told": [
        (ways.swallowing("CONNECTOR_REFUSED", gives={"page": "html"}), naming("output_schema"))
    ],
    "test_no_secret_comes_back": [(ways.on_error(ways.backwards), naming("secret", "ECHO_REFUSED"))],
    "test_lookup_tells_the_truth": [
        (ways.looking(ways.always_happened), naming("lookup", "never")),
        (ways.looking(ways.never_happened), naming("lookup", "did_not_happen")),
        (ways.looking(ways.finds_by_doing), naming("lookup", "effect")),
        (ways.looking(ways.gives_another_output), naming("output_schema")),
        (ways.takes_failure_for_no, naming("lookup", "answer")),
    ],
}


def test_each_check_has_its_sabotage(shop: Any) -> None:
    checks = {name for name in dir(shop[1].TestCreateOrder) if name.startswith("test_")}
    assert checks == set(SABOTAGE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "spoil", "told"),
    [
        pytest.param(check, spoil, told, id=f"{check}-{' '.join(told.facts)}")
        for check, ways in SABOTAGE.items()
        for spoil, told in ways
    ],
)
def test_spoilt_connector_fails(shop: Any, check: str, spoil: Any, told: Naming) -> None:
    spoilt = type("TestSpoilt", (shop[1].TestCreateOrder,), {"connector": spoil(shop[0].CreateOrder)})
    with pytest.raises(AssertionError) as caught:
        getattr(spoilt(), check)()
    assert str(caught.value) == told


def test_service_that_does_it_again_breaks_the_claim(shop: Any) -> None:
    """The claim is about the other side too: one that ignores the key makes the connector's ``keyed`` a lie."""

    class Forgetful(shop[1].Twin):  # type: ignore[misc]
        def answer(self, request: Any) -> Any:
            self.done.append(request)
            return super().answer(replace(request, headers={**request.headers, "idempotency-key": "same"}))

    suite = type("TestSpoilt", (shop[1].TestCreateOrder,), {"service": Forgetful})
    with pytest.raises(AssertionError) as caught:
        suite().test_idempotency_claim_holds()
    assert str(caught.value) == naming("keyed", "TIME_OUT", "times")
