"""The REST resource ``/api/v1/events``."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from automate.kernel.limits import LIMITS
from automate.kernel.permissions import INGEST_EVENTS, VIEW_EVENTS
from automate.kernel.text import EVENT_TYPE, RUN_FAILED
from automate.triggers.services import MOST_EVENTS
from graphql_schema.fixed_documents import FixedDocument
from graphql_schema.loaded import AnswerData
from graphql_schema.resources import EVENT, EVENT_DETAIL
from rest_api.described import DescribedMethod, Example
from rest_api.errors import pointer
from rest_api.fields import AnyJson, Text, WholeNumber
from rest_api.lists import ListView, RestList, Single
from rest_api.operations import ERRORS, RestResponse, refused
from rest_api.pagination import page_of
from rest_api.shapes import Bounds, Strict, shown_as, taken_as, text_bounds
from rest_api.views import KEY_FIELD, PlatformView

TAG = "events"
ROOT = "/api/v1/events"
Event = shown_as("Event", "Event", EVENT)
EventDetail = shown_as("EventDetail", "Event", EVENT_DETAIL)
_BOUNDS: Bounds = {
    "type": {"pattern": f"^{EVENT_TYPE.pattern}$", "not": {"const": RUN_FAILED}},
    "subject": text_bounds(LIMITS.text_characters),
}
NewEvent = taken_as("NewEvent", "IngestEventInput", without={KEY_FIELD}, bounds=_BOUNDS)

_LIST = RestList("events", EVENT)
_ONE = Single("event", "id", EVENT_DETAIL, "event")
_INGEST = FixedDocument.of(
    "mutation", "$input: IngestEventInput!", f"{{ ingestEvent(input: $input) {{ outcome event {EVENT} {ERRORS} }} }}"
)


_INGEST_MANY = FixedDocument.of(
    "mutation",
    "$input: IngestEventsInput!",
    f"{{ ingestEvents(input: $input) {{ results {{ index outcome event {EVENT} {ERRORS} }} {ERRORS} }} }}",
)


class NewEvents(Strict):
    """A batch of events that are sent in one request."""

    # Its events have no bounds, because a refused event is an outcome and not a refused request.

    events = serializers.ListField(
        child=taken_as("KeyedEvent", "IngestEventInput")(),
        min_length=1,
        max_length=MOST_EVENTS,
        help_text=f"At most {MOST_EVENTS} events.",
    )


class Refusal(serializers.Serializer[object]):
    """The reason why one event was not accepted."""

    code = Text(help_text="A stable name from the catalogue of codes, `docs/errors.md`.")
    message = Text(help_text="The problem, its reason and the fix.")
    details = serializers.DictField(child=AnyJson(allow_null=True), help_text="The values that matter.")
    pointer = Text(help_text="A JSON Pointer into the body.")


class Outcome(serializers.Serializer[object]):
    """The outcome of one event of a batch."""

    index = WholeNumber(help_text="The place of the event in the batch, from 0.")
    outcome = serializers.ChoiceField(
        choices=["NEW", "DUPLICATE", "CONFLICT"], allow_null=True, help_text="Null if the event was refused."
    )
    event = Event(allow_null=True, help_text="The accepted event, or the first event with the key.")
    errors = serializers.ListField(  # type: ignore[assignment]  # the framework collects it before its own attribute counts
        child=Refusal(), help_text="Empty for NEW and DUPLICATE."
    )


class Outcomes(serializers.Serializer[object]):
    """The outcomes of all events of a batch."""

    results = serializers.ListField(child=Outcome(), help_text="One for each event, in the order of the batch.")


class Ingested(serializers.Serializer[object]):
    """The outcome of the sent event."""

    outcome = serializers.ChoiceField(
        choices=["NEW", "DUPLICATE"], help_text="NEW: the event is accepted. DUPLICATE: the same event came before."
    )
    event = Event(help_text="The accepted event, or the first event with the key.")


class EventList(ListView):
    """List events, and accept one event."""

    listed = _LIST

    def post(self, _request: Request) -> Response:
        self.in_body = True
        self.query({})
        return self.perform(_INGEST, {"input": {**self.body(NewEvent), **self.key()}}, _ingested)

    described = {
        "get": DescribedMethod(
            "listEvents",
            TAG,
            "List events",
            "Events, newest first, or with `order=COMMITTED` in the order of their commits.",
            VIEW_EVENTS,
            {200: page_of("EventPage", Event)},
            query=_LIST.parameters,
            refusals=(410,),
        ),
        "post": DescribedMethod(
            "ingestEvent",
            TAG,
            "Ingest an event",
            "Accepts one event, each once: the same `Idempotency-Key` with the same event returns the first one with 200. "
            "The same key with another event is refused with 409.",
            INGEST_EVENTS,
            {201: Ingested, 200: Ingested},
            body=NewEvent,
            refusals=(404, 409, 413, 415),
            keyed=True,
            examples=(Example({"type": "order.created", "payload": {"order": 4711}, "subject": "order/4711"}),),
        ),
    }


class EventBatch(PlatformView):
    """Accept a batch of events."""

    in_body = True

    def post(self, _request: Request) -> Response:
        self.query({})
        return self.perform(_INGEST_MANY, {"input": self.body(NewEvents)}, _outcomes)

    described = {
        "post": DescribedMethod(
            "ingestEvents",
            TAG,
            "Ingest events",
            f"Accepts up to {MOST_EVENTS} events in one transaction. Each event has its own outcome: a refused event does "
            "not affect the others. Each event may have its own `idempotencyKey`, so that the whole batch can be sent again.",
            INGEST_EVENTS,
            {200: Outcomes},
            body=NewEvents,
            refusals=(413, 415),
            examples=(
                Example(
                    {
                        "events": [
                            {"type": "order.created", "payload": {"order": 4711}, "idempotencyKey": "order-4711"},
                            {"type": "order.created", "payload": {"order": 4712}, "idempotencyKey": "order-4712"},
                        ]
                    }
                ),
            ),
        )
    }


class EventOne(PlatformView):
    """One event."""

    def get(self, _request: Request, event: str) -> Response:
        self.query({})
        return self.perform(_ONE.document, {"id": event}, _ONE.shape)

    described = {
        "get": DescribedMethod(
            "getEvent",
            TAG,
            "Get an event",
            "One event with its redacted payload and the decisions of the rules.",
            VIEW_EVENTS,
            {200: EventDetail},
            refusals=(404, 410),
            place={"event": "The event's id, or its UUID."},
        )
    }


def _ingested(data: AnswerData) -> RestResponse:
    payload = data["ingestEvent"]
    if payload["errors"]:
        error = refused(payload["errors"])
        if payload["event"] is not None:
            error.details["event"] = payload["event"]["id"]
        raise error
    body = {"outcome": payload["outcome"], "event": payload["event"]}
    return RestResponse(
        body, 201 if payload["outcome"] == "NEW" else 200, {"Location": f"{ROOT}/{payload['event']['id']}"}
    )


def _outcomes(data: AnswerData) -> RestResponse:
    payload = data["ingestEvents"]
    if payload["errors"]:
        raise refused(payload["errors"])
    for result in payload["results"]:
        for error in result["errors"]:
            error["pointer"] = pointer(error.pop("path"))
    return RestResponse({"results": payload["results"]})
