"""A secret value that is easy to find, a server that echoes it in every form, and a search for what is left of it."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from automate.kernel.redaction import Scrubber
from tests.support.error_bodies import ENCODERS
from tests.support.raw_server import Exchange, answer

CORE = "c4naryQ7xZ2mKp9Lw5"
CANARY = f"{CORE}+/=&<x>\"y'\\z %41 end"
SLACK_CANARY = f"xoxb-{CORE}-0123"
CANARIES = (CANARY, SLACK_CANARY)
_KIND = re.compile(rb"kind-([a-z0-9_]+)")


def forms_of(secret: str) -> dict[str, str]:
    """Every form of a secret that the scrubber is to find, by its name."""
    raw = secret.encode()
    basic = base64.b64encode(f"user:{secret}".encode()).decode()
    url_safe = base64.urlsafe_b64encode(raw).decode()
    return {
        "plain": secret,
        "base64": base64.b64encode(raw).decode(),
        "base64 of basic": basic,
        "base64 of basic form": base64.b64encode(f"id:{quote_plus(secret)}".encode()).decode(),
        "base64 shifted": base64.b64encode(b"ab" + raw + b"cd").decode(),
        "base64url": url_safe,
        "base64url unpadded": url_safe.rstrip("="),
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "lower": secret.lower(),
        "upper": secret.upper(),
        "quoted": quote(secret, safe=""),
        "form": quote_plus(secret),
        "twice quoted": quote(quote(secret, safe=""), safe=""),
        "html": html.escape(secret),
        "json": json.dumps(secret)[1:-1],
        "json in json": json.dumps(json.dumps(secret))[1:-1],
        "repr": repr(secret)[1:-1],
        "repr of bytes": repr(raw)[2:-1],
        "escapes": "".join(f"\\u{ord(one):04x}" for one in secret),
        "entities": "".join(f"&#{ord(one)};" for one in secret),
        "percents": "".join(f"%{ord(one):02X}" for one in secret),
        **{name: encode(secret) for name, encode in ENCODERS.items()},
    }


FORMS = {
    f"{name} of canary {place}": form for place, one in enumerate(CANARIES) for name, form in forms_of(one).items()
}
_NEEDLES = {
    "its core": CORE.lower(),
    "hex of its core": CORE.encode().hex(),
    **{
        # Whole groups of three bytes inside of the core, at each of base64's three alignments.
        f"base64 of its core at {shift}": base64.b64encode(CORE.encode()[shift:][:15]).decode().lower()
        for shift in range(3)
    },
    "its core as percents": "".join(f"%{ord(one):02x}" for one in CORE),
    "its core as escapes": "".join(f"\\u{ord(one):04x}" for one in CORE),
    "its core as entities": "".join(f"&#{ord(one)};" for one in CORE),
}


def found_in(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Where a canary is, and in what form. texts: name and text."""
    scrubber = Scrubber(list(CANARIES))
    hits = []
    for name, text in texts:
        low = text.lower()
        hits += [f"{name}: {form}" for form, needle in _NEEDLES.items() if needle in low]
        hits += [f"{name}: {form}" for form, needle in FORMS.items() if needle in text]
        if scrubber.scrub_text(text) is not text:
            hits.append(f"{name}: a form that the scrubber finds")
    return hits


_JSON, _PLAIN = "Content-Type: application/json", "Content-Type: text/plain; charset=utf-8"
STATUSES = (400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503)


def _body_of(secret: str) -> bytes:
    forms = forms_of(secret)
    return json.dumps({**forms, "list": [*forms.values()], "ok": True, "errors": [{"message": secret}]}).encode()


def _replies_with(secret: str) -> dict[str, bytes]:
    """Raw answers by kind, each with the secret in every form that fits."""
    body, text = _body_of(secret), "\n".join(forms_of(secret).values()).encode()
    quoted = quote(secret, safe="")
    echoes = (
        f"X-Echo: {base64.b64encode(secret.encode()).decode()}",
        f"X-Plain: {secret}",
        f"Set-Cookie: session={quoted}",
    )
    return {
        "ok": answer("200 OK", body, _JSON, *echoes),
        "text": answer("200 OK", text, _PLAIN, *echoes),
        "not_json": answer("200 OK", b'{"half": "' + text, _JSON),
        "bad_gzip": answer("200 OK", text, _JSON, "Content-Encoding: gzip"),
        "redirect": answer("302 Found", text, f"Location: http://elsewhere.invalid/{quoted}?a={quoted}"),
        "no_http": secret.encode() + b"\r\n\r\n" + text,
        "bad_reason": answer(f"500 {secret}", body, _JSON),
        "bad_header": b"HTTP/1.1 200 OK\r\nContent-Length: " + secret.encode() + b"\r\n\r\n" + text,
        **{f"status_{status}": answer(f"{status} Echo", body, _JSON, "Retry-After: 1", *echoes) for status in STATUSES},
        **{f"text_{status}": answer(f"{status} Echo", text, _PLAIN, *echoes) for status in (400, 500)},
    }


_REPLIES = {secret: _replies_with(secret) for secret in CANARIES}
CUT, RESET, HANG = "cut", "reset", "hang"
KINDS = (*_REPLIES[CANARY], CUT, RESET, HANG)


async def echo(exchange: Exchange) -> None:
    """Answer as the request's ``kind-…`` says, with the canary that came."""
    secret = SLACK_CANARY if SLACK_CANARY in str(exchange.headers) else CANARY
    named = _KIND.search(exchange.line.encode() + exchange.body)
    kind = named[1].decode() if named else "ok"
    if kind == CUT:
        await exchange.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999999\r\n\r\n" + _body_of(secret)
        )
        exchange.reset()
    elif kind == RESET:
        exchange.reset()
    elif kind == HANG:
        await asyncio.sleep(30)
    else:
        await exchange.send(_REPLIES[secret][kind])
        if kind in {"no_http", "bad_header"}:
            exchange.reset()
