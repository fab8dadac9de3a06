"""Parses URLs strictly. An attacker could bypass a check if two parsers read a URL differently."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

import idna

Address = IPv4Address | IPv6Address

MAX_URL = 8192
_DEFAULT_PORTS = {"http": 80, "https": 443}
LAST_PORT = 65535
_MAX_HOST = 253
_IPV4_PARTS = 4

_CONTROL_OR_BACKSLASH = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029]")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_KEEP_IN_PATH = "/%:@!$&'()*+,;=~-._"
_KEEP_IN_QUERY = _KEEP_IN_PATH + "?"


@dataclass(frozen=True)
class CallTarget:
    """The destination of a call."""

    scheme: str
    host: str
    """A lower-case ASCII name or a canonical address; IPv6 without brackets."""
    port: int
    path: str = field(repr=False)
    """From the first slash, with the query, percent-encoded. It can contain secrets and never enters a message."""
    address: Address | None
    """Set if the host is an address."""

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """The Host header: the host, followed by the port if the port is not the default."""
        host = _in_brackets(self.host)
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


class TargetError(ValueError):
    """A URL or host is refused. The message has the reason, but never contains the path or the query of the URL."""


def parse_target(url: str) -> CallTarget:
    """Parse a URL. Raises TargetError."""
    if len(url) > MAX_URL:
        raise TargetError(f"it is longer than {MAX_URL} characters")
    if _CONTROL_OR_BACKSLASH.search(url):
        raise TargetError(
            "it contains a control character or a backslash; percent-encode characters of the path and query"
        )
    match = _URL.fullmatch(url)
    if match is None or match[1].lower() not in _DEFAULT_PORTS:
        raise TargetError("it must begin with http:// or https:// and name a host")
    scheme, authority, path, query = match[1].lower(), match[2], match[3], match[4] or ""
    if "@" in authority:
        raise TargetError("credentials before the host are not allowed; send them in an Authorization header")
    if "%" in authority:
        raise TargetError("the host contains a percent sign; write the plain name, without a zone")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise TargetError("the host or the port is malformed")
    port = int(parts[2]) if parts[2] else _DEFAULT_PORTS[scheme]
    if not 0 < port <= LAST_PORT:
        raise TargetError("the port must be between 1 and 65535")
    host, address = read_host(parts[1])
    encoded = quote(path or "/", safe=_KEEP_IN_PATH) + quote(query, safe=_KEEP_IN_QUERY)
    return CallTarget(scheme, host, port, encoded, address)


def parse_host(host: str, port: int) -> CallTarget:
    """Parse a host and a port that are not part of a URL. Raises TargetError."""
    if any(mark in host for mark in "/?#") or (":" in host and not host.startswith("[")):
        raise TargetError("the host or the port is malformed")
    return parse_target(f"https://{host}:{port}")


def place_of(host: str, port: int | None) -> str:
    """Return a host with its port. A default port of HTTP is omitted."""
    return _in_brackets(host) if port is None or port in _DEFAULT_PORTS.values() else f"{_in_brackets(host)}:{port}"


def read_place(text: str) -> str:
    """Parse a text of the form ``host`` or ``host:port`` that a person wrote. Raises TargetError."""
    if any(mark in text for mark in "/?#"):
        raise TargetError("it is a URL or a part of one; write a host, with or without a port")
    target = parse_target(f"https://{text}")
    return place_of(target.host, target.port)


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def read_host(text: str) -> tuple[str, Address | None]:
    """Parse the host of a URL. Returns the host in canonical form, and the host's IP address or None. Raises TargetError."""
    if text.startswith("["):
        try:
            address = IPv6Address(text[1:-1])
        except ValueError:
            raise TargetError("the IPv6 address in brackets is malformed") from None
        return str(address), address
    name = _ascii_name(text).removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        literal = _read_ipv4(labels)
        return str(literal), literal
    if len(name) > _MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise TargetError("the host is not a name that DNS knows")
    return name, None


def _ascii_name(text: str) -> str:
    # By UTS 46. Full-width digits and ideographic dots become plain ones.
    if text.isascii():
        return text.lower()
    try:
        mapped = idna.uts46_remap(text, std3_rules=False, transitional=False)
        return mapped if mapped.isascii() else idna.encode(mapped).decode("ascii")
    except idna.IDNAError:
        raise TargetError("the host is not a valid internationalised name") from None


def _read_ipv4(labels: list[str]) -> IPv4Address:
    # As WHATWG specifies: up to four decimal, octal or hexadecimal numbers. The last number fills the remaining bytes.
    if len(labels) > _IPV4_PARTS or not all(_NUMBER.fullmatch(label) for label in labels):
        raise TargetError("the host ends in a number and is not an IPv4 address")
    try:
        numbers = [_read_number(label) for label in labels]
    except ValueError:
        raise TargetError("the host ends in a number and is not an IPv4 address") from None
    *heads, last = numbers
    if any(head > 255 for head in heads) or last >= 256 ** (_IPV4_PARTS + 1 - len(numbers)):  # noqa: PLR2004
        raise TargetError("the host ends in a number and is not an IPv4 address")
    value = sum(head << (8 * (3 - place)) for place, head in enumerate(heads))
    return IPv4Address(value + last)


def _read_number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if len(label) > 1 and label.startswith("0") else int(label)
