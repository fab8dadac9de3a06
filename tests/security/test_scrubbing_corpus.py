"""Secrets in error bodies of other platforms are found, however these escape them."""

from __future__ import annotations

import base64
import time
from functools import reduce

import pytest

from automate.kernel.redaction import REDACTED, Scrubber
from tests.support.error_bodies import ENCODERS, LAYERS

SECRETS = {
    "marks": "p+q/r=s&t<u>v\"w'x\\y`z",
    "letters": "clé+日本&😀=ß\u2028ende",
    "base64": "dG9rZW4+c2VjcmV0/w==",
    "PEM": "-----BEGIN KEY-----\nMIIEv+Ib/ADA=\n-----END KEY-----",
    "looks escaped": "a%2Bb&amp;c\\u002Bd%25",
}
BODY = '{"error":"Bad request","status":400,"detail":"token %s is not valid","path":"/a%%20b"}'


def clean(secret: str, encoded: str) -> None:
    scrubber = Scrubber([secret, "another-secret"])
    body = BODY.replace("%s", encoded)
    assert scrubber.scrub_text(body) == BODY.replace("%s", REDACTED)
    assert scrubber.scrub({"body": [body], encoded: 1}) == {"body": [BODY.replace("%s", REDACTED)], REDACTED: 1}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("encoder", ENCODERS)
def test_secret_in_an_error_body_is_found(encoder: str, secret: str) -> None:
    clean(secret, ENCODERS[encoder](secret))


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("layers", LAYERS)
def test_secret_under_several_layers_is_found(layers: str, secret: str) -> None:
    clean(secret, reduce(lambda text, encode: encode(text), LAYERS[layers], secret))


@pytest.mark.parametrize("encoder", [".NET System.Text.Json", "Mustache", "PHP json_encode", "XML decimal entities"])
def test_base64_of_a_secret_is_found_in_them_too(encoder: str) -> None:
    secret = "user:p~~??>>w"
    encoded = base64.b64encode(secret.encode()).decode()
    assert "+" in encoded or "/" in encoded
    clean(secret, ENCODERS[encoder](encoded))


@pytest.mark.parametrize("case", [str.lower, str.upper])
@pytest.mark.parametrize("zeros", ["", "000"])
def test_escapes_come_in_either_case_and_with_zeros(case: object, zeros: str) -> None:
    assert callable(case)
    secret = "ab+cd/ef"
    spelled = {"+": ("2b", "43"), "/": ("2f", "47")}
    for form in (
        "\\u00{0}",
        "&#x" + zeros + "{0};",
        "&#X" + zeros + "{0};",
        "&#" + zeros + "{1};",
        "%25{0}",
        "\\x{0}",
        "\\u{{{0}}}",
    ):
        encoded = "".join(
            form.format(case(spelled[one][0]), spelled[one][1]) if one in spelled else one for one in secret
        )
        clean(secret, encoded)


def test_text_beside_the_secret_stays_as_it_was() -> None:
    text = 'caf\\u00e9 \\u002B &#43; %252B "C:\\new" &amp; '
    scrubber = Scrubber(["ab+cd/ef"])
    assert scrubber.scrub_text(text) is text
    assert scrubber.scrub_text(f"{text}ab\\u002Bcd\\/ef{text}") == f"{text}{REDACTED}{text}"


HOSTILE = {
    "unicode": "\\u002B",
    "entities": "&#43;",
    "double percent": "%252B",
    "backslashes": "\\",
    "ampersands": "&",
    "zeros": "0",
    "percents": "25",
}


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_scrubbing_takes_time_in_proportion(piece: str) -> None:
    scrubber = Scrubber(["ab+cd/ef", "clé+日本"])

    def seconds(size: int) -> float:
        text = "%&#" + piece * (size // len(piece)) + "ab\\u002Bcd/ef"
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            assert scrubber.scrub_text(text).endswith(REDACTED)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(200_000) < 12 * max(seconds(50_000), 0.002)
