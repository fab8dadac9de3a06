"""Every way to write the loopback address, against a server that counts what reaches it."""

from __future__ import annotations

from itertools import product

import pytest

from actors.connectors.base import ConnectorError
from actors.connectors.guard import MAIL_PORTS, Guard
from tests.support.facts import naming
from tests.support.outbound import LOOPBACK, Names, fetch, refusal
from tests.support.raw_server import RawServer, run

_FULL_WIDTH = {ord(plain): ord(plain) + 0xFEE0 for plain in "0123456789abcdefx"}
_DOTS = ("\u3002", "\uff0e", "\uff61")


def _number_spellings(value: int) -> list[str]:
    return [
        str(value),
        hex(value),
        hex(value).upper().replace("0X", "0x"),
        f"0X{value:08x}",
        f"0{value:o}",
        f"000{value:o}",
    ]


def _ipv4_spellings() -> list[str]:
    first, last = _number_spellings(127), _number_spellings(1)
    dotted = [f"{a}.0.0.{b}" for a, b in product(first, last)]
    short = [f"{a}.{b}" for a, b in product(first, last)] + [f"{a}.0.{b}" for a, b in product(first, last)]
    mixed = ["127.0x0.00.1", "0x7f.0.0x0.01", "0177.0x00.0.0x1", "127.0x.0x.1", "0x7f.0x0.0x0.0x1"]
    whole = _number_spellings(0x7F000001)
    plain = [*dotted, *short, *mixed, *whole]
    dots = [text.replace(".", dot) for text, dot in product(("127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1"), _DOTS)]
    digits = [
        text.translate(_FULL_WIDTH) for text in ("127.0.0.1", "2130706433", "0x7f000001", "017700000001", "127.1")
    ]
    circled = ["\u2460\u2461\u2466.0.0.1", "127.0.0.\u2460", "\u2460\u2461\u2466\uff0e\u24ea\u3002\u24ea\uff61\u2460"]
    styled = ["\U0001d7cf\U0001d7d0\U0001d7d5.0.0.1", "\u00b9\u00b2\u2077.0.0.1", "127.0.0\u00ad.1"]
    return [*plain, *(f"{text}." for text in plain), *dots, *digits, *circled, *styled]


_MAPPED = [
    "[::ffff:127.0.0.1]",
    "[::FFFF:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:7f00:0001]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[0000:0000:0000:0000:0000:ffff:7f00:0001]",
    "[0:0:0:0:0:FFFF:127.0.0.1]",
]
_LOOPBACK_V6 = [
    "[::1]",
    "[0::1]",
    "[0:0::1]",
    "[::0:1]",
    "[::0.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    f"[{'0000:' * 7}0001]",
]
_NAMES = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "Localhost",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    "local\u00adhost",
]

SPELLINGS = [*dict.fromkeys([*_ipv4_spellings(), *_MAPPED, *_NAMES])]

MISREADINGS = [
    "http://127.0.0.1:{port}@example.com/",
    "http://example.com@127.0.0.1:{port}/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://user:pass@127.0.0.1:{port}/",
    "http://@127.0.0.1:{port}/",
    "http://example.com@@127.0.0.1:{port}/",
    "http://example.com%40127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/\\127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:////127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://127.0.0.1%23.example.com:{port}/",
    "http://127.0.0.1%0d%0a:{port}/",
    "http://%6c%6f%63%61%6c%68%6f%73%74:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[::1%lo]:{port}/",
    "http://[fe80::1%25eth0]:{port}/",
    "http://[::ffff:127.0.0.1%251]:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[::ffff:0x7f.1]:{port}/",
    "http://[::1:{port}/",
    "http://::1:{port}/",
    "http://127.0.0.1 :{port}/",
    "http:// 127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0\n.1:{port}/",
    "http://127.0.0.1\r\n:{port}/",
    "ht\ttp://127.0.0.1:{port}/",
    "http://127.0.0.1\x00:{port}/",
    "http://127.0.0.1:{port}/\r\nX-Injected: 1",
    "http://127.0.0.1:{port}/\x00",
    "http://127.0.0.1..:{port}/",
    "http://127..0.0.1:{port}/",
    "http://.127.0.0.1:{port}/",
    "http://127.0.0.1.0:{port}/",
    "http://127.0.0.256:{port}/",
    "http://127.0.0.08:{port}/",
    "http://4294967296:{port}/",
    "http://127.16777216:{port}/",
    "http://example.127:{port}/",
    "http://1.127.0.0.1:{port}/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:+{port}/",
    "http://127.0.0.1:0{port}0/",
    "http://127.0.0.1:/{port}",
    "http://127.0.0.1:0/{port}",
    "http://127.0.0.1:65536/{port}",
    "http://127.0.0.1:\u0661/{port}",
    "http://:{port}/",
    "http://.:{port}/",
    "http://-a.example:{port}/",
    "http://a b.example:{port}/",
    "http://<127.0.0.1>:{port}/",
    "http://127.0.0.1;example.com:{port}/",
    "http://127.0.0.1&example.com:{port}/",
    "http://127.0.0.1,example.com:{port}/",
    "http://\u202e127.0.0.1:{port}/",
    "file:///etc/passwd?{port}",
    "gopher://127.0.0.1:{port}/_x",
    "ftp://127.0.0.1:{port}/",
    "dict://127.0.0.1:{port}/",
    "unix://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "jar:http://127.0.0.1:{port}/!/",
    "javascript://127.0.0.1:{port}/",
    "url:http://127.0.0.1:{port}/",
    "",
    "http://",
    "http://" + "a" * 64 + ".example:{port}/",
    "http://" + "a." * 130 + "example:{port}/",
    "http://127.0.0.1:{port}/" + "a" * 8192,
]


def test_hundreds_of_spellings_are_tried() -> None:
    assert len(SPELLINGS) + len(_LOOPBACK_V6) + len(MISREADINGS) > 300


@pytest.mark.parametrize(
    ("loopback", "host"), [*(("127.0.0.1", host) for host in SPELLINGS), *(("::1", host) for host in _LOOPBACK_V6)]
)
def test_no_spelling_of_loopback_reaches_it(loopback: str, host: str) -> None:
    async def work() -> None:
        guard = Guard()
        async with RawServer(host=loopback) as server:
            url = f"http://{host}:{server.port}/"
            error = await refusal(guard, url)
            assert (error.code, error.arrived, server.connections) == ("CONNECTOR_BLOCKED", False, 0)
            if loopback == "127.0.0.1":
                assert error.message == naming("inside")
            with pytest.raises(ConnectorError, match="CONNECTOR_BLOCKED"):
                await guard.connect(host, server.port, (), MAIL_PORTS)
            assert server.connections == 0
            assert (await fetch(guard, url, LOOPBACK)).status == 200
            assert server.connections == 1

    run(work())


@pytest.mark.parametrize("template", MISREADINGS)
def test_urls_that_parsers_read_differently_are_refused(template: str) -> None:
    """Refused even under the allow-list, where the plain spelling of the same server is reached."""

    async def work() -> None:
        guard = Guard(resolver=Names(["127.0.0.1"]))
        async with RawServer() as server:
            error = await refusal(guard, template.replace("{port}", str(server.port)), LOOPBACK)
            assert (error.code, error.arrived, server.connections) == ("CONNECTOR_BLOCKED", False, 0)
            assert (await fetch(guard, server.url, LOOPBACK)).status == 200
            assert server.connections == 1

    run(work())
