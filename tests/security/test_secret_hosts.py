"""Where a secret may go: patterns and hosts are brought to one spelling, so that how one looks neither opens nor closes it."""

from __future__ import annotations

import pytest

from automate.kernel.targets import TargetError, parse_target
from automate.vault.hosts import permits, read_pattern
from automate.vault.rules import SecretRule


def allows(pattern: str, url: str) -> bool:
    target = parse_target(url)
    return permits(read_pattern(pattern), target.host, target.port)


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("api.example.com", "api.example.com"),
        ("API.Example.COM.", "api.example.com"),
        ("*.Example.com", "*.example.com"),
        ("api.example.com:8443", "api.example.com:8443"),
        ("*.example.com:08443", "*.example.com:8443"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.BÜCHER.example", "*.xn--bcher-kva.example"),
        ("\uff41\uff50\uff49\u3002example\uff0ecom", "api.example.com"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433:8080", "127.0.0.1:8080"),
        ("[2001:DB8:0::1]", "[2001:db8::1]"),
        ("[::1]:8443", "[::1]:8443"),
        ("localhost", "localhost"),
        ("co.uk", "co.uk"),
        ("*.example.co.uk", "*.example.co.uk"),
        ("*.co.com", "*.co.com"),
        ("*.shop.uk", "*.shop.uk"),
    ],
)
def test_pattern_has_one_spelling(text: str, spelt: str) -> None:
    assert read_pattern(text) == spelt
    assert read_pattern(spelt) == spelt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "*.",
        "**.example.com",
        "*.com",
        "*.co.uk",
        "*.COM.AU.",
        "*.or.jp:443",
        "*.*.example.com",
        "a.*.example.com",
        "*api.example.com",
        "api.*",
        "https://api.example.com",
        "api.example.com/",
        "api.example.com/v1",
        "api.example.com?x",
        "api.example.com#x",
        "user@api.example.com",
        "user:pass@api.example.com",
        "api.example.com:",
        "api.example.com:0",
        "api.example.com:65536",
        "api.example.com:https",
        "api.example.com:80:80",
        "api example.com",
        " api.example.com",
        "api.example.com\n",
        "api..example.com",
        ".example.com",
        "-api.example.com",
        "api.example.com..",
        "*.127.0.0.1",
        "*.10.1",
        "127.0.0.1.5",
        "1.2.3.999",
        "::1",
        "[::1",
        "[fe80::1%25eth0]",
        "[nonsense]",
        "$secret:HOST",
        "{{ event.payload.host }}",
        "a" * 300,
        "api\\.example.com",
    ],
)
def test_nonsense_is_no_pattern(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_pattern(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v1",
        "https://API.EXAMPLE.COM/v1",
        "https://api.example.com./v1",
        "https://api.example.com:443/v1",
        "http://api.example.com:8080/v1",
        "https://\uff41\uff50\uff49.example.com/v1",
        "https://api\u3002example\u3002com/v1",
        "HTTPS://Api.eXample.com?x=1",
    ],
)
def test_every_spelling_of_the_host_itself_is_allowed(url: str) -> None:
    assert allows("api.example.com", url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://example.com/",
        "https://xapi.example.com/",
        "https://api.example.com.evil.example/",
        "https://evil.example/api.example.com",
        "https://evil.example?api.example.com",
        "https://evil.example#@api.example.com",
        "https://v1.api.example.com/",
        "https://api-example.com/",
        "https://api.examplé.com/",
        "https://\u0430\u0440\u0456.example.com/",
        "https://api.example.co/",
        "https://93.184.216.34/",
    ],
)
def test_what_only_looks_like_the_host_is_not(url: str) -> None:
    assert not allows("api.example.com", url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com@evil.example/",
        "https://evil.example\\@api.example.com/",
        "https://api.example.com%00.evil.example/",
        "https://api.example.com\t.evil.example/",
        "https://api.example.com:443@evil.example/",
        "https://api.example.com:x/",
        "https:api.example.com",
        "//api.example.com/",
    ],
)
def test_what_parsers_read_differently_is_no_target_at_all(url: str) -> None:
    with pytest.raises(TargetError):
        parse_target(url)


def test_wildcard_is_all_below_the_domain_and_not_the_domain() -> None:
    assert allows("*.example.com", "https://a.example.com/")
    assert allows("*.example.com", "https://a.b.Example.COM./")
    assert not allows("*.example.com", "https://example.com/")
    assert not allows("*.example.com", "https://badexample.com/")
    assert not allows("*.example.com", "https://example.com.evil.example/")


def test_port_is_asked_where_the_pattern_names_one() -> None:
    assert allows("api.example.com:8443", "https://api.example.com:8443/")
    assert not allows("api.example.com:8443", "https://api.example.com/")
    assert allows("api.example.com:443", "https://api.example.com/")
    assert allows("*.example.com:443", "https://a.example.com/")
    assert not allows("*.example.com:443", "http://a.example.com/")
    assert permits("api.example.com:8443", "api.example.com", None)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://0177.0.0.1/", "http://①②⑦.0.0.1/"]
)  # fmt: skip
def test_address_is_known_in_every_spelling_and_is_no_name(url: str) -> None:
    assert allows("127.0.0.1", url)
    assert allows("0x7f.1", url)
    assert not allows("localhost", url)
    assert not allows("127.0.0.2", url)
    assert not allows("127.0.0.1", "http://[::ffff:127.0.0.1]/")


def test_no_list_allows_all_and_an_empty_one_nothing() -> None:
    assert SecretRule("KEY").allows_host("evil.example", 443)
    assert not SecretRule("KEY", hosts=()).allows_host("api.example.com", 443)


def test_pattern_that_nobody_read_permits_nothing() -> None:
    for text in ("", "*", "https://api.example.com", "api.example.com/", "a b"):
        assert not permits(text, "api.example.com", 443)


def test_twin_that_compares_as_written_is_fooled() -> None:
    """What reading both sides alike is for."""

    def naive(pattern: str, url: str) -> bool:
        return pattern in url

    assert naive("api.example.com", "https://api.example.com.evil.example/")
    assert naive("api.example.com", "https://evil.example#@api.example.com")
    assert not naive("api.example.com", "https://API.EXAMPLE.COM/v1")
