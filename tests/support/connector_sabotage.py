"""Ways in which a connector breaks its contract. Each takes the class of a connector and returns a spoilt one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog

from actors.sdk import Call, ConnectorError, LookedUp
from automate.kernel.json_values import JsonObject, as_object

STUCK_SECONDS = 3.0


def with_spec(kind: Any, **changes: Any) -> Any:
    return type("Spoilt", (kind,), {"spec": replace(kind.spec, **changes)})


def calling(change: Callable[[Any, Call, Callable[[Call], Any]], Any]) -> Callable[[Any], Any]:
    """Spoils ``call``."""

    def spoil(kind: Any) -> Any:
        async def call(self: Any, call: Call) -> Any:
            return await change(self, call, lambda given: kind.call(self, given))

        return type("Spoilt", (kind,), {"call": call})

    return spoil


def schema(**changes: Any) -> Callable[[Any], Any]:
    return lambda kind: with_spec(kind, input_schema={**kind.spec.input_schema, **changes})


async def says_its_token(self: Any, call: Call, proper: Any) -> Any:
    structlog.get_logger().info("calling", token=call.input["token"])
    return await proper(call)


async def prints_its_token(self: Any, call: Call, proper: Any) -> Any:
    print(call.input["token"])
    return await proper(call)


async def changes_its_input(self: Any, call: Call, proper: Any) -> Any:
    as_object(call.input["data"])["note"] = "changed"
    return await proper(call)


async def gives_its_token(self: Any, call: Call, proper: Any) -> Any:
    await proper(call)
    return {"id": call.input["token"]}


async def gives_more(self: Any, call: Call, proper: Any) -> Any:
    return {**await proper(call), "more": 1}


async def raises_another(self: Any, call: Call, proper: Any) -> Any:
    try:
        return await proper(call)
    except ConnectorError as error:
        raise RuntimeError("it failed") from error


def on_error(change: Callable[[ConnectorError, Call], ConnectorError]) -> Callable[[Any], Any]:
    async def call(self: Any, call: Call, proper: Any) -> Any:
        try:
            return await proper(call)
        except ConnectorError as error:
            raise change(error, call) from None

    return calling(call)


def swallowing(*codes: str, gives: Any = None) -> Callable[[Any], Any]:
    async def call(self: Any, call: Call, proper: Any) -> Any:
        try:
            return await proper(call)
        except ConnectorError as error:
            if error.code in codes:
                return gives or {"id": "th_made_up"}
            raise

    return calling(call)


def remade(error: ConnectorError, **changes: Any) -> ConnectorError:
    known = {
        "code": error.code,
        "message": error.message,
        "details": error.details,
        "retry_after_seconds": error.retry_after_seconds,
        "arrived": error.arrived,
        **changes,
    }
    return ConnectorError(known.pop("code"), known.pop("message"), **known)


def never_arrived(error: ConnectorError, call: Call) -> ConnectorError:
    return remade(error, arrived=False)


def no_row(error: ConnectorError, call: Call) -> ConnectorError:
    return remade(error, details={})


def tells_its_token(error: ConnectorError, call: Call) -> ConnectorError:
    return remade(error, message=f"It failed with {call.input['token']}.")


def does_not_wait(error: ConnectorError, call: Call) -> ConnectorError:
    return remade(error, retry_after_seconds=None)


def follows_for_ever(kind: Any) -> Any:
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


def backwards(error: ConnectorError, call: Call) -> ConnectorError:
    return remade(error, details={**error.details, "body": str(error.details.get("body"))[::-1]})


async def has_no_deadline(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, timeout_seconds=STUCK_SECONDS))


async def takes_another_key(self: Any, call: Call, proper: Any) -> Any:
    self.tried = getattr(self, "tried", 0) + 1
    return await proper(replace(call, idempotency_key=f"{call.idempotency_key}{self.tried}"))


async def sends_no_key(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, idempotency_key="0"))


async def sends_no_trace(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, traceparent="none"))


async def sends_no_causation(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, causation="none"))


async def opens_the_inside(self: Any, call: Call, proper: Any) -> Any:
    return await proper(replace(call, allowed_networks=("127.0.0.0/8",)))


async def goes_past_the_guard(self: Any, call: Call, proper: Any) -> Any:
    made = await proper(call)
    port = int(self._guard._peer.origin.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /beside HTTP/1.1\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    return made


async def acts_twice(self: Any, call: Call, proper: Any) -> Any:
    await proper(replace(call, idempotency_key="other"))
    return await proper(call)


async def takes_what_it_likes(self: Any, call: Call, proper: Any) -> Any:
    fields: JsonObject = {"base_url": "https://api.example.com", "token": "t" * 8, "data": {"note": "hello"}}
    known = {name: call.input.get(name, fallback) for name, fallback in fields.items()}
    known = {name: value if not isinstance(value, list) else fields[name] for name, value in known.items()}
    return await proper(replace(call, input=known))


async def tells_the_input(self: Any, call: Call, proper: Any) -> Any:
    try:
        return await proper(call)
    except ConnectorError as error:
        raise remade(error, message=f"This cannot be sent: {dict(call.input)}") from None


def follows_with_everything(kind: Any) -> Any:
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


def previewing(shown: Callable[[Any, Call], Any]) -> Callable[[Any], Any]:
    return lambda kind: type("Spoilt", (kind,), {"preview": shown})


def sends_for_its_preview(self: Any, call: Call) -> Any:
    asyncio.run(self.call(call))


def looking(answer: Callable[[Any, Call], Any]) -> Callable[[Any], Any]:
    def spoil(kind: Any) -> Any:
        async def lookup(self: Any, call: Call) -> LookedUp:
            return await answer(self, call) or await kind.lookup(self, call)

        return type("Spoilt", (kind,), {"lookup": lookup})

    return spoil


async def always_happened(self: Any, call: Call) -> Any:
    return LookedUp("happened", {"id": "th_1"})


async def never_happened(self: Any, call: Call) -> Any:
    return LookedUp("did_not_happen")


async def finds_by_doing(self: Any, call: Call) -> Any:
    if call.idempotency_key == "f" * 64:
        return None
    return LookedUp("happened", await self.call(replace(call, idempotency_key="more")))


async def gives_another_output(self: Any, call: Call) -> Any:
    return None if call.idempotency_key == "f" * 64 else LookedUp("happened", {"thing": 1})


def takes_failure_for_no(kind: Any) -> Any:
    async def lookup(self: Any, call: Call) -> LookedUp:
        try:
            return await kind.lookup(self, call)
        except ConnectorError:
            return LookedUp("did_not_happen")

    return type("Spoilt", (kind,), {"lookup": lookup})
