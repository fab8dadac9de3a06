"""Which errors are alike."""

from __future__ import annotations

import pytest

from automate.kernel.fingerprints import fingerprint, normalized
from tests.support.cost import takes_under


def of(message: str, code: str = "CONNECTOR_REFUSED", source: str = "http.request") -> object:
    return fingerprint({"code": code, "message": message, "details": {"n": message}}, source)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It answered 502 after 3.2 s.", "It answered 503 after 12 s."),
        ("No customer cus_9f8a7b here.", "No customer cus_1b2c here."),
        ("Run 0af76519-16cd-43dd-8448-eb211c80319c is gone.", "Run 7f000001-aaaa-4bbb-8ccc-000000000001 is gone."),
        ('The field "name" is missing.', 'The field "e-mail address" is missing.'),
        ("The field 'name' is missing.", "The field `x` is missing."),
        ("Until 2026-11-25T21:30:00Z only.", "Until 2027-01-01T00:00:00+01:00 only."),
        ("Mail to ada@example.com bounced.", "Mail to bob@example.org bounced."),
        ("GET https://a.example/orders/77 failed.", "GET https://a.example/orders/78 failed."),
        ("Too  many\n calls.", "too many calls."),
        ("Token abcdefabcdefabcdefabcdefabcdefabcd is refused.", "Token " + "b" * 40 + " is refused."),
        ("Over the limit" + "!" * 2_000 + "a", "Over the limit" + "!" * 2_000 + "b"),
    ],
)
def test_what_differs_from_time_to_time_does_not_tell_errors_apart(one: str, other: str) -> None:
    assert normalized(one) == normalized(other)
    assert of(one) == of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The card was declined.", "The card has expired."),
        ("It didn't answer: the host's name is unknown.", "It didn't answer: the host's port is closed."),
        ("", "Closed."),
    ],
)
def test_other_words_are_another_failure(one: str, other: str) -> None:
    assert of(one) != of(other)


def test_code_and_source_tell_apart() -> None:
    assert len({of("Closed."), of("Closed.", "INTERNAL"), of("Closed.", source="slack.post_message")}) == 3


def test_it_is_the_same_in_every_release() -> None:
    """Stored rows hold it: who changes what it is made of splits every group."""
    assert str(of("It answered 502.")) == "b225e268-7a4f-24aa-7ef6-d3f9e530ff65"


@pytest.mark.parametrize("text", ["a" * 1_024, "1" * 1_024, "'" * 1_024, "a." * 512, "a@" * 512, '"a' * 512, "\ud800"])
def test_no_message_takes_long(text: str) -> None:
    assert takes_under(0.05, lambda: (normalized(text), of(text)))
