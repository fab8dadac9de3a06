"""The HMAC scheme is data: header, prefix, encoding, algorithm and what is signed, each as a source configures it."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject
from automate.triggers.schemes import Scheme, check_secrets, option_problems, verify
from tests.support.facts import Naming, naming

SECRET = "correct horse battery"
NOW = 1_700_000_000.0
STAMP = "1700000000"
BODY = b'{"n": 1}'
STAMPED = {"x-signature": "", "x-time": STAMP, "x-id": "m-1"}


def digest(content: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(SECRET.encode(), content, algorithm).digest()


def taken(signature: str, options: dict[str, Any], **more: str) -> None:
    check_secrets(Scheme.HMAC, [SECRET], options)
    verify(Scheme.HMAC, [SECRET], {**STAMPED, "x-signature": signature, **more}, BODY, NOW, options)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_each_algorithm_and_encoding_is_read(algorithm: str) -> None:
    raw = digest(BODY, algorithm)
    taken(raw.hex(), {"algorithm": algorithm})
    taken(raw.hex().upper(), {"algorithm": algorithm})
    taken(base64.b64encode(raw).decode(), {"algorithm": algorithm, "encoding": "base64"})
    url_safe = base64.urlsafe_b64encode(raw).decode()
    taken(url_safe, {"algorithm": algorithm, "encoding": "base64url"})
    taken(url_safe.rstrip("="), {"algorithm": algorithm, "encoding": "base64url"})


def test_base64url_takes_no_other_alphabet() -> None:
    body, raw = b"", b""
    while b"+" not in base64.b64encode(raw):
        body += b"x"
        raw = digest(body)
    options = {"encoding": "base64url"}
    verify(Scheme.HMAC, [SECRET], {"x-signature": base64.urlsafe_b64encode(raw).decode()}, body, NOW, options)
    with pytest.raises(NormalizedError, match=r"base64url.* 32 bytes"):
        verify(Scheme.HMAC, [SECRET], {"x-signature": base64.b64encode(raw).decode()}, body, NOW, options)


@pytest.mark.parametrize(
    ("signs", "content", "headers"),
    [
        ("{body}", BODY, {}),
        ("{timestamp}.{body}", b"1700000000." + BODY, {"timestamp_header": "X-Time"}),
        ("{body}.{timestamp}", BODY + b".1700000000", {"timestamp_header": "X-Time"}),
        ("v1:{timestamp}:{body}", b"v1:1700000000:" + BODY, {"timestamp_header": "X-Time"}),
        ("{id}.{timestamp}.{body}", b"m-1.1700000000." + BODY, {"timestamp_header": "X-Time", "id_header": "X-Id"}),
        ("{id}|{body}|end", b"m-1|" + BODY + b"|end", {"id_header": "X-Id"}),
    ],
)
def test_template_says_what_is_signed(signs: str, content: bytes, headers: dict[str, Any]) -> None:
    taken(digest(content).hex(), {"signs": signs, **headers})
    with pytest.raises(NormalizedError, match=r"^INVALID_SIGNATURE: "):
        taken(digest(content + b" ").hex(), {"signs": signs, **headers})


def test_what_has_a_header_is_signed_also_where_no_template_says_how() -> None:
    taken(digest(b"1700000000." + BODY).hex(), {"timestamp_header": "X-Time"})
    taken(digest(b"m-1." + BODY).hex(), {"id_header": "X-Id"})
    taken(digest(b"m-1.1700000000." + BODY).hex(), {"id_header": "X-Id", "timestamp_header": "X-Time"})


def test_braces_in_the_body_and_the_id_mean_nothing() -> None:
    body = b'{"a": "{timestamp} {body} {id}"}'
    content = b"{body}." + body
    options = {"id_header": "X-Id", "signs": "{id}.{body}"}
    verify(Scheme.HMAC, [SECRET], {"x-signature": digest(content).hex(), "x-id": "{body}"}, body, NOW, options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"signs": "{timestamp}."}, naming("{body}")),
        ({"signs": "{body}{body}"}, naming("{body}")),
        ({"signs": "{url}{body}"}, naming("braces")),
        ({"signs": "{{body}}"}, naming("braces")),
        ({"signs": "{timestamp}.{body}"}, naming("timestamp_header")),
        ({"signs": "{id}.{body}"}, naming("id_header")),
        ({"signs": "{body}", "timestamp_header": "X-Time"}, naming("unsigned")),
        ({"signs": "x" * 129}, naming("128")),
        ({"signs": 7}, naming("text")),
        ({"id_header": "no good"}, naming("id_header")),
        ({"encoding": "base32"}, naming("encoding", "hex", "base64", "base64url")),
    ],
)
def test_template_that_proves_too_little_is_refused(options: dict[str, Any], words: Naming) -> None:
    told = list(option_problems(Scheme.HMAC, options))
    path = ["options", "signs" if "signs" in options else next(iter(options))]
    assert {(one.code, tuple(one.path)) for one in told} == {("BAD_USER_INPUT", tuple(path))}
    assert any(one.message == words for one in told)


def test_all_that_is_wrong_comes_at_once_in_the_words_of_the_field_that_it_was_written_in() -> None:
    options: JsonObject = {
        "id_header": "no good",
        "tolerance_seconds": 0,
        "signs": "{body}",
        "timestamp_header": "X-Time",
    }
    told = {tuple(one.path): one.message for one in option_problems(Scheme.HMAC, options, field="verification")}
    assert told.keys() == {("verification", name) for name in ("idHeader", "toleranceSeconds", "signs")}
    assert told["verification", "toleranceSeconds"] == naming("toleranceSeconds", "1", "86400")
    assert "_" not in "".join(told.values())
    (stripe,) = option_problems(Scheme.STRIPE, {"id_header": "X-Id"}, field="verification")
    assert stripe.message == naming("idHeader", "toleranceSeconds")


def test_old_time_is_refused_where_the_template_signs_it_behind_the_body() -> None:
    options: JsonObject = {"signs": "{body}.{timestamp}", "timestamp_header": "X-Time", "tolerance_seconds": 60}
    headers = {"x-signature": digest(BODY + b".1700000000").hex(), "x-time": STAMP}
    verify(Scheme.HMAC, [SECRET], headers, BODY, NOW + 60, options)
    with pytest.raises(NormalizedError, match=r"61 s .*60 s"):
        verify(Scheme.HMAC, [SECRET], headers, BODY, NOW + 61, options)
