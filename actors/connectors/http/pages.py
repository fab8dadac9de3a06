"""Reads all pages of a list, and joins them into one list.

The requests for all pages together count as one effect.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urljoin

from actors.connectors.answers import NO_JSON, bounded_output, is_json, merged_headers, parse_json
from actors.connectors.base import ConnectorError
from actors.connectors.deadlines import seconds_left
from actors.connectors.guard import Guard, OutboundRequest, OutboundResponse
from actors.connectors.guard.bodies import OverLimitError
from actors.connectors.guard.failures import TOO_LARGE
from actors.connectors.guard.targets import parse_target
from actors.connectors.http.schema import DEFAULT_MAX_PAGES
from actors.connectors.http.statuses import unexpected
from automate.kernel.json_values import JsonObject, JsonValue, as_integer, as_object, as_text
from automate.workflows.connectors import Failure

PAGE_SHAPE = Failure(
    "page_shape",
    "CONNECTOR_REFUSED",
    "A page has no list at paginate.items, is not JSON, or has a cursor that is not text or a number.",
)
PAGE_ELSEWHERE = Failure(
    "page_elsewhere",
    "CONNECTOR_REFUSED",
    "The URL of the next page has another scheme, host or port, or comes from such a page.",
)
PAGE_LOOP = Failure("page_loop", "CONNECTOR_REFUSED", "A page names itself, or an earlier page, as the next page.")
PAGE_FAILURES: Sequence[Failure] = (PAGE_SHAPE, PAGE_ELSEWHERE, PAGE_LOOP)

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)

Next = tuple[str, JsonValue]
"""The URL of the next page, and the field ``next`` of the output: this URL, the cursor, or the page's number."""


@dataclass
class _Read:
    items: list[JsonValue]
    seen: set[str]
    """The URLs of the pages, to detect a cycle."""
    pages: int = 0
    bytes: int = 0
    number: int = 0
    """The number of the next page."""


async def read_pages(
    guard: Guard,
    first: OutboundRequest,
    paginate: Mapping[str, JsonValue],
    expected: Sequence[int],
    credentials: Sequence[tuple[str, str]],
) -> JsonValue:
    """Return all items, the number of pages, and whether more pages exist.

    ``credentials`` are query parameters. They are added to the URL of each next page, because links to a next page omit
    these parameters. Raises ConnectorError if a page is refused or malformed.
    """
    started = time.monotonic()
    by = as_object(paginate["by"])
    numbered = as_object(by.get("number", {}))
    read = _Read([], set(), number=as_integer(numbered.get("first", 1)))
    request = first
    if "number" in by:
        request = replace(first, url=_with_parameter(first.url, as_text(numbered["parameter"]), str(read.number)))
    while True:
        read.seen.add(request.url)
        response = await _page(guard, request, read, first.max_bytes)
        if response.status not in expected:
            raise unexpected(response)
        document = _document(response)
        page = _found(document, as_text(paginate.get("items", "")))
        if not isinstance(page, list):
            raise ConnectorError.of(PAGE_SHAPE, f"Page {read.pages + 1} has no list at paginate.items.")
        read.items += page
        read.pages += 1
        read.number += 1
        read.bytes += len(response.body)
        following = _next(by, request.url, response, document, read, empty=not page)
        if following is None or read.pages >= as_integer(paginate.get("max_pages", DEFAULT_MAX_PAGES)):
            return _output(response, read, following, time.monotonic() - started)
        url = following[0]
        for name, value in credentials:
            url = _with_parameter(url, name, value)
        request = replace(
            first,
            url=_same_origin(url, first.url, read),
            timeout_seconds=seconds_left(started + first.timeout_seconds),
            max_bytes=max(first.max_bytes - read.bytes, 1),
        )


async def _page(guard: Guard, request: OutboundRequest, read: _Read, max_bytes: int) -> OutboundResponse:
    # `max_bytes`: the limit for all pages together.
    try:
        return await guard.send(request)
    except OverLimitError:
        message = (
            f"With page {read.pages + 1}, all pages together exceed {max_bytes} bytes after decompression. Read "
            "fewer pages (paginate.max_pages), or request smaller pages."
        )
        raise ConnectorError.of(TOO_LARGE, message, arrived=True) from None


def _output(response: OutboundResponse, read: _Read, following: Next | None, elapsed_seconds: float) -> JsonValue:
    output: JsonObject = {
        "status": response.status,
        "headers": {**merged_headers(response.headers)},
        "items": read.items,
        "pages": read.pages,
        "truncated": following is not None,
        "elapsed_ms": round(elapsed_seconds * 1000),
    }
    if following is not None:
        output["next"] = following[1]
    return bounded_output(output, read.bytes)


def _next(
    by: Mapping[str, JsonValue], url: str, response: OutboundResponse, document: JsonValue, read: _Read, *, empty: bool
) -> Next | None:
    # The last page has no link to a next page, no cursor or, if pages have numbers, no items.
    if "link" in by:
        link = _next_link(response)
        if link is None:
            return None
        if response.url and parse_target(response.url).origin != parse_target(url).origin:
            message = (
                "A redirect led to another scheme, host or port. The step's credentials are not sent there, so the next "
                "page cannot be read. Start at the URL that the redirect leads to."
            )
            raise ConnectorError.of(PAGE_ELSEWHERE, message)
        following = _joined(response.url or url, link)
        return following, following
    if "cursor" in by:
        place = as_object(by["cursor"])
        cursor = _found(document, as_text(place["path"]))
        if cursor is None or cursor is False or cursor == "":
            return None
        if not isinstance(cursor, (str, int)) or isinstance(cursor, bool):
            raise ConnectorError.of(PAGE_SHAPE, "The cursor of the next page is not text or a whole number.")
        return _with_parameter(url, as_text(place["parameter"]), str(cursor)), cursor
    if empty:
        return None
    return _with_parameter(url, as_text(as_object(by["number"])["parameter"]), str(read.number)), read.number


def _next_link(response: OutboundResponse) -> str | None:
    # The first link whose relation is `next` (RFC 8288).
    for name, value in response.headers:
        if name != "link":
            continue
        for target, parameters in _LINK.findall(value):
            relations = _REL.search(parameters)
            if relations and "next" in (relations[1] or relations[2] or "").lower().split():
                return str(target)
    return None


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        raise ConnectorError.of(PAGE_ELSEWHERE, "The link to the next page is malformed.") from None


def _same_origin(url: str, first: str, read: _Read) -> str:
    # The step's credentials are sent only to the origin of the first page. Raises ConnectorError.
    if parse_target(url).origin != parse_target(first).origin:
        message = "The link to the next page leads to another scheme, host or port. The step's credentials are not sent there."
        raise ConnectorError.of(PAGE_ELSEWHERE, message)
    if url in read.seen:
        raise ConnectorError.of(PAGE_LOOP, f"Page {read.pages} names itself, or an earlier page, as the next page.")
    return url


def _with_parameter(url: str, name: str, value: str) -> str:
    # Earlier values of the parameter and the fragment are removed.
    base, _, query = url.partition("#")[0].partition("?")
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return f"{base}?{urlencode([*pairs, (name, value)], errors='replace')}"


def _document(response: OutboundResponse) -> JsonValue:
    value = parse_json(response.body) if response.body and is_json(response.header("content-type") or "") else NO_JSON
    if value is NO_JSON:
        raise ConnectorError.of(PAGE_SHAPE, "A page is not JSON, so it has no items.")
    return value


def _found(document: JsonValue, path: str) -> JsonValue:
    # Keys joined by dots. An empty path names the whole document.
    for key in path.split(".") if path else ():
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document
