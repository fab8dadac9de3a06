"""CloudEvents 1.0 come in binary, structured and batched, each once."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime, timezone
from typing import Any

import pytest

from automate.events.models import Event, EventPayload
from automate.kernel.limits import LIMITS
from automate.kernel.tenancy import acting_for
from automate.triggers.sources import save_source
from tests.support.facts import naming
from tests.support.source_requests import post

STRUCTURED, BATCH = "application/cloudevents+json; charset=utf-8", "application/cloudevents-batch+json"
ONE = {
    "specversion": "1.0",
    "id": "A234-1234-1234",
    "source": "https://github.com/cloudevents/spec pull",
    "type": "com.example.made",
    "subject": "123",
    "time": "2018-04-05T17:31:00.5Z",
    "datacontenttype": "application/json",
    "data": {"n": 1},
}
KEY = "https://github.com/cloudevents/spec%20pull A234-1234-1234"
AT = datetime(2018, 4, 5, 17, 31, 0, 500_000, tzinfo=timezone.utc)


def sent(url: str, value: Any, kind: str = STRUCTURED, **headers: str):
    from django.test import Client

    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Client().post(url, data=body, content_type=kind, headers=headers)


def rows(tenant) -> list[tuple[Any, ...]]:
    with acting_for(tenant.ref):
        return list(Event.objects.order_by("id").values_list("type", "subject", "idempotency_key", "occurred_at"))


def bodies(tenant) -> list[Any]:
    with acting_for(tenant.ref):
        found = dict(EventPayload.objects.values_list("event_id", "body"))
        return [json.loads(bytes(found[row])) for row in Event.objects.order_by("id").values_list("id", flat=True)]


def test_structured_event_keeps_its_envelope_and_its_time(open_hook, tenant):
    assert sent(open_hook, ONE).json()["outcome"] == "NEW"
    assert sent(open_hook, ONE).json()["outcome"] == "DUPLICATE"
    assert rows(tenant) == [("com.example.made", "123", KEY, AT)]
    assert bodies(tenant) == [ONE]
    assert sent(open_hook, {**ONE, "data": {"n": 2}}).status_code == 409


def test_binary_event_is_its_data_and_its_attributes_are_headers(open_hook, tenant):
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "7",
        "ce-source": "/orders%20north",
        "ce-type": "order.made",
        "ce-subject": "caf%C3%A9",
        "ce-time": "2018-04-05T17:31:00.123456789+02:00",
    }
    assert post(open_hook, b'{"n": 1}', **headers).json()["outcome"] == "NEW"
    ((kind, subject, key, at),) = rows(tenant)
    assert (kind, subject, key) == ("order.made", "café", "/orders%20north 7")
    assert at == datetime(2018, 4, 5, 15, 31, 0, 123_456, tzinfo=timezone.utc)
    assert bodies(tenant) == [{"n": 1}]


def test_binary_event_needs_no_data(open_hook, tenant):
    headers = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "/orders", "ce-type": "order.gone"}
    assert post(open_hook, b"", **headers).json()["outcome"] == "NEW"
    assert post(open_hook, b"", **headers).json()["outcome"] == "DUPLICATE"
    assert post(open_hook, b"").json()["code"] == "INVALID_JSON"
    assert [(kind, key) for kind, _, key, _ in rows(tenant)] == [("order.gone", "/orders 7")]
    assert bodies(tenant) == [None]


@pytest.mark.parametrize(
    ("kind", "body", "payload"),
    [
        ("text/plain", "naïve \u20ac".encode(), "naïve \u20ac"),
        ("text/csv; charset=UTF-8", b"a,b\r\n1,2", "a,b\r\n1,2"),
        ("application/xml", b"<a>1</a>", "<a>1</a>"),
        ("application/soap+xml", b"<a/>", "<a/>"),
        ("text/plain; charset=utf-16", b"ab", {"data_base64": "//5hAGIA"}),
        ("text/plain", b"na\xefve", {"data_base64": "bmHvdmU="}),
        ("text/plain", b"a\0b", {"data_base64": "YQBi"}),
        ("application/octet-stream", b"\x00\xff", {"data_base64": "AP8="}),
        ("image/png", b"{}", {"data_base64": "e30="}),
        ("application/vnd.acme.v1+json", b'{"n": 1}', {"n": 1}),
        ("text/json", b"[1]", [1]),
        ("application/octet-stream", b"", None),
    ],
)
def test_binary_event_carries_any_data(open_hook, tenant, kind, body, payload):
    headers = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "/s", "ce-type": "a.b"}
    assert sent(open_hook, body, kind, **headers).json()["outcome"] == "NEW"
    assert sent(open_hook, body, kind, **headers).json()["outcome"] == "DUPLICATE"
    assert bodies(tenant) == [payload]
    assert sent(open_hook, body + b"!", kind, **headers).status_code in (400, 409)


def test_data_that_grows_beyond_an_events_size_is_refused(open_hook, tenant):
    headers = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "/s", "ce-type": "a.b"}
    answer = sent(open_hook, b"\xff" * (LIMITS.event_bytes - 10), "application/octet-stream", **headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert rows(tenant) == []


def test_conflict_names_the_timestamp_where_only_that_differs(open_hook):
    assert sent(open_hook, ONE).status_code == 202
    headers = {"ce-specversion": "1.0", "ce-id": "8", "ce-source": "/s", "ce-type": "a.b"}
    assert post(open_hook, b"1", **headers, **{"ce-time": "2018-04-05T17:31:00Z"}).status_code == 202
    answer = post(open_hook, b"1", **headers, **{"ce-time": "2018-04-05T17:31:01Z"})
    assert (answer.status_code, answer.json()["details"]["differs"]) == (409, "timestamp")
    assert answer.json()["message"] == naming("timestamp")
    other = post(open_hook, b"2", **headers, **{"ce-time": "2018-04-05T17:31:01Z"})
    assert (other.status_code, "differs" in other.json()["details"]) == (409, False)


def test_attribute_of_a_binary_event_may_stand_in_quotes(open_hook, tenant):
    headers = {"ce-specversion": '"1.0"', "ce-id": '"7"', "ce-source": "/s", "ce-type": '"a.b"'}
    assert post(open_hook, b"1", **headers, **{"ce-subject": '"caf%C3%A9 \\"x\\""'}).status_code == 202
    assert [(kind, about, key) for kind, about, key, _ in rows(tenant)] == [("a.b", 'café "x"', "/s 7")]


def test_event_is_not_refused_for_what_is_long_but_its_type(open_hook, tenant):
    long = {**ONE, "subject": "objects/" + "k" * 300, "source": "/" + "s" * 300}
    assert [sent(open_hook, {**long, "id": number}).json()["outcome"] for number in ("1", "2", "1")] == [
        "NEW",
        "NEW",
        "DUPLICATE",
    ]
    assert {len(about) for _, about, _, _ in rows(tenant)} == {LIMITS.text_characters}
    first, second = (key for _, _, key, _ in rows(tenant))
    assert first != second
    assert {len(first), len(second)} == {LIMITS.idempotency_key_characters}
    assert first.startswith("/sss")


def test_leap_second_is_the_second_after_it(open_hook, tenant):
    assert sent(open_hook, {**ONE, "time": "2016-12-31T23:59:60.5Z"}).status_code == 202
    assert [at for _, _, _, at in rows(tenant)] == [datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=timezone.utc)]


def test_batch_is_taken_in_whole_and_answered_one_by_one(open_hook, tenant):
    with acting_for(tenant.ref):
        fast: Any = {"rate_limit": {"per_second": 1_000, "burst": 1_000}}
        save_source(slug="open", scheme="UNSIGNED", secrets=None, options=None, intake=fast, expected_revision=None)
    batch = [{**ONE, "id": str(number), "data": {"n": number}} for number in range(LIMITS.batch_events)]
    answer = sent(open_hook, batch, BATCH)
    assert answer.status_code == 202
    told = answer.json()["events"]
    assert [one["outcome"] for one in told] == ["NEW"] * LIMITS.batch_events
    assert [event["data"]["n"] for event in bodies(tenant)] == list(range(LIMITS.batch_events))
    again = sent(open_hook, [batch[3], {**batch[4], "data": "other"}, {**ONE, "id": "new"}, batch[3]], BATCH)
    assert [one["outcome"] for one in again.json()["events"]] == ["DUPLICATE", "CONFLICT", "NEW", "DUPLICATE"]
    assert [one["event_id"] for one in again.json()["events"][:2]] == [told[3]["event_id"], told[4]["event_id"]]
    assert sent(open_hook, [], BATCH).json() == {"events": []}


@pytest.mark.parametrize(
    ("value", "kind", "refused"),
    [
        ({**ONE, "specversion": "0.3"}, STRUCTURED, ("BAD_USER_INPUT", ["specversion"])),
        ({**ONE, "id": ""}, STRUCTURED, ("BAD_USER_INPUT", ["id"])),
        ({**ONE, "source": 7}, STRUCTURED, ("BAD_USER_INPUT", ["source"])),
        ({**ONE, "type": "x" * 256}, STRUCTURED, ("BAD_USER_INPUT", ["type"])),
        ({**ONE, "subject": "a\u0001"}, STRUCTURED, ("BAD_USER_INPUT", ["subject"])),
        ({**ONE, "time": "yesterday"}, STRUCTURED, ("BAD_USER_INPUT", ["time"])),
        ({**ONE, "time": "2018-02-30T17:31:00Z"}, STRUCTURED, ("BAD_USER_INPUT", ["time"])),
        ({**ONE, "time": "9018-02-03T17:31:00Z"}, STRUCTURED, ("BAD_USER_INPUT", ["time"])),
        ({**ONE, "time": "9999-12-31T23:59:60Z"}, STRUCTURED, ("BAD_USER_INPUT", ["time"])),
        ([ONE], STRUCTURED, ("BAD_USER_INPUT", [])),
        (ONE, BATCH, ("BAD_USER_INPUT", [])),
        ([ONE, {**ONE, "type": None}], BATCH, ("BAD_USER_INPUT", [1, "type"])),
        ([ONE, 7], BATCH, ("BAD_USER_INPUT", [1])),
        ([ONE] * (LIMITS.batch_events + 1), BATCH, ("LIMIT_EXCEEDED", None)),
    ],
)
def test_what_is_no_cloudevent_is_refused_whole_with_its_place(open_hook, tenant, value, kind, refused):
    answer = sent(open_hook, value, kind)
    said = answer.json()
    assert (answer.status_code, (said["code"], said["details"].get("path"))) == (422, refused)
    assert rows(tenant) == []


@pytest.mark.parametrize("said", ["y" * 256, "a\nb", "a\x07"])
def test_type_and_subject_that_the_source_reads_are_held_to_what_can_be_kept(open_hook, tenant, said):
    """As those of any webhook are: a type gives way to webhook.<source>, and a subject is cut or left out."""
    intake: Any = {"event_type": {"expression": "payload.data"}, "subject": {"expression": "payload.data"}}
    with acting_for(tenant.ref):
        save_source(slug="open", scheme="UNSIGNED", secrets=None, options=None, intake=intake, expected_revision=None)
    assert sent(open_hook, {**ONE, "data": said}).status_code == 202
    assert sent(open_hook, [{**ONE, "id": "2", "data": said}], BATCH).status_code == 202
    assert sent(open_hook, {"data": said}, "application/json").status_code == 202
    subject = said[: LIMITS.text_characters] if said.isprintable() else ""
    assert [(kind, about) for kind, about, _, _ in rows(tenant)] == [("webhook.open", subject)] * 3


def test_binary_event_without_its_id_is_refused(open_hook):
    answer = post(open_hook, b"{}", **{"ce-specversion": "1.0", "ce-type": "a", "ce-source": "/s"})
    assert (answer.status_code, answer.json()["message"]) == (422, naming("id"))


def test_batch_is_proved_over_its_raw_bytes_once(tenant):
    secret = "correct horse battery"
    with acting_for(tenant.ref):
        save_source(slug="signed", scheme="HMAC", secrets=[secret], options=None, expected_revision=None)
    url, body = f"/t/{tenant.ref.slug}/hooks/signed", json.dumps([ONE, {**ONE, "id": "2"}]).encode()
    proof = hmac.new(secret.encode(), body, "sha256").hexdigest()
    assert sent(url, body, BATCH, **{"X-Signature": proof}).status_code == 202
    assert sent(url, body.replace(b"123", b"124"), BATCH, **{"X-Signature": proof}).status_code == 401
    with acting_for(tenant.ref):
        assert list(Event.objects.values_list("secret_version", flat=True)) == [1, 1]


def test_id_of_a_request_is_the_key_of_one_event_and_of_none_of_a_batch(tenant):
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    from standardwebhooks import Webhook

    with acting_for(tenant.ref):
        save_source(slug="sw", scheme="STANDARD_WEBHOOKS", secrets=[secret], options=None, expected_revision=None)
    url, now = f"/t/{tenant.ref.slug}/hooks/sw", datetime.now(timezone.utc)

    def signed(value: Any, kind: str) -> Any:
        text = json.dumps(value)
        proof = Webhook(secret).sign("msg_1", now, text)
        stamp = str(int(now.timestamp()))
        return sent(
            url, text.encode(), kind, **{"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": proof}
        )

    assert signed(ONE, STRUCTURED).status_code == 202
    assert [one["outcome"] for one in signed([ONE, {**ONE, "id": "2"}], BATCH).json()["events"]] == ["NEW", "NEW"]
    assert [key for _, _, key, _ in rows(tenant)] == ["msg_1", KEY, f"{KEY.split(maxsplit=1)[0]} 2"]


def test_requests_that_the_cloudevents_library_made_are_one_event(open_hook, tenant):
    """By cloudevents 2.2.0: to_structured and to_binary of one CloudEvent."""
    structured = (
        b'{"specversion": "1.0", "id": "A 1", "source": "https://example.com/orders north", "type": "com.example.made", '
        b'"subject": "caf\\u00e9", "time": "2018-04-05T17:31:00Z", "data": {"n": 1}}'
    )
    assert sent(open_hook, structured, "application/cloudevents+json").json()["outcome"] == "NEW"
    binary = {
        "ce-specversion": "1.0",
        "ce-id": "A 2",
        "ce-source": "https://example.com/orders north",
        "ce-type": "com.example.made",
        "ce-subject": "cafe",
        "ce-time": "2018-04-05T17:31:00Z",
    }
    assert post(open_hook, b'{"n": 1}', **binary).json()["outcome"] == "NEW"
    keys = [f"https://example.com/orders%20north A {n}" for n in (1, 2)]
    assert [(subject, key) for _, subject, key, _ in rows(tenant)] == [("café", keys[0]), ("cafe", keys[1])]
