"""Each inside network at its edges; whatever is refused by default passes where an operator allows it."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from actors.connectors.base import ConnectorError
from actors.connectors.guard.addresses import inside_kind
from actors.connectors.guard.allow_list import parse_allow_list
from actors.connectors.guard.resolver import checked_addresses
from actors.connectors.guard.targets import parse_target
from tests.support.facts import naming
from tests.support.outbound import EVERYTHING, Names
from tests.support.raw_server import run

INSIDE = {
    "unspecified": ["0.0.0.0", "0.1.2.3", "0.255.255.255", "::"],
    "private": ["10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
    "carrier-grade NAT": ["100.64.0.0", "100.100.100.200", "100.127.255.255"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "link-local": ["169.254.169.254", "169.254.0.1", "fe80::1", "febf::1", "fe80::a9fe:a9fe"],
    "cloud metadata": ["168.63.129.16"],
    "protocol": ["192.0.0.1", "192.0.0.192", "192.88.99.1", "2001:1::1", "2001:10::1", "2001:20::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.255", "2001:db8::1", "3fff::1"],
    "benchmark": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "4000::1", "5f00::1", "e000::1", "100:1::1"],
    "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8"],
    "IPv4-translated": ["::ffff:0:7f00:1"],
    "IPv4-compatible": ["::127.0.0.1", "::a9fe:a9fe", "::2"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::7f00:1", "64:ff9b:1:ffff::1"],
    "discard": ["100::1"],
    "Teredo": ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "6to4": ["2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1"],
    "unique-local": ["fc00::1", "fd00:ec2::254", "fdff:ffff::1"],
    "site-local": ["fec0::1", "feff::1"],
    "ISATAP": ["2a00::5efe:7f00:1", "2a00::200:5efe:a9fe:a9fe"],
}
CASES = [(kind, text) for kind, texts in INSIDE.items() for text in texts]

OUTSIDE = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"),
    *("169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255"),
    *("198.20.0.0", "223.255.255.255", "168.63.129.15", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "2003::1"),
]  # fmt: skip


async def _judge(text: str, allowed: tuple[str, ...], *, by_name: bool) -> list[str]:
    literal = f"[{text}]" if ":" in text else text
    target = parse_target("http://service.example/" if by_name else f"http://{literal}/")
    return [str(address) for address in await checked_addresses(target, parse_allow_list(allowed), Names([text]))]


@pytest.mark.parametrize(("kind", "text"), CASES)
def test_inside_address_is_known_by_its_kind(kind: str, text: str) -> None:
    assert inside_kind(ip_address(text)) == kind


@pytest.mark.parametrize("by_name", [True, False], ids=["name", "literal"])
@pytest.mark.parametrize(("kind", "text"), CASES)
def test_inside_address_is_refused_unless_allowed(kind: str, text: str, *, by_name: bool) -> None:
    with pytest.raises(ConnectorError) as caught:
        run(_judge(text, (), by_name=by_name))
    assert (caught.value.code, caught.value.arrived) == ("CONNECTOR_BLOCKED", False)
    address = ip_address(text)
    meant = getattr(address, "ipv4_mapped", None) or address
    assert run(_judge(text, (str(meant),), by_name=by_name)) == [str(meant)]
    assert run(_judge(text, EVERYTHING, by_name=by_name)) == [str(meant)]


@pytest.mark.parametrize("by_name", [True, False], ids=["name", "literal"])
@pytest.mark.parametrize("text", OUTSIDE)
def test_public_address_needs_no_entry(text: str, *, by_name: bool) -> None:
    assert run(_judge(text, (), by_name=by_name)) == [str(ip_address(text))]


def test_scoped_answer_of_a_resolver_is_judged_without_its_zone() -> None:
    with pytest.raises(ConnectorError, match="inside address"):
        run(_judge("fe80::1%eth0", (), by_name=True))


def test_refusal_names_host_address_and_remedy() -> None:
    with pytest.raises(ConnectorError) as caught:
        run(_judge("127.0.0.1", (), by_name=True))
    assert caught.value.message == naming("service.example", "127.0.0.1", "allowedNetworks", "upsertTenants")
    assert caught.value.details == {"failure": "blocked", "host": "service.example", "address": "127.0.0.1"}


@pytest.mark.parametrize("port", [22, 25, 80, 443, 5432, 6379, 8080])
def test_refusal_of_an_inside_host_is_the_same_for_each_port(port: int) -> None:
    target = parse_target(f"http://10.0.0.1:{port}/")
    with pytest.raises(ConnectorError) as caught:
        run(checked_addresses(target, parse_allow_list(()), Names([])))
    assert caught.value.message == naming("10.0.0.1", "allowedNetworks", "upsertTenants")


@pytest.mark.parametrize("port", [1, 21, 22, 23, 25, 53, 110, 445, 587, 2375, 3306, 5432, 6379, 9042, 11211, 27017])
def test_port_of_another_protocol_is_refused_unless_named(port: int) -> None:
    target = parse_target(f"http://service.example:{port}/")
    names = Names(["8.8.8.8"])
    for entries in ((), ("8.8.8.8/32",), EVERYTHING, ("service.example:81",)):
        with pytest.raises(ConnectorError, match=rf"\b{port}\b"):
            run(checked_addresses(target, parse_allow_list(entries), names))
    for entry in (f"service.example:{port}", f"8.8.8.8:{port}"):
        assert [str(found) for found in run(checked_addresses(target, parse_allow_list((entry,)), names))] == [
            "8.8.8.8"
        ]


@pytest.mark.parametrize("port", [80, 443, 1024, 3000, 8000, 8080, 8443, 9200, 65535])
def test_port_of_the_web_is_open(port: int) -> None:
    target = parse_target(f"http://service.example:{port}/")
    assert len(run(checked_addresses(target, parse_allow_list(()), Names(["8.8.8.8"])))) == 1


def test_named_entry_does_not_reach_metadata_through_dns() -> None:
    target = parse_target("http://service.example:8080/")
    named = parse_allow_list(("Service.Example:8080",))
    assert len(run(checked_addresses(target, named, Names(["10.0.0.1"])))) == 1
    for text in ("169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "168.63.129.16"):
        with pytest.raises(ConnectorError, match="inside address"):
            run(checked_addresses(target, named, Names([text])))


@pytest.mark.parametrize(
    "entry",
    ["", "10.0.0.0/33", "localhost", "http://10.0.0.1", "10.0.0.1:http", "*", "host:123456", "host:65536", "host:0"],
)
def test_malformed_allow_list_entry_is_told(entry: str) -> None:
    with pytest.raises(ConnectorError, match=r"10\.0\.0\.0/8.*host:port") as caught:
        parse_allow_list((entry,))
    assert caught.value.code == "CONNECTOR_BLOCKED"
