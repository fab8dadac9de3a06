"""The options of signature schemes. Each option is declared once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from automate.kernel.json_values import JsonValue, as_text, optional_text
from automate.kernel.problems import Problem
from automate.kernel.shapes import Fitting, OneOf, Says, Spell, Whole
from automate.triggers.schemes.recipes import ALGORITHMS, BODY, ENCODINGS, PLACE, SigningRecipe

TOLERANCE = "tolerance_seconds"
TRUST = "trust_unsigned_headers"
"""The option that lets unsigned headers set an event's type, subject and key."""
MAX_TOLERANCE_SECONDS = 86_400
DEFAULT_HMAC_HEADER = "X-Signature"
MAX_TEMPLATE_CHARACTERS = 128
HEADER = Fitting("the name of a header, such as X-Event-Id", re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}").fullmatch)
_PREFIX = Fitting("at most 32 printable ASCII characters without spaces", re.compile(r"[!-~]{0,32}").fullmatch)
_TEMPLATE = Fitting(
    f"a text of at most {MAX_TEMPLATE_CHARACTERS} printable characters",
    lambda text: len(text) <= MAX_TEMPLATE_CHARACTERS and text.isprintable(),
)
_Tolerance = Annotated[
    int | None,
    Whole(1, MAX_TOLERANCE_SECONDS),
    Says("The largest difference between the signed time and the clock, in seconds."),
]
_Trust = Annotated[
    bool | None,
    Says(
        "Whether headers without a signature may set an event's type, subject and idempotency key. Null keeps the stored "
        "value. For a new source the default is false."
    ),
]


@dataclass(frozen=True)
class NoOptions:
    """An empty set of options, for a scheme that has nothing to configure."""


@dataclass(frozen=True)
class TimedOptions:
    """The options of a scheme that prescribes a signed timestamp."""

    tolerance_seconds: _Tolerance = None
    trust_unsigned_headers: _Trust = None


@dataclass(frozen=True)
class HmacOptions:
    """The options of the HMAC scheme."""

    header: Annotated[str | None, HEADER, Says("The header with the signature.")] = None
    prefix: Annotated[str | None, _PREFIX, Says("The text before the signature, such as sha256=")] = None
    encoding: Annotated[str | None, OneOf(tuple(ENCODINGS), shouted=True), Says("The encoding of the signature.")] = (
        None
    )
    algorithm: Annotated[str | None, OneOf(tuple(ALGORITHMS), shouted=True), Says("The hash function of the HMAC.")] = (
        None
    )
    signs: Annotated[
        str | None,
        _TEMPLATE,
        Says(
            "The template of the signed content, such as {timestamp}.{body}. It has {body} once. It may have {timestamp} "
            "and {id}, if they have a header."
        ),
    ] = None
    timestamp_header: Annotated[str | None, HEADER, Says("The header with the signed time.")] = None
    id_header: Annotated[str | None, HEADER, Says("The header with the message id.")] = None
    tolerance_seconds: _Tolerance = None
    trust_unsigned_headers: _Trust = None

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], spell: Spell) -> Iterator[Problem]:
        template = given.get("signs")
        if isinstance(template, str) and _TEMPLATE.fits(template):
            for message in _template_problems(template, given, spell):
                yield Problem("BAD_USER_INPUT", message, ("signs",))


def _template_problems(template: str, options: Mapping[str, JsonValue], spell: Spell) -> Iterator[str]:
    names = PLACE.findall(template)
    if names.count("body") != 1 or len(set(names)) < len(names):
        yield f"signs must contain {BODY} exactly once, and {{timestamp}} and {{id}} at most once each"
    if set("{}") & set(PLACE.sub("", template)):
        yield f"signs may have braces only around timestamp, id and {BODY[1:-1]}"
    for name, header in (("timestamp", "timestamp_header"), ("id", "id_header")):
        if name in names and not options.get(header):
            yield f"signs contains {{{name}}}, but {spell(header)} is missing"
        if name not in names and options.get(header):
            yield f"signs does not contain {{{name}}}, so {spell(header)} is unsigned, and any sender could change this header"


def hmac_recipe(options: Mapping[str, JsonValue]) -> SigningRecipe:
    # Earlier commits stored null for a missing option.
    options = {name: value for name, value in options.items() if value is not None}
    # Without `signs`, the signed content is `{id}.{timestamp}.{body}`. Parts without a configured header are left out.
    timestamp_header, id_header = (optional_text(options.get(name)) for name in ("timestamp_header", "id_header"))
    before = ("{id}." if id_header else "") + ("{timestamp}." if timestamp_header else "")
    return SigningRecipe(
        header=as_text(options.get("header", DEFAULT_HMAC_HEADER)),
        prefix=as_text(options.get("prefix", "")),
        encoding=ENCODINGS[as_text(options.get("encoding", "hex"))],
        algorithm=ALGORITHMS[as_text(options.get("algorithm", "sha256"))],
        signs=as_text(options.get("signs", f"{before}{BODY}")),
        id_header=id_header,
        timestamp_header=timestamp_header,
    )
