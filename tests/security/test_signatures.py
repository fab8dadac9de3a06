"""A webhook is taken only from whoever holds the secret, over the very bytes that were signed, and in time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue
from automate.triggers.schemes import EventIdentity, Scheme, check_secrets, identify, verify
from tests.support.facts import Naming, naming

Case = tuple[Scheme, str, dict[str, str], bytes, float, dict[str, Any]]
"""scheme, secret, headers, body, now, options: a delivery that verifies."""

NOW = 1_614_265_330.0
BODY = b'{"test": 2432232314}'
SW_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SW_OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()
SW_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
GITHUB_SECRET = "It's a Secret to Everybody"
GITHUB_BODY = b"Hello, World!"
GITHUB_SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d"
    b"10d2c447fce8b6703c"
)
SLACK_HEADERS = {
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
}
STRIPE_SECRET = "whsec_stripe_example"
SECRET = "correct horse battery"


def hexed(secret: str, content: bytes, algorithm: str = "sha256") -> str:
    return hmac.new(secret.encode(), content, algorithm).hexdigest()


def based(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), content, "sha256").digest()).decode()


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


STRIPE_HEADERS = {"stripe-signature": f"t=1614265330,v0=old,v1={hexed(STRIPE_SECRET, b'1614265330.' + BODY)}"}

GENUINE: dict[str, Case] = {
    "standard webhooks": (Scheme.STANDARD_WEBHOOKS, SW_SECRET, SW_HEADERS, BODY, NOW, {}),
    "github": (Scheme.GITHUB, GITHUB_SECRET, {"x-hub-signature-256": GITHUB_SIGNATURE}, GITHUB_BODY, NOW, {}),
    "stripe": (Scheme.STRIPE, STRIPE_SECRET, STRIPE_HEADERS, BODY, NOW, {}),
    "slack": (Scheme.SLACK, SLACK_SECRET, SLACK_HEADERS, SLACK_BODY, 1_531_420_618.0, {}),
    "shopify": (Scheme.SHOPIFY, SECRET, {"x-shopify-hmac-sha256": based(SECRET, BODY)}, BODY, NOW, {}),
    "hmac": (Scheme.HMAC, SECRET, {"x-signature": hexed(SECRET, BODY)}, BODY, NOW, {}),
    "hmac in base64": (
        Scheme.HMAC,
        SECRET,
        {"x-sig": based(SECRET, BODY)},
        BODY,
        NOW,
        {"header": "X-Sig", "encoding": "base64"},
    ),
    "hmac with time": (
        Scheme.HMAC,
        SECRET,
        {"x-signature": "sha512=" + hexed(SECRET, b"1614265330." + BODY, "sha512"), "x-time": "1614265330"},
        BODY,
        NOW,
        {"algorithm": "sha512", "prefix": "sha512=", "timestamp_header": "X-Time", "tolerance_seconds": 60},
    ),
    "basic": (Scheme.BASIC, "user:pass:word", {"authorization": basic("user:pass:word")}, BODY, NOW, {}),
    "bearer": (Scheme.BEARER, "token-of-somebody", {"authorization": "bearer token-of-somebody"}, BODY, NOW, {}),
}
genuine = pytest.mark.parametrize("case", GENUINE.values(), ids=GENUINE.keys())
SIGNED = {name: case for name, case in GENUINE.items() if name not in {"basic", "bearer"}}
signed = pytest.mark.parametrize("case", SIGNED.values(), ids=SIGNED.keys())
TIMED = {name: SIGNED[name] for name in ("standard webhooks", "stripe", "slack", "hmac with time")}
timed = pytest.mark.parametrize("case", TIMED.values(), ids=TIMED.keys())


def other_than(scheme: Scheme) -> str:
    return SW_OTHER if scheme is Scheme.STANDARD_WEBHOOKS else "somebody:elses secret"


def refusal(code: str, *request: Any) -> NormalizedError:
    secrets = request[1]
    with pytest.raises(NormalizedError) as caught:
        verify(*request)
    error = caught.value
    assert error.code == code
    shown = json.dumps(error.as_json())
    assert not [secret for secret in secrets if secret in shown]
    return error


@genuine
def test_genuine_delivery_verifies(case: Case) -> None:
    scheme, secret, headers, body, now, options = case
    check_secrets(scheme, [secret], options)
    assert verify(scheme, [secret], headers, body, now, options) == 0


@genuine
def test_rotated_secrets_verify_side_by_side_and_the_one_that_fits_is_told(case: Case) -> None:
    scheme, secret, headers, body, now, options = case
    assert verify(scheme, [other_than(scheme), secret], headers, body, now, options) == 1
    assert verify(scheme, [secret, other_than(scheme)], headers, body, now, options) == 0


@genuine
def test_wrong_secrets_are_refused_by_count(case: Case) -> None:
    scheme, _secret, headers, body, now, options = case
    error = refusal("INVALID_SIGNATURE", scheme, [other_than(scheme)], headers, body, now, options)
    assert error.message == naming("secret")
    error = refusal("INVALID_SIGNATURE", scheme, [other_than(scheme)] * 2, headers, body, now, options)
    assert error.message == naming("2", "secrets")


@signed
def test_altered_body_is_refused(case: Case) -> None:
    scheme, secret, headers, body, now, options = case
    for altered in (body + b" ", body[:-1], b"", b"\xff\x00"):
        refusal("INVALID_SIGNATURE", scheme, [secret], headers, altered, now, options)


@genuine
def test_missing_and_empty_headers_are_named(case: Case) -> None:
    scheme, secret, headers, body, now, options = case
    for name in headers:
        code = "INVALID_TIMESTAMP" if "time" in name else "INVALID_SIGNATURE"
        rest = {other: value for other, value in headers.items() if other != name}
        error = refusal(code, scheme, [secret], rest, body, now, options)
        assert name in error.message.lower()
        error = refusal(code, scheme, [secret], {**headers, name: " "}, body, now, options)
        assert name in error.message.lower()


@genuine
def test_malformed_headers_are_refused(case: Case) -> None:
    scheme, secret, headers, body, now, options = case
    for name, value in headers.items():
        for odd in (
            "é",
            "\u20ac\ud800",
            "\0",
            ",",
            "=",
            " , ",
            "v1,",
            "sha256=",
            "A",
            f"{value},{value}x",
            value[:-1] + "é",
            "9" * 400,
        ):
            with pytest.raises(NormalizedError) as caught:
                verify(scheme, [secret], {**headers, name: odd}, body, now, options)
            assert caught.value.code in {"INVALID_SIGNATURE", "INVALID_TIMESTAMP"}


def test_header_sent_twice_is_refused() -> None:
    headers = {"x-hub-signature-256": f"{GITHUB_SIGNATURE},{GITHUB_SIGNATURE}"}
    error = refusal("INVALID_SIGNATURE", Scheme.GITHUB, [GITHUB_SECRET], headers, GITHUB_BODY, NOW, {})
    assert "sent twice" in error.message


@timed
def test_old_and_future_times_are_refused(case: Case) -> None:
    scheme, secret, headers, body, now, options = case
    tolerance = options.get("tolerance_seconds", 300)
    verify(scheme, [secret], headers, body, now + tolerance, options)
    verify(scheme, [secret], headers, body, now - tolerance, options)
    old = refusal("INVALID_TIMESTAMP", scheme, [secret], headers, body, now + 420, options)
    assert old.message == naming("420", tolerance)
    early = refusal("INVALID_TIMESTAMP", scheme, [secret], headers, body, now - tolerance - 1, options)
    assert early.message == naming(tolerance + 1)


def test_milliseconds_are_called_by_name() -> None:
    headers = {**SW_HEADERS, "webhook-timestamp": "1614265330000"}
    error = refusal("INVALID_TIMESTAMP", Scheme.STANDARD_WEBHOOKS, [SW_SECRET], headers, BODY, NOW, {})
    assert "milliseconds" in error.message


def test_changed_time_or_id_breaks_the_signature() -> None:
    for changed in ({"webhook-timestamp": "1614265331"}, {"webhook-id": "msg_other"}):
        refusal("INVALID_SIGNATURE", Scheme.STANDARD_WEBHOOKS, [SW_SECRET], {**SW_HEADERS, **changed}, BODY, NOW, {})
    slack = {**SLACK_HEADERS, "x-slack-request-timestamp": "1531420619"}
    refusal("INVALID_SIGNATURE", Scheme.SLACK, [SLACK_SECRET], slack, SLACK_BODY, 1_531_420_618.0, {})
    stripe = {"stripe-signature": STRIPE_HEADERS["stripe-signature"].replace("t=1614265330", "t=1614265331")}
    refusal("INVALID_SIGNATURE", Scheme.STRIPE, [STRIPE_SECRET], stripe, BODY, NOW, {})
    twice = {"stripe-signature": "t=1614265330," + STRIPE_HEADERS["stripe-signature"]}
    refusal("INVALID_TIMESTAMP", Scheme.STRIPE, [STRIPE_SECRET], twice, BODY, NOW, {})


def test_library_signatures_verify() -> None:
    signature = Webhook(SW_OTHER).sign("msg_1", datetime.fromtimestamp(NOW, timezone.utc), '{"é": 1}')
    headers = {**SW_HEADERS, "webhook-id": "msg_1", "webhook-signature": signature}
    verify(Scheme.STANDARD_WEBHOOKS, [SW_OTHER], headers, '{"é": 1}'.encode(), NOW, {})


def test_signature_list_with_garbage_verifies() -> None:
    real = SW_HEADERS["webhook-signature"]
    for around in (f"v1,AAAA {real}", f"garbage v2,x v1a,!! {real} v1,é", f"v1,{'A' * 43}= {real}", f" {real}  v1"):
        headers = {**SW_HEADERS, "webhook-signature": around}
        verify(Scheme.STANDARD_WEBHOOKS, [SW_SECRET], headers, BODY, NOW, {})


def test_endless_signature_list_is_refused() -> None:
    headers = {**SW_HEADERS, "webhook-signature": f"v1,{'A' * 43}= " * 21}
    error = refusal("INVALID_SIGNATURE", Scheme.STANDARD_WEBHOOKS, [SW_SECRET], headers, BODY, NOW, {})
    assert "more than 20" in error.message


def test_ed25519_signatures_verify_beside_shared_keys() -> None:
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a test's key").digest())
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    content = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + BODY
    signature = "v1a," + base64.b64encode(private.sign(content)).decode()
    headers = {**SW_HEADERS, "webhook-signature": f"v1a,AAAA {signature}"}
    check_secrets(Scheme.STANDARD_WEBHOOKS, [SW_SECRET, public])
    assert verify(Scheme.STANDARD_WEBHOOKS, [public], headers, BODY, NOW, {}) == 0
    assert verify(Scheme.STANDARD_WEBHOOKS, [SW_SECRET, public], headers, BODY, NOW, {}) == 1
    assert verify(Scheme.STANDARD_WEBHOOKS, [public, SW_SECRET], SW_HEADERS, BODY, NOW, {}) == 1
    refusal("INVALID_SIGNATURE", Scheme.STANDARD_WEBHOOKS, [public, SW_SECRET], headers, BODY + b" ", NOW, {})
    refusal("INVALID_SIGNATURE", Scheme.STANDARD_WEBHOOKS, [public], SW_HEADERS, BODY, NOW, {})
    refusal("INVALID_TIMESTAMP", Scheme.STANDARD_WEBHOOKS, [public], headers, BODY, NOW + 301, {})


def test_public_key_is_no_shared_key() -> None:
    public = "whpk_" + base64.b64encode(b"p" * 32).decode()
    forged = hmac.new(b"p" * 32, b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + BODY, "sha256").digest()
    headers = {**SW_HEADERS, "webhook-signature": "v1," + base64.b64encode(forged).decode()}
    refusal("INVALID_SIGNATURE", Scheme.STANDARD_WEBHOOKS, [public], headers, BODY, NOW, {})


def test_unsigned_takes_anything() -> None:
    assert verify(Scheme.UNSIGNED, [], {}, b"\xff", NOW, {}) is None


def test_form_is_refused_with_the_remedy() -> None:
    headers = {"x-hub-signature-256": GITHUB_SIGNATURE, "content-type": "application/x-www-form-urlencoded"}
    error = refusal("UNSUPPORTED_MEDIA_TYPE", Scheme.GITHUB, [GITHUB_SECRET], headers, GITHUB_BODY, NOW, {})
    assert error.message == naming("application/json")
    refusal("INVALID_SIGNATURE", Scheme.GITHUB, ["another secret"], headers, GITHUB_BODY, NOW, {})


@pytest.mark.parametrize(
    ("scheme", "secrets", "words"),
    [
        (Scheme.GITHUB, [], naming("secret")),
        (Scheme.UNSIGNED, ["whatever it is"], naming("no secrets")),
        (Scheme.GITHUB, ["hunter2"], naming("secret 1", "8")),
        (Scheme.GITHUB, ["good enough", "good enough"], naming("secret 2", "twice")),
        (Scheme.GITHUB, ["good enough", " copied badly\n"], naming("secret 2", "white")),
        (Scheme.GITHUB, [f"secret number {n}" for n in range(11)], naming("10")),
        (Scheme.GITHUB, ["x" * 1025], naming("1024")),
        (Scheme.SLACK, ["with\0a NUL"], naming("control characters")),
        (Scheme.STANDARD_WEBHOOKS, ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], naming("whsec_")),
        (Scheme.STANDARD_WEBHOOKS, ["whsec_not*base64*at*all"], naming("base64")),
        (Scheme.STANDARD_WEBHOOKS, ["whsec_éééééééé"], naming("base64")),
        (Scheme.STANDARD_WEBHOOKS, ["whsec_c2hvcnQ="], naming("16")),
        (Scheme.STANDARD_WEBHOOKS, ["whpk_c2hvcnQ="], naming("Ed25519")),
        (Scheme.BASIC, ["nocolonhere"], naming("user:password")),
        (Scheme.BEARER, ["two words here"], naming("header")),
    ],
)
def test_unfit_secrets_are_refused_unshown(scheme: Scheme, secrets: list[str], words: Naming) -> None:
    with pytest.raises(NormalizedError) as caught:
        check_secrets(scheme, secrets)
    assert caught.value.code == "BAD_USER_INPUT"
    assert caught.value.message == words
    assert caught.value.path[0] == "secrets"
    assert not [secret for secret in secrets if secret in json.dumps(caught.value.as_json())]


@pytest.mark.parametrize(
    ("scheme", "options"),
    [
        (Scheme.HMAC, {"algorithm": "md5"}),
        (Scheme.HMAC, {"algorithm": ["sha256"]}),
        (Scheme.HMAC, {"encoding": "rot13"}),
        (Scheme.HMAC, {"header": "no good"}),
        (Scheme.HMAC, {"prefix": 1}),
        (Scheme.HMAC, {"tolerance_seconds": 0}),
        (Scheme.STRIPE, {"tolerance_seconds": True}),
        (Scheme.STRIPE, {"header": "X"}),
        (Scheme.GITHUB, {"tolerance_seconds": 300}),
    ],
)
def test_unfit_options_are_refused(scheme: Scheme, options: JsonObject) -> None:
    with pytest.raises(NormalizedError) as caught:
        check_secrets(scheme, [SECRET], options)
    assert (caught.value.code, caught.value.path) == ("BAD_USER_INPUT", ["options", next(iter(options))])


STRIPE_EVENT = {"id": "evt_1", "type": "charge.succeeded", "data": {"object": {"id": "ch_1"}}}
CLOUD_EVENT = {"specversion": "1.0", "id": "A 1", "source": "/my source", "type": "com.example.made", "subject": "s1"}
CE_HEADERS = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "/s", "ce-type": "made", "ce-subject": "n"}


@pytest.mark.parametrize(
    ("scheme", "headers", "body", "expected"),
    [
        (Scheme.STANDARD_WEBHOOKS, {"webhook-id": "msg_1"}, {"type": "a.b"}, EventIdentity("a.b", "msg_1", None)),
        (Scheme.STANDARD_WEBHOOKS, {"webhook-id": "msg_1"}, {"type": 7}, EventIdentity("webhook.shop", "msg_1", None)),
        (Scheme.STANDARD_WEBHOOKS, {"webhook-id": "msg_1"}, {"type": ""}, EventIdentity("webhook.shop", "msg_1", None)),
        (Scheme.GITHUB, {"x-github-event": "ping", "x-github-delivery": "d"}, {"zen": "."}, EventIdentity("ping", "d", None)),
        (
            Scheme.GITHUB,
            {"x-github-event": "push", "x-github-delivery": "d"},
            {"type": "x", "repository": {"full_name": "o/r"}},
            EventIdentity("push", "d", "o/r"),
        ),
        (Scheme.GITHUB, {}, {"repository": "odd"}, EventIdentity("webhook.shop", None, None)),
        (Scheme.STRIPE, {}, STRIPE_EVENT, EventIdentity("charge.succeeded", "evt_1", "ch_1")),
        (Scheme.STRIPE, {}, {"id": 5, "data": []}, EventIdentity("webhook.shop", None, None)),
        (Scheme.SLACK, {}, {"event_id": "Ev1", "type": "event_callback", "event": {"type": "message"}}, EventIdentity("message", "Ev1", None)),
        (Scheme.SLACK, {}, {"event": "odd"}, EventIdentity("webhook.shop", None, None)),
        (Scheme.SHOPIFY, {"x-shopify-topic": "orders/create", "x-shopify-event-id": "e"}, {}, EventIdentity("orders/create", "orders/create e", None)),
        (Scheme.SHOPIFY, {"x-shopify-event-id": "e"}, {}, EventIdentity("webhook.shop", "e", None)),
        (Scheme.HMAC, {"x-shopify-topic": "orders/paid", "x-shopify-event-id": "e"}, {}, EventIdentity("orders/paid", "orders/paid e", None)),
        (Scheme.SHOPIFY, {"x-shopify-topic": "orders/paid"}, {}, EventIdentity("orders/paid", None, None)),
        (Scheme.UNSIGNED, {}, CLOUD_EVENT, EventIdentity("com.example.made", "/my%20source A 1", "s1")),
        (Scheme.UNSIGNED, CE_HEADERS, {"n": 1}, EventIdentity("made", "/s 7", "n")),
        (Scheme.UNSIGNED, {}, {"type": "a", "id": "1", "source": "s"}, EventIdentity("a", None, None)),
        (Scheme.HMAC, {"x-github-event": "push", "x-github-delivery": "d"}, {}, EventIdentity("push", "d", None)),
        (Scheme.UNSIGNED, {}, {"type": "x\u0000"}, EventIdentity("webhook.shop", None, None)),
        (Scheme.UNSIGNED, {}, {"type": "x" * 256}, EventIdentity("webhook.shop", None, None)),
        (Scheme.UNSIGNED, {}, [1], EventIdentity("webhook.shop", None, None)),
        (Scheme.BASIC, {}, None, EventIdentity("webhook.shop", None, None)),
    ],
)  # fmt: skip
def test_identity_is_read_where_senders_write_it(
    scheme: Scheme, headers: dict[str, str], body: JsonValue, expected: EventIdentity
) -> None:
    assert identify(scheme, headers, body, "shop") == expected


@pytest.mark.parametrize("key", ["k" * 256, "a\nb", "a\x7f", "\x85"])
def test_unfit_idempotency_key_is_refused(key: str) -> None:
    with pytest.raises(NormalizedError) as caught:
        identify(Scheme.STANDARD_WEBHOOKS, {"webhook-id": f"a{key}b"}, {}, "shop")
    assert caught.value.code == "BAD_USER_INPUT"
    assert identify(Scheme.STANDARD_WEBHOOKS, {"webhook-id": "k" * 255}, {}, "shop").idempotency_key == "k" * 255
