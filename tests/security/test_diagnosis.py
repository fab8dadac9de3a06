"""Why a signature fails is told by secret, in words that help, and neither a secret nor what was expected is ever told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from automate.triggers.schemes import Cause, Scheme, SignedRequest, diagnose, diagnosis, recipes

SECRET = "correct horse battery"
WHSEC = "whsec_" + base64.b64encode(b"k" * 24).decode()
BODY = '{"name": "Zoë", "n": 1.5, "a": [1, 2]}\r\n'.encode()
VALUE = json.loads(BODY)
NOW = 1_700_000_000.0
STAMP = "1700000000"
TIMED = {"timestamp_header": "X-Time"}


def mac(content: bytes, key: bytes = SECRET.encode(), algorithm: str = "sha256") -> bytes:
    return hmac.new(key, content, algorithm).digest()


def found(
    signature: str,
    options: dict[str, Any] | None = None,
    *,
    secret: str = SECRET,
    scheme: Scheme = Scheme.HMAC,
    **headers: str,
) -> tuple[Cause, str]:
    given_headers = {name.replace("_", "-"): value for name, value in {"x_signature": signature, **headers}.items()}
    finding = diagnose(scheme, secret, SignedRequest(given_headers, BODY, NOW, options or {}))
    assert secret not in finding.message
    for algorithm in ("sha1", "sha256", "sha512"):
        assert mac(BODY, secret.encode(), algorithm).hex() not in finding.message
    return finding.cause, finding.message


def test_right_signature_is_verified():
    assert found(mac(BODY).hex()) == (Cause.VERIFIED, "This secret made the signature.")
    assert found("", scheme=Scheme.UNSIGNED)[0] is Cause.VERIFIED


@pytest.mark.parametrize(
    ("signature", "options", "cause", "words"),
    [
        ("", {}, Cause.HEADER, "X-Signature is empty"),
        ("nonsense", {}, Cause.HEADER, "holds no signature of the form"),
        (mac(BODY).hex()[:-2], {}, Cause.HEADER, "was it cut"),
        (mac(BODY).hex(), {"prefix": "sha256="}, Cause.HEADER, "the prefix sha256=, which this source requires, is missing"),
        (base64.b64encode(mac(BODY)).decode(), {}, Cause.ENCODING, "written as base64; this source reads hex"),
        (mac(BODY).hex(), {"encoding": "base64url"}, Cause.ENCODING, "written as hex; this source reads base64url"),
        (mac(BODY, algorithm="sha1").hex(), {}, Cause.ALGORITHM, "made with sha1; this source expects sha256"),
        (mac(BODY, algorithm="sha512").hex(), {"algorithm": "sha1"}, Cause.ALGORITHM, "made with sha512"),
        (mac(b"").hex(), {}, Cause.BODY, "an empty body"),
        (mac(BODY.rstrip()).hex(), {}, Cause.BODY, "without the line feed at its end"),
        (mac(BODY + b"\n").hex(), {}, Cause.BODY, "something removed it"),
        (mac(BODY.replace(b"\r\n", b"\n")).hex(), {}, Cause.BODY, "other line ends"),
        (mac(json.dumps(VALUE).encode()).hex(), {}, Cause.BODY, "with spaces with letters beyond ASCII escaped"),
        (mac(json.dumps(VALUE, separators=(",", ":"), ensure_ascii=False).encode()).hex(), {}, Cause.BODY, "without spaces"),
        (mac(json.dumps(VALUE, indent=2).encode()).hex(), {}, Cause.BODY, "indented by two"),
        (mac(json.dumps(VALUE, sort_keys=True, separators=(",", ":")).encode()).hex(), {}, Cause.BODY, "keys in order"),
        (mac(BODY, f"{SECRET}\n".encode()).hex(), {}, Cause.KEY_FORM, "a line feed at its end"),
        (mac(BODY, b"another").hex(), {}, Cause.SECRET, "the sender holds another secret"),
    ],
)  # fmt: skip
def test_cause_is_told(signature, options, cause, words):
    said = found(signature, options)
    assert said[0] is cause
    assert words in said[1]


def test_endless_signature_list_is_not_decoded_for_every_guess(monkeypatch):
    decoded: list[str] = []
    monkeypatch.setattr(
        diagnosis, "decode", lambda text, encoding: decoded.append(text) or recipes.decode(text, encoding)
    )
    endless: dict[str, Any] = {"stripe_signature": f"t={STAMP}," + ",".join(["v1=0"] * 10_000)}
    cause, said = found("", scheme=Scheme.STRIPE, **endless)
    assert (cause, "more than 20 signatures" in said) == (Cause.HEADER, True)
    assert 0 < len(decoded) < 10_000
    decoded.clear()
    endless = {"stripe_signature": ",".join(["0"] * 10_000)}
    assert found("", scheme=Scheme.STRIPE, **endless)[0] is Cause.HEADER
    assert len(decoded) < 10_000


def test_time_and_template_are_told_apart_from_the_secret():
    stamped = mac(f"{STAMP}.".encode() + BODY).hex()
    assert found(stamped, TIMED, x_time=STAMP)[0] is Cause.VERIFIED
    old = str(int(NOW) - 420)
    cause, said = found(mac(f"{old}.".encode() + BODY).hex(), TIMED, x_time=old)
    assert cause is Cause.TIMESTAMP
    assert "The signature is this secret's, but the header X-Time is 420 s old and the tolerance is 300 s" in said
    cause, said = found(mac(BODY).hex(), TIMED, x_time=STAMP)
    assert (cause, said) == (
        Cause.TEMPLATE,
        "This secret signed {body}; this source expects {timestamp}.{body} to be signed.",
    )
    cause, said = found(mac(b"x").hex(), TIMED, x_time=old)
    assert cause is Cause.SECRET
    assert "420 s old" in said
    assert (
        found(mac(BODY).hex(), {"id_header": "X-Id"})[1]
        == "The header X-Id is missing; does this sender sign for this scheme?"
    )


def test_key_of_standard_webhooks_is_decoded_or_not():
    content = b"msg_1.1700000000." + BODY
    headers: dict[str, Any] = {"webhook_id": "msg_1", "webhook_timestamp": STAMP}

    def signed(key: bytes) -> tuple[Cause, str]:
        proof = "v1," + base64.b64encode(mac(content, key)).decode()
        return found("", secret=WHSEC, scheme=Scheme.STANDARD_WEBHOOKS, webhook_signature=proof, **headers)

    assert signed(b"k" * 24)[0] is Cause.VERIFIED
    assert signed(WHSEC.encode()) == (
        Cause.KEY_FORM,
        "The sender used another key of this secret: the text of the secret itself, with its prefix.",
    )
    assert "not decoded" in signed(WHSEC.removeprefix("whsec_").encode())[1]
    assert signed(b"x")[0] is Cause.SECRET


def test_public_key_says_whether_body_time_or_key_differs():
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a test's key").digest())
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode()

    def signed(body: bytes, stamp: str = STAMP, version: str = "v1a") -> Cause:
        proof = f"{version}," + base64.b64encode(private.sign(f"msg_1.{stamp}.".encode() + body)).decode()
        headers: dict[str, Any] = {"webhook_id": "msg_1", "webhook_timestamp": stamp, "webhook_signature": proof}
        return found("", secret=public, scheme=Scheme.STANDARD_WEBHOOKS, **headers)[0]

    assert signed(BODY) is Cause.VERIFIED
    assert signed(BODY.rstrip()) is Cause.BODY
    assert signed(b"other") is Cause.SECRET
    assert signed(BODY, "1600000000") is Cause.TIMESTAMP
    assert signed(BODY, version="v1") is Cause.HEADER


def test_vendors_are_diagnosed_by_their_own_recipes():
    github: dict[str, Any] = {"x_hub_signature_256": "sha256=" + mac(BODY.rstrip()).hex()}
    assert found("", scheme=Scheme.GITHUB, **github)[0] is Cause.BODY
    assert found("", scheme=Scheme.SHOPIFY, x_shopify_hmac_sha256=mac(BODY).hex())[0] is Cause.ENCODING
    stripe: dict[str, Any] = {"stripe_signature": f"t={STAMP},v1={mac(BODY).hex()}"}
    assert found("", scheme=Scheme.STRIPE, **stripe)[0] is Cause.TEMPLATE
    slack: dict[str, Any] = {"x_slack_request_timestamp": "1", "x_slack_signature": "v0=" + mac(b"v0:1:" + BODY).hex()}
    assert found("", scheme=Scheme.SLACK, **slack)[0] is Cause.TIMESTAMP
    assert "X-Slack-Signature is missing" in found("", scheme=Scheme.SLACK)[1]


def test_credentials_are_diagnosed_too():
    def basic(text: str) -> tuple[Cause, str]:
        shown = "Basic " + base64.b64encode(text.encode()).decode()
        return found("", secret="user:right one", scheme=Scheme.BASIC, authorization=shown)

    assert basic("user:right one")[0] is Cause.VERIFIED
    assert basic("user:wrong one") == (Cause.SECRET, "The user is right and the password is not.")
    assert basic("user:right one\n")[0] is Cause.KEY_FORM
    assert basic("other:right one")[1] == "The credentials in Authorization are not these."
    bearer: dict[str, Any] = {"secret": "the-right-token", "scheme": Scheme.BEARER}
    assert found("", authorization='Bearer "the-right-token"', **bearer)[0] is Cause.KEY_FORM
    assert found("", authorization="Token the-right-token", **bearer)[0] is Cause.HEADER
    assert found("", authorization="Bearer other", **bearer)[0] is Cause.SECRET


@given(st.text(max_size=40), st.binary(max_size=40), st.sampled_from(sorted(set(Scheme) - {Scheme.UNSIGNED})))
def test_whatever_comes_is_told_and_tells_no_secret(text: str, body: bytes, scheme: Scheme):
    names = ("x-signature", "x-hub-signature-256", "stripe-signature", "x-slack-signature", "x-shopify-hmac-sha256")
    headers = dict.fromkeys((*names, "webhook-signature", "webhook-id", "webhook-timestamp", "authorization"), text)
    secret = WHSEC if scheme is Scheme.STANDARD_WEBHOOKS else "user:a long secret"
    finding = diagnose(scheme, secret, SignedRequest(headers, body, NOW, {}))
    assert finding.cause is not Cause.VERIFIED
    assert finding.message.endswith((".", "?"))
    assert secret not in finding.message
