"""Each check of the contract suite fails where a connector breaks what it checks: the example, spoilt in one point."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog

from actors.sdk import Call, ConnectorError, Failure, LookedUp
from actors.sdk.contract.base import marker
from tests.support.example_connector import example
from tests.support.facts import Naming, naming

STUCK_SECONDS = 3.0


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Any, Any]]:
    with example() as modules:
        yield modules


def _with_spec(kind: Any, **changes: Any) -> Any:
    return type("Spoilt", (kind,), {"spec": replace(kind.spec, **changes)})


def _calling(change: Callable[[Any, Call, Callable[[Call], Any]], Any]) -> Callable[[Any], Any]:
    """Spoils ``call``."""

    def spoil(kind: Any) -> Any:
        async def call(self: Any, call: Call) -> Any:
            return await change(self, call, lambda given: kind.call(self, given))

        return type("Spoilt", (kind,), {"call": call})

    return spoil


def _schema(**changes: Any) -> Callable[[Any], Any]:
    return lambda kind: _with_spec(kind, input_schema={**kind.spec.input_schema, **changes})


async def _says_its_token(self: Any, call: Call, proper: Any) -> Any:
    structlog.get_logger().info("calling", token=call.input["token"])
    return await proper(call)


async def _prints_its_token(self: Any, call: Call, proper: Any) -> Any:
    print(call.input["token"])
    return await proper(call)


async def _changes_its_input(self: Any, call: Call, proper: Any) -> Any:
    call.input["data"]["note"] = "changed"
    return await proper(call)


async def _gives_its_token(self: Any, call: Call, proper: Any) -> Any:
    await proper(call)
    return {"id": call.input["token"]}


async def _gives_more(self: Any, call: Call, proper: Any) -> Any:
    return {**await proper(call), "more": 1}


async def _raises_another(self: Any, call: Call, proper: Any) -> Any:
    try:
        return await proper(call)
    except ConnectorError as error:
        raise RuntimeError("it failed") from error


def _on_error(change: Callable[[ConnectorError, Call], ConnectorError]) -> Callable[[Any], Any]:
    async def call(self: Any, call: Call, proper: Any) -> Any:
        try:
            return await proper(call)
        except ConnectorError as error:
            raise change(error, call) from None

    return _calling(call)


def _swallowing(*codes: str, gives: Any = None) -> Callable[[Any], Any]:
    async def call(self: Any, call: Call, proper: Any) -> Any:
        try:
            return await proper(call)
        except ConnectorError as error:
            if error.code in codes:
                return gives or {"id": "th_made_up"}
            raise

    return _calling(call)


def _remade(error: ConnectorError, **changes: Any) -> ConnectorError:
    known = {
        "code": error.code,
        "message": error.message,
        "details": error.details,
        "retry_after_seconds": error.retry_after_seconds,
        "arrived": error.arrived,
        **changes,
    }
    return ConnectorError(known.pop("code"), known.pop("message"), **known)


def _never_arrived(error: ConnectorError, call: Call) -> ConnectorError:
    return _remade(error, arrived=False)


def _no_row(error: ConnectorError, call: Call) -> ConnectorError:
    return _remade(error, details={})


def _tells_its_token(error: ConnectorError, call: Call) -> ConnectorError:
    return _remade(error, message=f"It failed with {call.input['token']}.")


def _does_not_wait(error: ConnectorError, call: Call) -> ConnectorError:
    return _remade(error, retry_after_seconds=None)


def _follows_for_ever(kind: Any) -> Any:
    """Follows redirects by itself, as often as there are some."""

    async def call(self: Any, call: Call) -> Any:
        for _ in range(20):
            try:
                return await kind.call(self, call)
            except ConnectorError as error:
                if error.details.get("status") != 307:
                    raise
                last = error
        raise last

    return type("Spoilt", (kind,), {"call": call})


def _backwards(error: ConnectorError, call: Call) -> ConnectorError:
    return _remade(error, details={**error.details, "body": str(error.details.get("body"))[::-1]})


async def _has_no_deadline(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, timeout_seconds=STUCK_SECONDS))


async def _takes_another_key(self: Any, call: Call, proper: Any) -> Any:
    self.tried = getattr(self, "tried", 0) + 1
    return await proper(replace(call, idempotency_key=f"{call.idempotency_key}{self.tried}"))


async def _sends_no_key(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, idempotency_key="0"))


async def _sends_no_trace(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, traceparent="none"))


async def _sends_no_causation(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, causation="none"))


async def _opens_the_inside(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, allowed_networks=("127.0.0.0/8",)))


async def _goes_past_the_guard(self: Any, call: Call, proper: Any) -> Any:
    made = await proper(call)
    port = int(self._guard._peer.origin.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /beside HTTP/1.1\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    return made


async def _acts_twice(self: Any, call: Call, proper: Any) -> Any:
    await proper(replace(call, idempotency_key="other"))
    return await proper(call)


async def _takes_what_it_likes(self: Any, call: Call, proper: Any) -> Any:
    fields = {"base_url": "https://api.example.com", "token": "t" * 8, "data": {"note": "hello"}}
    known = {name: call.input.get(name, fallback) for name, fallback in fields.items()}
    known = {name: value if not isinstance(value, list) else fields[name] for name, value in known.items()}
    return await proper(replace(call, input=known))


async def _tells_the_input(self: Any, call: Call, proper: Any) -> Any:
    try:
        return await proper(call)
    except ConnectorError as error:
        raise _remade(error, message=f"This cannot be sent: {dict(call.input)}") from None


def _follows_with_everything(kind: Any) -> Any:
    """Follows a redirect by itself, with all its headers."""

    async def call(self: Any, call: Call) -> Any:
        try:
            return await kind.call(self, call)
        except ConnectorError as error:
            if error.details.get("status") != 307:
                raise
            elsewhere = {**call.input, "base_url": self._guard._peer.away}
            port = int(elsewhere["base_url"].rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET / HTTP/1.1\r\nAuthorization: Bearer {call.input['token']}\r\n\r\n".encode())
            await reader.read(10)
            writer.close()
            raise

    return type("Spoilt", (kind,), {"call": call})


def _previewing(shown: Callable[[Any, Call], Any]) -> Callable[[Any], Any]:
    return lambda kind: type("Spoilt", (kind,), {"preview": shown})


def _sends_for_its_preview(self: Any, call: Call) -> Any:
    asyncio.run(self.call(call))


def _looking(answer: Callable[[Any, Call], Any]) -> Callable[[Any], Any]:
    def spoil(kind: Any) -> Any:
        async def lookup(self: Any, call: Call) -> LookedUp:
            return await answer(self, call) or await kind.lookup(self, call)

        return type("Spoilt", (kind,), {"lookup": lookup})

    return spoil


async def _always_happened(self: Any, call: Call) -> Any:
    return LookedUp("happened", {"id": "th_1"})


async def _never_happened(self: Any, call: Call) -> Any:
    return LookedUp("did_not_happen")


async def _finds_by_doing(self: Any, call: Call) -> Any:
    if call.idempotency_key == "f" * 64:
        return None
    return LookedUp("happened", await self.call(replace(call, idempotency_key="more")))


async def _gives_another_output(self: Any, call: Call) -> Any:
    return None if call.idempotency_key == "f" * 64 else LookedUp("happened", {"thing": 1})


def _takes_failure_for_no(kind: Any) -> Any:
    async def lookup(self: Any, call: Call) -> LookedUp:
        try:
            return await kind.lookup(self, call)
        except ConnectorError:
            return LookedUp("did_not_happen")

    return type("Spoilt", (kind,), {"lookup": lookup})


SABOTAGE: dict[str, list[tuple[Callable[[Any], Any], Naming]]] = {
    "test_it_says_what_it_is": [
        (lambda kind: type("Spoilt", (kind,), {"api": "2.0"}), naming("2.0", "django-automate")),
        (lambda kind: type("Spoilt", (kind,), {"api": None}), naming("version", "api")),
        (lambda kind: _with_spec(kind, name="order"), naming("name", "shop.create_order")),
        (lambda kind: _with_spec(kind, lookup=False), naming("spec.lookup")),
        (lambda kind: _with_spec(kind, failures=()), naming("error table")),
        (lambda kind: _with_spec(kind, description=""), naming("title", "description")),
        (lambda kind: _with_spec(kind, effect="mostly"), naming("idempotent", "keyed", "unsafe")),
        (lambda kind: type("Spoilt", (kind,), {"call": lambda self, call: {}}), naming("async")),
    ],
    "test_schemas_make_forms": [
        (_schema(properties={"data": {"type": "object"}}), naming("title")),
        (
            _schema(properties={"n": {"title": "N", "type": "integer", "examples": [1.5]}}),
            naming("input_schema", "example"),
        ),
        (_schema(additionalProperties=True), naming("additionalProperties: false")),
        (_schema(type="array"), naming("input_schema", "object")),
    ],
    "test_input_outside_the_schema_is_refused": [
        (_calling(_takes_what_it_likes), naming("nothing", "sent")),
        (_calling(_tells_the_input), naming("error", "value")),
        (
            _on_error(lambda error, call: _remade(error, code="CONNECTOR_REFUSED")),
            naming("CONNECTOR_REFUSED", "BAD_USER_INPUT"),
        ),
        (_on_error(_no_row), naming("details.failure")),
    ],
    "test_dry_run_shows_refs_and_sends_nothing": [
        (_previewing(_sends_for_its_preview), naming("nothing", "sent")),
        (_previewing(lambda self, call: "a text"), naming("preview", "JSON object")),
        (_previewing(lambda self, call: {"note": marker("SHOP_TOKEN")}), naming("secret", "preview")),
    ],
    "test_schema_round_trip": [
        (_calling(_gives_more), naming("output_schema")),
        (_calling(_gives_its_token), naming("secret", "output")),
        (_calling(_changes_its_input), naming("changed", "input")),
        (_calling(_says_its_token), naming("secret", "log")),
        (_calling(_prints_its_token), naming("secret", "log")),
        (_calling(_acts_twice), naming("2 effects")),
        (_schema(required=["base_url", "token", "data", "more"]), naming("sample", "input_schema")),
    ],
    "test_each_row_of_the_error_table_comes_about": [
        (
            lambda kind: _with_spec(kind, failures=[*kind.spec.failures, Failure("never", "INTERNAL", "Never.")]),
            naming("provokes", "never"),
        ),
        (_swallowing("CONNECTOR_AUTH"), naming("unauthorized", "None")),
        (_on_error(lambda error, call: _remade(error, code="INTERNAL")), naming("row", "BAD_USER_INPUT", "INTERNAL")),
        (_calling(_raises_another), naming("ConnectorError")),
    ],
    "test_everything_leaves_through_the_guard": [
        (_calling(_opens_the_inside), naming("inside", "allow-list")),
        (_calling(_goes_past_the_guard), naming("through", "guard")),
    ],
    "test_hosts_that_are_called_are_declared": [
        (lambda kind: _with_spec(kind, host_fields=()), naming("hosts", "api.example.com"))
    ],
    "test_request_bears_key_and_trace": [
        (_calling(_sends_no_key), naming("idempotency key")),
        (_calling(_sends_no_trace), naming("traceparent")),
        (_calling(_sends_no_causation), naming("causation")),
    ],
    "test_idempotency_claim_holds": [(_calling(_takes_another_key), naming("different", "request"))],
    "test_time_out_after_sending_is_uncertain": [
        (_on_error(_never_arrived), naming("effect", "error")),
        (_calling(_has_no_deadline), naming("ended", "timeout_seconds")),
        (_swallowing("CONNECTOR_TIMEOUT"), naming("TIME_OUT", "succeeded")),
        (_on_error(_tells_its_token), naming("secret", "error", "TIME_OUT")),
    ],
    "test_reset_is_uncertain": [
        (_on_error(_never_arrived), naming("effect", "error")),
        (_swallowing("CONNECTOR_TRANSIENT"), naming("RESET", "succeeded")),
    ],
    "test_half_a_body_is_uncertain": [
        (_on_error(_never_arrived), naming("effect", "error")),
        (_swallowing("CONNECTOR_TRANSIENT"), naming("HALF_A_BODY", "succeeded")),
    ],
    "test_slow_drip_ends_with_the_deadline": [
        (_calling(_has_no_deadline), naming("ended", "timeout_seconds")),
        (_on_error(_never_arrived), naming("effect", "error")),
    ],
    "test_rate_limit_is_obeyed": [
        (_on_error(_does_not_wait), naming("Retry-After", "None")),
        (_swallowing("CONNECTOR_RATE_LIMITED"), naming("RATE_LIMITED", "succeeded")),
    ],
    "test_redirect_loop_ends": [
        (_follows_for_ever, naming("followed")),
        (_swallowing("CONNECTOR_REFUSED"), naming("redirect", "succeed")),
    ],
    "test_redirect_takes_no_secret_elsewhere": [(_follows_with_everything, naming("origin"))],
    "test_wrong_content_type_is_told": [
        (_swallowing("CONNECTOR_REFUSED", gives={"page": "html"}), naming("output_schema"))
    ],
    "test_no_secret_comes_back": [(_on_error(_backwards), naming("secret", "ECHO_REFUSED"))],
    "test_lookup_tells_the_truth": [
        (_looking(_always_happened), naming("lookup", "never")),
        (_looking(_never_happened), naming("lookup", "did_not_happen")),
        (_looking(_finds_by_doing), naming("lookup", "effect")),
        (_looking(_gives_another_output), naming("output_schema")),
        (_takes_failure_for_no, naming("lookup", "answer")),
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
