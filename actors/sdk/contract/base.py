"""The checks for all connectors."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NoReturn, TypeVar

import jsonschema_rs

from actors.connectors.base import Call, Connector, ConnectorError
from actors.connectors.guard import Guard
from actors.connectors.installed import NAME
from actors.connectors.previews import previewed
from actors.sdk.contract.faults import Fault
from actors.sdk.contract.peer import Answer
from actors.sdk.contract.watch import listening
from actors.sdk.host import ConnectorFactory, Host
from actors.sdk.versions import refusal
from automate.kernel.json_values import JsonValue, as_list, as_object, as_texts
from automate.kernel.strict_json import check_value
from automate.workflows.refs import rendered_refs, resolve
from automate.workflows.templates import compile_template

KEY = "0123456789abcdef" * 4
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CAUSATION = "causation-of-the-contract-suite"
SECONDS = 5.0
"""The timeout of a call that must succeed."""
GRACE_SECONDS = 1.0
"""How much later than its deadline a call may end."""
LOOPBACK = ("127.0.0.0/8",)
UNCERTAIN_CODES = frozenset({"CONNECTOR_TIMEOUT", "CONNECTOR_TRANSIENT"})

T = TypeVar("T")


@dataclass(frozen=True)
class Provoke:
    """The circumstances that cause one kind of failure in a test."""

    input: Mapping[str, JsonValue] | None = None
    """Replaces the sample."""
    answer: Answer | None = None
    """The answer of the other system."""
    fault: Fault = Fault.NONE
    """The behaviour of the other system."""
    allowed_networks: Sequence[str] = LOOPBACK
    """Replaces the allow-list of this machine."""


@dataclass(frozen=True)
class Outcome:
    """The result of one call of a connector."""

    output: JsonValue
    error: ConnectorError | None
    seconds: float
    said: str
    """The connector's log lines, prints and warnings."""


def marker(name: str) -> str:
    # A text that contains the value reveals the secret.
    return f"hush-{name.lower()}-8d1f0c7e"


def run(work: Coroutine[object, object, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 60))


def require(kept: object, message: str) -> None:
    """Raise AssertionError with a message unless ``kept`` is true.

    In an installed package, pytest shows no details of an ``assert``.
    """
    if not kept:
        raise AssertionError(message)


class Contract:
    """The checks that every connector must pass.

    - ``connector``: the object that the entry point names.
    - ``sample``: a valid input, with ``$secret:NAME`` for a secret.
    - ``provokes``: how to cause those failures that the suite cannot cause itself.
    """

    connector: ClassVar[ConnectorFactory]
    sample: ClassVar[Mapping[str, JsonValue]]
    provokes: ClassVar[Mapping[str, Provoke]] = {}

    def make(self, guard: Guard | None = None) -> Connector:
        return type(self).connector(Host(guard or Guard()))

    # Helpers of the checks

    def rendered(self, given: Mapping[str, JsonValue] | None = None) -> JsonValue:
        """Render an input, and return the rendered input as the ledger stores it.

        If ``given`` is None, the input is ``sample``.
        """
        return compile_template(dict(self.sample if given is None else given)).render({})

    def call_of(
        self,
        given: Mapping[str, JsonValue] | None = None,
        *,
        seconds: float = SECONDS,
        key: str = KEY,
        allowed: Sequence[str] = LOOPBACK,
    ) -> Call:
        rendered = self.rendered(given)
        values = {(ref.name, ref.version): marker(ref.name) for ref in rendered_refs(rendered)}
        return Call(as_object(resolve(rendered, values)), key, TRACEPARENT, CAUSATION, seconds, allowed)

    def markers(self) -> list[str]:
        refs = [ref.name for ref in rendered_refs(self.rendered())]
        refs += [
            ref.name for row in self.provokes.values() if row.input for ref in rendered_refs(self.rendered(row.input))
        ]
        return [marker(name) for name in dict.fromkeys(refs)]

    async def attempt(self, connector: Connector, call: Call) -> Outcome:
        """Make one call. The call must end in time. It must return an output or raise a declared ConnectorError."""
        given = copy.deepcopy(dict(call.input))
        output, error, began = None, None, time.monotonic()
        with listening() as said:
            try:
                output = await asyncio.wait_for(connector.call(call), call.timeout_seconds + GRACE_SECONDS + SECONDS)
            except ConnectorError as raised:
                error = raised
            except asyncio.TimeoutError:
                raise AssertionError("the call continued long after its timeout_seconds") from None
            except Exception as raised:
                raise AssertionError(f"a call may raise only ConnectorError; it raised {raised!r}") from raised
        outcome = Outcome(output, error, time.monotonic() - began, said.text())
        require(outcome.seconds <= call.timeout_seconds + GRACE_SECONDS, "the call ended after its timeout_seconds")
        require(dict(call.input) == given, "the call changed its input; a later attempt sends the recorded input again")
        for value in self.markers():
            require(value not in outcome.said, "a log line, a print or a warning contains a secret")
        if error is not None:
            self.require_of_table(connector, error)
        return outcome

    def require_of_table(self, connector: Connector, error: ConnectorError) -> None:
        named = error.details.get("failure")
        row = connector.spec.failure(named) if isinstance(named, str) else None
        if row is None:
            raise AssertionError(f"{error!r} has {named!r} in details.failure, which is not a row of the error table")
        require(row.code == error.code, f"the row {row.name} has the code {row.code}, and the error {error.code}")
        require(
            row.may_have_arrived or not error.arrived,
            f"the row {row.name} says that nothing arrived, but the error says that the call may have arrived",
        )

    def require_output(self, connector: Connector, output: JsonValue) -> None:
        try:
            jsonschema_rs.validate(dict(connector.spec.output_schema), output)
        except jsonschema_rs.ValidationError as error:
            raise AssertionError(f"the output does not match output_schema: {error.message}") from None
        check_value(output)
        require(json.loads(json.dumps(output)) == output, "the output is not the same after a trip through JSON")

    def require_no_secret(self, shown: object, where: str) -> None:
        for value in self.markers():
            require(value not in json.dumps(shown, default=str, ensure_ascii=False), f"{where} contains a secret")

    # Checks

    def test_it_says_what_it_is(self) -> None:
        """The connector has a version, a name, an effect, and the methods that its spec declares."""
        refused = refusal(getattr(type(self).connector, "api", None))
        require(not refused, f"refused at the start: {refused}")
        connector = self.make()
        require(NAME.fullmatch(connector.spec.name), "the name must be such as shop.create_order")
        require(connector.spec.title and connector.spec.description, "title and description are for people; give both")
        require(connector.spec.effect in {"idempotent", "keyed", "unsafe"}, "effect is idempotent, keyed or unsafe")
        require(inspect.iscoroutinefunction(connector.call), "call must be an async function")
        require(
            connector.spec.lookup == hasattr(connector, "lookup"),
            "spec.lookup must be True if the connector has a lookup, and False if not",
        )
        require(connector.spec.failures, "the error table is empty")

    def test_schemas_make_forms(self) -> None:
        """``input_schema`` and ``output_schema`` are JSON Schema. Each field has a title. All examples are valid."""
        spec = self.make().spec
        for which, schema in (("input_schema", spec.input_schema), ("output_schema", spec.output_schema)):
            jsonschema_rs.Draft202012Validator(dict(schema))
            require(schema.get("type") == "object", f"{which} must describe an object")
            require(schema.get("additionalProperties") is False, f"{which} must have additionalProperties: false")
            for name, property_schema in as_object(schema.get("properties", {})).items():
                part = as_object(property_schema)
                require(part.get("title"), f"{which}: the field {name} has no title")
                for example in as_list(part.get("examples", [])):
                    require(
                        _holds(part, example) or isinstance(example, str),
                        f"{which}: an example of {name} is not valid",
                    )

    def test_input_outside_the_schema_is_refused(self) -> None:
        """An input with a missing, unknown or wrongly typed field is refused, and the error does not contain the value."""
        run(self._refuse_bad_input())

    async def _refuse_bad_input(self) -> None:
        connector = self.make(_NoWayOut())
        base = dict(self.call_of().input)
        schema = connector.spec.input_schema
        fields = as_object(schema.get("properties", {}))
        wrong: dict[str, dict[str, JsonValue]] = {
            "an unknown field": {**base, "no_such_field_": marker("unknown")},
            **{
                f"no {name}": {key: value for key, value in base.items() if key != name}
                for name in as_texts(schema.get("required", []))
            },
            **{
                f"{name} as a list": {**base, name: [marker("unknown")]}
                for name, part in fields.items()
                if as_object(part).get("type") in ("string", "integer", "number", "boolean", "object")
            },
        }
        for what, given in wrong.items():
            call = Call(given, KEY, TRACEPARENT, CAUSATION, SECONDS, LOOPBACK)
            error = (await self.attempt(connector, call)).error
            if error is None:
                raise AssertionError(f"an input with {what} was accepted")
            require(error.code == "BAD_USER_INPUT", f"an input with {what} gave {error.code}")
            require(not error.arrived, f"an input with {what} gave an error that says that the call may have arrived")
            require(marker("unknown") not in str(error.as_json()), f"the error for {what} contains the value")
            self.require_no_secret(error.as_json(), f"the error for {what}")

    def test_dry_run_shows_refs_and_sends_nothing(self) -> None:
        connector = self.make(_NoWayOut())
        shown = previewed(connector, self.rendered())
        require(isinstance(shown["request"], Mapping), "a preview is a JSON object")
        check_value(shown)
        self.require_no_secret(shown, "the preview")

    def test_schema_round_trip(self) -> None:
        """Check that the sample matches the input schema, and that the output matches the output schema."""
        connector = self.make()
        given = self.call_of()
        output = run(self.succeed(connector, given))
        self.require_output(connector, output)
        self.require_no_secret(output, "the output")

    async def succeed(self, connector: Connector, call: Call) -> JsonValue:
        """Call the connector with the sample, and return the output. Raise AssertionError if the call fails."""
        require(_holds(connector.spec.input_schema, dict(call.input)), "the sample does not match input_schema")
        outcome = await self.attempt(connector, call)
        if outcome.error is not None:
            raise AssertionError(f"the sample failed: {outcome.error!r} {outcome.error.details}")
        return outcome.output

    def test_each_row_of_the_error_table_comes_about(self) -> None:
        for row in self.make().spec.failures:
            provoke = self.provokes.get(row.name) or self.known_provocations().get(row.name)
            if provoke is None:
                raise AssertionError(f"provokes must state how to cause the failure {row.name}")
            error = run(self.provoke(provoke, row.name)).error
            if error is None or error.details.get("failure") != row.name:
                raise AssertionError(f"the cause of {row.name} gave {error!r} {error and error.details}")

    def known_provocations(self) -> Mapping[str, Provoke]:
        return {"bad_input": Provoke({"no_such_field_": 1})}

    async def provoke(self, provoke: Provoke, _name: str) -> Outcome:
        return await self.attempt(self.make(), self.call_of(provoke.input, allowed=provoke.allowed_networks))


class CallingContract(Contract):
    """The checks for all connectors that call another system."""

    def _after(self, fault: Fault) -> ConnectorError:
        # The answer is lost after the effect. Returns the error of the call.
        raise AssertionError(f"{type(self).__name__} does not define an answer with {fault.name}")

    def test_time_out_after_sending_is_uncertain(self) -> None:
        self._require_uncertain(Fault.TIME_OUT)

    def test_reset_is_uncertain(self) -> None:
        self._require_uncertain(Fault.RESET)

    def test_slow_drip_ends_with_the_deadline(self) -> None:
        self._require_uncertain(Fault.SLOW_DRIP)

    def _require_uncertain(self, fault: Fault) -> None:
        error = self._after(fault)
        require(
            error.arrived,
            f"after {fault.name} the effect may have happened, but the error says that the call did not arrive",
        )
        require(error.code in UNCERTAIN_CODES, f"{fault.name} is temporary, and gave {error.code}")
        self.require_no_secret(error.as_json(), f"the error after {fault.name}")


class _NoWayOut(Guard):
    async def send(self, request: object) -> NoReturn:  # noqa: ARG002 - the guard's
        raise AssertionError("something was sent, but nothing may be sent")

    async def connect(self, *_: object) -> NoReturn:
        raise AssertionError("a connection was made, but nothing may be sent")


def _holds(schema: Mapping[str, JsonValue], value: JsonValue) -> bool:
    return jsonschema_rs.is_valid(dict(schema), value)
