"""What people and logs see of JSON holds no secret, and loses nothing else."""

# ruff: noqa: SIM905 - a list of words reads best as one text

from __future__ import annotations

import base64
import html
import itertools
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

import automate.demo
from automate.kernel.errors import NormalizedError
from automate.kernel.redaction import REDACTED, Scrubber, redact

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.mark.parametrize(
    "name",
    "password Password PASSWORD user_password userPassword dbpassword passwd pwd X-Api-Key apiKey APIKey api.key APIKEY access_token accessToken "
    "accesstoken refresh-token token secret client_secret clientSecret AWSSecretAccessKey Authorization proxy-authorization cookie set-cookie "
    "Set-Cookie2 card_number cardNumber cvv cvv2 CVC pin ssn private_key privateKey key encryption_key session_id sessionId PHPSESSID "
    "credentials jwt auth X-Auth X-Csrf-Token SLACK_TOKEN webhook_secret secrets tokens password_hash".split(),
)
def test_sensitive_names_hide_all_kinds_of_value(name: str) -> None:
    values: list[Any] = ["hunter2", "", ["a", 1], {"b": "c"}]
    for value in values:
        assert redact({"a": [{name: value, "n": 1}]}) == {"a": [{name: REDACTED, "n": 1}]}
    assert redact({name: None, "n": True}) == {name: None, "n": True}
    assert redact({name: False}) == {name: False}


@pytest.mark.parametrize("name", ["password", "pin", "cvv", "card_number", "token", "key"])
def test_numbers_under_sensitive_names_are_hidden(name: str) -> None:
    assert redact({name: 1234}) == {name: REDACTED}


@pytest.mark.parametrize(
    "name",
    "keyboard monkey turkey keys author authors secretary passenger compass pinned opinion cookiecutter tokenizer tokens_used total_tokens "
    "max_tokens tokens token_count token_type password_changed_at idempotency_key idempotencyKey primary_key public_key issue_key step-key "
    "type source subject id name email amount accountant panel signal expansion".split(),
)
def test_other_names_are_left_alone(name: str) -> None:
    assert redact({name: 5}) == {name: 5}
    if not name.endswith("tokens"):
        assert redact({name: ["x"]}) == {name: ["x"]}


def test_named_values_count_as_members() -> None:
    value: Any = [
        {"name": "Authorization", "value": "x"},
        {"key": "api_key", "value": 7},
        {"name": "color", "value": "red"},
    ]
    assert redact(value) == [
        {"name": "Authorization", "value": REDACTED},
        {"key": "api_key", "value": REDACTED},
        {"name": "color", "value": "red"},
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bearer abcdef", "Bearer [redacted]"),
        ("curl -H 'authorization: bearer abc.123'", "curl -H 'authorization: bearer [redacted]'"),
        ("Basic dXNlcjpwYXNz", "Basic [redacted]"),
        ("sent basic dXNlcjpwYXNzdw==, refused", "sent basic [redacted], refused"),
        (f"jwt={JWT}.", "jwt=[redacted]."),
        (f"id_{JWT} x", "id_[redacted] x"),
        ("pay with 4111 1111 1111 1111 12/26", "pay with [redacted] 12/26"),
        ("4111-1111-1111-1111", "[redacted]"),
        ("n4111111111111111n", "n[redacted]n"),
        ("a4111111111111111c", "a[redacted]c"),
        ("1 378282246310005, 5555555555554444", "1 [redacted], [redacted]"),
        ("postgres://me:p@ss@db.example/x?y=1", "postgres://[redacted]@db.example/x?y=1"),
        ("https://token@git.example/a.git", "https://[redacted]@git.example/a.git"),
        ("https://a.example/?access_token=abc&page=2", "https://a.example/?access_token=[redacted]&page=2"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "[redacted]"),
        ("key sk_live_abcdefgh1234 ok", "key [redacted] ok"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[redacted]"),
        ("automate_" + "aB3" * 16 + "Z", "[redacted]"),
        ("automate_web", "automate_web"),
        ("id AKIAIOSFODNN7EXAMPLE.", "id [redacted]."),
        ("a\n-----BEGIN RSA PRIVATE KEY-----\nMII\nxyz\n-----END RSA PRIVATE KEY-----\nb", "a\n[redacted]\nb"),
        ("-----BEGIN PRIVATE KEY-----\ncut", "[redacted]"),
        ("é Bearer\tabc123 \ud800", "é Bearer\t[redacted] ?"),
    ],
)
def test_secrets_are_known_by_their_shape(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact({"a": [text]}) == {"a": [shown]}
    assert redact({text: None}) == {shown: None}


@pytest.mark.parametrize(
    "text",
    [
        "the bearer of this letter",
        "buy bearer instruments.",
        "basic functionality",
        "Basic plan",
        "at 1700000000000 ms",
        "4111 1111 1111 1112",
        # a card's digits in the midst of a checksum
        "e3178939fce599aea5390155851508373c2a4f7b6d87e69872aecd0f957c913f",
        "12 e3178939fce599aea5390155851508373c2a4f7b6d87e69872aecd0f957c913f, and so on",
        "order 12345678901234567890",
        "https://api.github.com/users/{user}?v=4",
        "mail me@example.com, see https://a.example/@me",
        "-----BEGIN CERTIFICATE-----\nMII",
        "risk-based Asia/Tokyo",
        "?page=2&color=red",
        "",
    ],
)
def test_like_looking_texts_are_left_alone(text: str) -> None:
    assert redact(text) == text
    assert redact([text]) == [text]


def test_card_numbers_are_hidden_as_numbers() -> None:
    assert redact({"n": [4111111111111111, 1700000000000, 10**30]}) == {"n": [REDACTED, 1700000000000, 10**30]}


def test_a_real_webhook_stays_whole() -> None:
    payload = json.loads(Path(automate.demo.__file__).with_name("github_push.json").read_text())
    assert redact(payload) == payload


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    max_leaves=20,
)


@given(json_values)
def test_redaction_never_fails_and_settles(value: Any) -> None:
    once = redact(value)
    assert repr(redact(once)) == repr(once)


def test_depth_and_size_are_bounded() -> None:
    deep: Any = "Bearer abc123"
    for _ in range(5000):
        deep = [deep]
    shown = redact(deep)
    Scrubber(["a secret value"]).scrub(deep)
    assert "abc123" not in json.dumps(shown)
    wide: Any = redact([0] * 300_000)
    assert wide[199_998:200_001] == [0, REDACTED, REDACTED]


@pytest.mark.slow
def test_redaction_time_is_linear() -> None:
    half = 500_000
    started = time.process_time()
    for text in (
        "1 " * half,
        "Bearer " * (half // 4),
        "://" * (half // 2),
        "eyJ." * (half // 4),
        "-----BEGIN PRIVATE KEY" * 40_000,
        "4" * half,
        "?a=" * half,
    ):
        redact([text])
    assert time.process_time() - started < 10


SECRET = "s3cr3t/+?&<\"'é~*( \nvalue"


def form_encoded(text: str) -> str:
    """As WHATWG's URL standard, browsers and Java write application/x-www-form-urlencoded."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def alternating(text: str) -> str:
    """Every second escape in small letters, every third with one of each."""
    ways = (str.upper, str.lower, lambda escape: escape[:2].upper() + escape[2].lower())
    number = itertools.count()
    return re.sub("%..", lambda escape: ways[next(number) % 3](escape[0]), text)


def forms(secret: str) -> dict[str, str]:
    raw = secret.encode()
    return {
        "plain": secret,
        "base64": base64.b64encode(raw).decode(),
        "base64 urlsafe": base64.urlsafe_b64encode(raw).decode(),
        "base64 unpadded": base64.b64encode(raw).decode().rstrip("="),
        "basic auth": base64.b64encode(b"user:" + raw).decode(),
        "query": quote_plus(secret),
        "form": form_encoded(secret),
        "form lower": re.sub("%..", lambda escape: escape[0].lower(), form_encoded(secret)),
        "form of encodeURIComponent": quote(secret, safe="!*'()").replace("%20", "+"),
        "form alternating": alternating(form_encoded(secret)),
        "everything escaped": "".join(f"%{byte:02x}" for byte in raw),
        "hardly anything escaped": secret.replace("%", "%25").replace(" ", "+"),
        "oauth basic": base64.b64encode(f"id:{quote_plus(secret)}".encode()).decode(),
        "path": quote(secret),
        "component": quote(secret, safe=""),
        "lower escapes": re.sub("%..", lambda escape: escape[0].lower(), quote(secret, safe="")),
        "json": json.dumps(secret),
        "json utf-8": json.dumps(secret, ensure_ascii=False),
        "repr": repr(secret)[1:-1],
        "repr of bytes": repr(raw)[2:-1],
        "json in repr in json": json.dumps(repr(json.dumps(["it's", secret]).encode())),
        "html": html.escape(secret),
        "html numeric": html.escape(secret).replace("&#x27;", "&#39;"),
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
    }  # fmt: skip


@pytest.mark.parametrize("form", forms(SECRET))
def test_every_form_of_a_secret_is_removed(form: str) -> None:
    text = f"<<{forms(SECRET)[form]}>>"
    scrubber = Scrubber(["another one", SECRET])
    shown: Any = scrubber.scrub({"a": [text, 1, None], text: text})
    assert shown["a"][0] == scrubber.scrub_text(text)
    assert shown["a"][1:] == [1, None]
    written = json.dumps(shown)
    assert written.count(REDACTED) == 3
    for other in forms(SECRET).values():
        assert other not in written


secrets = st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=40).filter(
    lambda text: len(text.strip()) >= 4
)


@given(secrets.map(str.strip), st.data())
def test_no_way_to_escape_a_url_is_a_hiding_place(secret: str, data: st.DataObject) -> None:
    def written(character: str) -> str:
        escapes = [f"%{byte:02X}" for byte in character.encode()]
        lower = "".join(escapes).lower()
        plain = {" ": "+", "%": lower}.get(character, character)
        return data.draw(st.sampled_from([plain, "".join(escapes), lower]))

    text = "".join(map(written, secret))
    assert Scrubber([secret]).scrub_text(f"<a=1&b={text}&c>") == "<a=1&b=[redacted]&c>"
    assert Scrubber([secret]).scrub({text: [f"x={text}&", 5]}) == {REDACTED: [f"x={REDACTED}&", 5]}


@pytest.mark.slow
def test_escapes_are_looked_at_in_linear_time() -> None:
    scrubber = Scrubber(["%25%25%25%25x", "a secret of some length", "\u00e9" * 4_000])
    started = time.thread_time()
    for text in ("%25" * 300_000, "%" * 500_000, "+" * 1_000_000, "a%20secret+" * 50_000, "%c3%a9" * 50_000):
        scrubber.scrub_text(text)
    assert time.thread_time() - started < 5


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["!", '"', ""])
def test_backslashes_are_looked_at_in_linear_time(ending: str) -> None:
    """A run that was walked anew from each of its backslashes held the loop of everybody's calls for minutes."""
    secret = 'p"ssw\\0rd-9f8e7d6c'
    scrubber = Scrubber([secret])
    started = time.thread_time()
    scrubbed = scrubber.scrub_text(secret + "\\" * 1_000_000 + ending + json.dumps(json.dumps({"x": secret})))
    assert time.thread_time() - started < 2
    assert scrubbed.count(REDACTED) == 2
    assert "9f8e" not in scrubbed


@given(
    secrets, st.binary(max_size=5), st.binary(max_size=5), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode])
)
def test_base64_around_a_secret_is_no_hiding_place(
    secret: str, before: bytes, after: bytes, encode: Callable[[bytes], bytes]
) -> None:
    text = encode(before + secret.encode() + after).decode()
    shown = Scrubber([secret]).scrub_text(text)
    assert REDACTED in shown
    rest = "".join(shown.split(REDACTED)).rstrip("=")
    assert len(rest) <= len(text) - (len(secret.encode()) * 8 // 6 - 2)


@pytest.mark.parametrize(
    "secret", ["back\\slash", "two\\\\slashes", "quo\"te's", "line\nbreak", "abc\\", "\u00fc\u00fc\u00fc\u00fc"]
)
def test_only_what_is_the_secret_is_taken_for_it(secret: str) -> None:
    scrubber = Scrubber([secret])
    for text in (secret.replace("\\", "") + "\\d", secret[:-1] + "\\", "x" + secret[1:] + "\\n"):
        if secret not in text:
            assert scrubber.scrub_text(text) == text


@given(secrets, st.data())
def test_no_form_of_any_secret_survives(secret: str, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(sorted(forms(secret).values())))
    scrubbed = Scrubber([secret]).scrub([{form: 1}, form])
    assert scrubbed == [{Scrubber([secret]).scrub_text(form): 1}, Scrubber([secret]).scrub_text(form)]
    assert form not in str(scrubbed) or form in REDACTED


@pytest.mark.parametrize(
    ("secret", "form"),
    [
        ("AbCdEf0123456789Xy", "abcdef0123456789xy"),
        ("AbCdEf0123456789Xy", "ABCDEF0123456789XY"),
        ("pässwörd-ключ-9876", "xn--psswrd--9876-gcb9w116bqa8rve"),
        ("305419896", "18.52.86.120"),
        ("0xCAFEBABE", "202.254.186.190"),
        ("pässwörd", "pässwörd".encode().decode("latin-1")),
        ("geheim€", "geheim€".encode().decode("cp1252")),
    ],
)
def test_what_others_make_of_a_secret_is_removed(secret: str, form: str) -> None:
    """Hosts and names of headers lose their case and their spelling; bytes are read in another charset than they are in."""
    assert Scrubber([secret]).scrub_text(f"to {form}.example: 1") == f"to {REDACTED}.example: 1"


def test_overlapping_secrets_leave_nothing_of_each_other() -> None:
    scrubber = Scrubber(["abcdef", "defghi", "abcd"])
    assert scrubber.scrub_text("xabcdefghix") == "x[redacted]x"
    assert scrubber.scrub_text("abcd defghi") == "[redacted] [redacted]"


def test_a_secret_inside_the_marker_is_cut_once() -> None:
    assert Scrubber(["redacted", "sesame"]).scrub_text("open sesame") == "open [redacted]"


def test_numeric_secrets_are_removed_from_numbers() -> None:
    assert Scrubber(["123456"]).scrub({"n": 123456, "m": 123457, "f": True}) == {"n": REDACTED, "m": 123457, "f": True}


def test_clean_values_pass_untouched() -> None:
    value: Any = {"a": [{"b": "nothing here"}, 1, None, 10**3000]}
    assert Scrubber([SECRET]).scrub(value) is value
    assert Scrubber([]).scrub(value) is value
    assert Scrubber([]).scrub_text("text") == "text"


def test_short_secrets_are_refused_unshown() -> None:
    for short in ("", "xyz", " xyz \n"):
        with pytest.raises(NormalizedError) as caught:
            Scrubber(["long enough", short])
        assert caught.value.code == "BAD_USER_INPUT"
        assert "xyz" not in caught.value.message
    assert Scrubber(["wxyz"]).scrub_text("wxyz") == REDACTED


@pytest.mark.parametrize("kept", [4, 5, 19, 20])
@pytest.mark.parametrize("form", [str, lambda value: base64.b64encode(value.encode()).decode(), quote_plus])
def test_secret_that_a_cut_went_through_is_removed(kept: int, form: Callable[[str], str]) -> None:
    secret = "s3cr3t/+v\u00e4lue-0123456789"
    text = "x" * 600 + form(secret)[:kept]
    scrubber = Scrubber([secret])
    assert scrubber.scrub_text(text) == "x" * 600 + "[redacted]"
    assert scrubber.scrub({"body": [text], "status": 500}) == {"body": ["x" * 600 + "[redacted]"], "status": 500}


def test_end_of_a_long_text_stays_where_no_secret_begins() -> None:
    scrubber = Scrubber(["s3cr3t-value-0123456789"])
    for text in ("x" * 600 + "s3c", "s3cr3t" + "x" * 600, "x" * 600 + "s3cr3t-other", "short s3cr3t"):
        assert scrubber.scrub_text(text) is text
        assert scrubber.scrub({"body": text}) == {"body": text}


def test_text_made_to_be_looked_at_for_ever_is_not() -> None:
    secret = "a" * 60_000 + "b"
    scrubber = Scrubber([secret])
    started = time.thread_time()
    scrubbed = scrubber.scrub_text("a" * 50_000 + "c")
    assert time.thread_time() - started < 1
    assert scrubbed == "[redacted]"
