"""How platforms write a text into error bodies: the rules of their encoders, in Python.

Each entry follows the encoder's own documentation or source: .NET's ``JavaScriptEncoder.Default`` and ``HtmlEncoder.Default``, Go's
``encoding/json`` and ``html``, Jackson, Gson, Spring, PHP, Rails, and packages of Node.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from html.entities import codepoint2name
from urllib.parse import quote, quote_plus

Encoder = Callable[[str], str]
ASCII_END = 0x7F


def units(character: str) -> list[int]:
    """UTF-16."""
    raw = character.encode("utf-16-be")
    return [int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2)]


def json_text(*, escaped: str = "", non_ascii: bool = False, upper: bool = False, **spelled: str) -> Encoder:
    """The inside of a JSON string. escaped: characters written as ``\\uXXXX`` beside what JSON demands. spelled: others."""
    spell = {"\\": "\\\\", '"': '\\"', "\n": "\\n", **{chr(int(name[1:], 16)): text for name, text in spelled.items()}}
    digits = "04X" if upper else "04x"

    def encode(text: str) -> str:
        return "".join(
            "".join(f"\\u{unit:{digits}}" for unit in units(one))
            if one in escaped or (non_ascii and ord(one) > ASCII_END)
            else spell.get(one, one)
            for one in text
        )

    return encode


def entities(spelled: Mapping[str, str], others: Encoder = str) -> Encoder:
    """others: what becomes of characters beyond ASCII."""
    return lambda text: "".join(spelled.get(one, one) if ord(one) <= ASCII_END else others(one) for one in text)


BASIC = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def named(character: str) -> str:
    name = codepoint2name.get(ord(character))
    return f"&{name};" if name else character


def upto_latin1(character: str) -> str:
    """As WebUtility.HtmlEncode: U+00A0 to U+00FF and what is beyond the BMP."""
    return f"&#{ord(character)};" if 0xA0 <= ord(character) <= 0xFF or ord(character) > 0xFFFF else character


def escape_of_javascript(text: str) -> str:
    """``escape()``, which IIS and old pages use."""
    kept = "@*_+-./"
    return "".join(
        one
        if (one.isascii() and one.isalnum()) or one in kept
        else "".join(f"%{unit:02X}" if unit <= 0xFF else f"%u{unit:04X}" for unit in units(one))
        for one in text
    )


def quoted_by_go(text: str) -> str:
    """strconv.QuoteToASCII."""
    spell = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    wide = lambda one: f"\\U{ord(one):08x}" if ord(one) > 0xFFFF else f"\\u{ord(one):04x}"  # noqa: E731 - one of two
    return "".join(spell.get(one, one if ord(one) <= ASCII_END else wide(one)) for one in text)


DOTNET_JSON = json_text(escaped="\"&'+<>`", non_ascii=True, upper=True)
DOTNET_HTML = entities({**BASIC, "'": "&#x27;", "+": "&#x2B;"}, lambda one: f"&#x{ord(one):X};")
GO_JSON = json_text(escaped="<>&\u2028\u2029")
PHP_JSON = json_text(non_ascii=True, x2F="\\/")
RAILS_JSON = json_text(escaped="<>&\u2028\u2029")

ENCODERS: Mapping[str, Encoder] = {
    ".NET System.Text.Json": DOTNET_JSON,
    ".NET HtmlEncoder": DOTNET_HTML,
    ".NET WebUtility.HtmlEncode": entities({**BASIC, "'": "&#39;"}, upto_latin1),
    ".NET Uri.EscapeDataString": lambda text: quote(text, safe="-_.~"),
    ".NET HttpUtility.UrlEncode": lambda text: (
        quote_plus(text, safe="-_.!*()").replace("%2B", "%2b").replace("%2F", "%2f")
    ),
    "Go encoding/json": GO_JSON,
    "Go html.EscapeString": entities({**BASIC, '"': "&#34;", "'": "&#39;"}),
    "Go html/template": entities({**BASIC, '"': "&#34;", "'": "&#39;", "+": "&#43;"}),
    "Go strconv.QuoteToASCII": quoted_by_go,
    "Go url.QueryEscape": lambda text: quote_plus(text, safe="-_.~"),
    "Jackson": json_text(),
    "Jackson ESCAPE_NON_ASCII": json_text(non_ascii=True, upper=True),
    "Gson": json_text(escaped="<>&='\u2028\u2029"),
    "Spring HtmlUtils": entities({**BASIC, "'": "&#39;"}, named),
    "Java URLEncoder": lambda text: quote_plus(text, safe="-_.*"),
    "PHP json_encode": PHP_JSON,
    "PHP json_encode JSON_HEX": json_text(escaped="<>&'\"", non_ascii=True, upper=True),
    "PHP htmlspecialchars": entities({**BASIC, "'": "&#039;"}),
    "PHP htmlentities": entities({**BASIC, "'": "&#039;"}, named),
    "PHP rawurlencode": lambda text: quote(text, safe="-_.~"),
    "Rails to_json": RAILS_JSON,
    "Rails ERB": entities({**BASIC, "'": "&#39;"}),
    "Ruby inspect": json_text(),
    "Node JSON.stringify": json_text(),
    "Node serialize-javascript": json_text(escaped="<>/\u2028\u2029", upper=True),
    "Node util.inspect": lambda text: text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n"),
    "Node encodeURIComponent": lambda text: quote(text, safe="-_.!~*'()"),
    "Handlebars": entities({**BASIC, "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}),
    "Mustache": entities({**BASIC, "'": "&#39;", "/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;"}),
    "JavaScript escape": escape_of_javascript,
    "JavaScript \\x": lambda text: "".join(
        one if one.isalnum() or ord(one) > 0xFF else f"\\x{ord(one):02x}" for one in text
    ),
    "XML decimal entities": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "Python json": lambda text: json.dumps(text)[1:-1],
    "Django": html.escape,
}
LAYERS: Mapping[str, tuple[Encoder, ...]] = {
    "URL in a URL": (lambda text: quote(text, safe=""), lambda text: quote(text, safe="")),
    "URL in a URL in a URL": (lambda text: quote(text, safe=""),) * 3,
    ".NET JSON in .NET JSON": (DOTNET_JSON, DOTNET_JSON),
    ".NET JSON in HTML": (DOTNET_JSON, DOTNET_HTML),
    "HTML in Go JSON": (html.escape, GO_JSON),
    "HTML in PHP JSON": (entities({**BASIC, "'": "&#039;"}, named), PHP_JSON),
    "PHP JSON in a URL": (PHP_JSON, lambda text: quote(text, safe="")),
    "URL in HTML in Rails JSON": (lambda text: quote(text, safe=""), html.escape, RAILS_JSON),
    "HTML in HTML": (DOTNET_HTML, html.escape),
    "Go JSON in a log line of Python": (GO_JSON, lambda text: repr(text + '"')[1:-2]),
}
