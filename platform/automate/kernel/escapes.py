"""Decodes the escapes of JSON, HTML and URLs. Also decodes nested escapes, up to a fixed depth."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5
from urllib.parse import unquote_to_bytes

ROUNDS = 3
"""Layers of different escapes: a URL in HTML in JSON. Layers of one kind, such as ``%25252B``, count as one."""
_LETTERS = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\x1b": "e"}
_OF_LETTER = {letter: character for character, letter in _LETTERS.items()}
_BACKSLASHES = re.compile(r"\\+")
_NESTED = re.compile("%(?:25)+")
_NAMES: dict[str, list[str]] = defaultdict(list)
for _name, _stands_for in html5.items():
    if _name.endswith(";"):
        _NAMES[_stands_for].append(_name)
_DIGIT = "[0-9A-Fa-f]"
_ASCII_BACKSLASHED = rf"u00[0-7]{_DIGIT}|x[0-7]{_DIGIT}|u\{{0{{0,6}}[0-7]?{_DIGIT}\}}|U000000[0-7]{_DIGIT}"
_ASCII_ENTITY = "|".join(
    [
        "#0{0,8}(?:12[0-7]|1[01][0-9]|[1-9]?[0-9]);",
        f"#[xX]0{{0,8}}[0-7]?{_DIGIT};",
        "(?=[A-Za-z])(?:"
        + "|".join(re.escape(name) for number in range(128) for name in _NAMES.get(chr(number), ()))
        + ")",
    ]
)
_ASCII_PERCENT = f"(?:25){{0,8}}[0-7]{_DIGIT}|[uU]00[0-7]{_DIGIT}"
_BYTE = 0xFF
_MOST_CACHED = 32
"""Only escapes of at most this length are cached. A long run of backslashes makes an escape longer."""


@dataclass(frozen=True)
class _Step:
    # The places of all replacements, in the text before and in the text after the round.
    starts: Sequence[int]
    """The starts of the replacements in the result, ascending."""
    ends: Sequence[int]
    """The ends of the replacements in the result, ascending."""
    spans: Sequence[tuple[int, int]]
    """The span of each replacement in the text before the round."""

    def before(self, start: int, end: int) -> tuple[int, int]:
        # A span of the text after the round -> the same span before the round.
        return self._place(start, first=True), self._place(end - 1, first=False)

    def _place(self, at: int, *, first: bool) -> int:
        # Returns the start of the character if `first`, otherwise the end.
        found = bisect_right(self.starts, at) - 1
        if found < 0:
            return at if first else at + 1
        begin, end = self.spans[found]
        if at < self.ends[found]:
            return begin if first else end
        moved = end + at - self.ends[found]
        return moved if first else moved + 1


@dataclass(frozen=True)
class Unescaped:
    """A secret value without escapes. Escapes were decoded first. Then all remaining backslashes were removed."""

    bare: str
    """The resulting text."""
    marks: tuple[int, ...]
    """The positions in ``bare`` at which backslashes were removed."""


class Escapes:
    """Finds escaped characters in text.

    All escaped ASCII characters are found. Other escaped characters are found only if ``values`` contain them.
    """

    def __init__(self, values: Iterable[str]) -> None:
        others = {
            character for value in values if not value.isascii() or not value.isprintable() for character in value
        }
        self._pattern = _pattern_of("".join(sorted(one for one in others if not one.isascii() or one in _LETTERS)))

    def decoded(self, text: str) -> str:
        """Decode the escapes in a text, then remove all other backslashes. Return the result."""
        return self._once(text).replace("\\", "")

    def unescaped(self, value: str) -> Unescaped:
        _, step = _decoded_once(_BACKSLASHES, text := self._once(value))
        bare = text.replace("\\", "")
        return Unescaped(bare, tuple(place for place in step.starts if 0 < place < len(bare)))

    def _once(self, text: str) -> str:
        # Backslashes that are not part of an escape stay.
        if any(mark in text for mark in "\\&%"):
            for _ in range(ROUNDS):
                text, count = self._pattern.subn(_character_of, text)
                if not count:
                    break
        return text

    def spans(self, text: str, values: Sequence[Unescaped]) -> Iterator[tuple[int, int]]:
        """Find ``values`` in the text, also in escaped form. Yield the start and the end of each found value."""
        written = text
        steps: list[_Step] = []
        for pattern in (*[self._pattern] * ROUNDS, _BACKSLASHES):
            text, step = _decoded_once(pattern, text)
            steps.append(step)
        for value in values:
            at = text.find(value.bare)
            while at >= 0:
                found = all(_has_backslash(written, steps, at + mark) for mark in value.marks)
                if found:
                    yield _came_from(steps, at, at + len(value.bare))
                at = text.find(value.bare, at + (len(value.bare) if found else 1))


def _came_from(steps: Sequence[_Step], start: int, end: int) -> tuple[int, int]:
    for step in reversed(steps):
        start, end = step.before(start, end)
    return start, end


def _has_backslash(written: str, steps: Sequence[_Step], at: int) -> bool:
    (_, before), (start, _) = _came_from(steps, at - 1, at), _came_from(steps, at, at + 1)
    return start > before or written[start] == "\\"


def _decoded_once(pattern: re.Pattern[str], text: str) -> tuple[str, _Step]:
    pieces: list[str] = []
    starts, ends, spans = list[int](), list[int](), list[tuple[int, int]]()
    done = length = 0
    for found in pattern.finditer(text):
        character = "" if pattern is _BACKSLASHES else _character_of(found)
        length += found.start() - done
        pieces += [text[done : found.start()], character]
        starts.append(length)
        length += len(character)
        ends.append(length)
        spans.append(found.span())
        done = found.end()
    return "".join([*pieces, text[done:]]), _Step(starts, ends, spans)


def _character_of(found: re.Match[str]) -> str:
    escape = found[0]
    return _character(escape) if len(escape) <= _MOST_CACHED else _character.__wrapped__(escape)


@lru_cache(maxsize=4_096)
def _character(escape: str) -> str:
    kind, rest = escape[0], escape[1:]
    if kind == "&":
        if rest[0] != "#":
            return str(html5[rest])
        return chr(int(rest[2:-1], 16) if rest[1] in "xX" else int(rest[1:-1]))
    if kind == "%":
        if rest[0] in "uU":
            return _of_units(part[1:] for part in rest.split("%"))
        return _of_bytes(unquote_to_bytes(_NESTED.sub("%", escape)))
    bare = _BACKSLASHES.sub("", escape)
    if bare in _OF_LETTER:
        return _OF_LETTER[bare]
    digits = [part.strip("{}") for part in re.split("[uUx]", bare) if part]
    return _of_bytes(bytes.fromhex("".join(digits))) if bare[0] == "x" else _of_units(digits)


def _of_bytes(raw: bytes) -> str:
    # A single byte is read as Latin-1.
    return raw.decode(errors="surrogatepass") if len(raw) > 1 else chr(raw[0])


def _of_units(digits: Iterable[str]) -> str:
    units = [chr(int(part, 16)).encode("utf-16-be", "surrogatepass") for part in digits]
    return b"".join(units).decode("utf-16-be", "surrogatepass")


@lru_cache(maxsize=256)
def _pattern_of(characters: str) -> re.Pattern[str]:
    # In a sequence of backslashes, a match starts at the first one only. Otherwise n characters would be scanned n times.
    backslash = "|".join([_ASCII_BACKSLASHED, *map(_backslashed, characters)])
    entity = "|".join([_ASCII_ENTITY, *map(_entity, characters)])
    percent = "|".join([_ASCII_PERCENT, *map(_percent, characters)])
    return re.compile(rf"[\\&%](?:(?<=(?<!\\)\\)\\*(?:{backslash})|(?<=&)(?:{entity})|(?<=%)(?:{percent}))")


def _backslashed(character: str) -> str:
    number = ord(character)
    paired = r"\\+".join(f"u{_hex(unit)}" for unit in _units_of(character))
    forms = [paired, rf"u\{{0{{0,6}}{_hex(f'{number:X}')}\}}", f"U{_hex(f'{number:08X}')}"]
    raw = character.encode(errors="surrogatepass")
    forms.append(r"\\+".join(f"x{_hex(f'{byte:02X}')}" for byte in raw))
    if len(raw) > 1 and number <= _BYTE:
        forms.append(f"x{_hex(f'{number:02X}')}")
    if character in _LETTERS:
        forms.append(_LETTERS[character])
    return "|".join(forms)


def _entity(character: str) -> str:
    number = ord(character)
    names = map(re.escape, _NAMES.get(character, ()))
    return "|".join([f"#0{{0,8}}{number};", f"#[xX]0{{0,8}}{_hex(f'{number:X}')};", *names])


def _percent(character: str) -> str:
    number = ord(character)
    raw = character.encode(errors="surrogatepass")
    escaped = "%".join(f"(?:25){{0,8}}{_hex(f'{byte:02X}')}" for byte in raw)
    latin1 = f"|{_hex(f'{number:02X}')}" if number <= _BYTE else ""
    return escaped + latin1 + "|" + "%".join(f"[uU]{_hex(unit)}" for unit in _units_of(character))


def _units_of(character: str) -> Sequence[str]:
    digits = character.encode("utf-16-be", "surrogatepass").hex().upper()
    return [digits[place : place + 4] for place in range(0, len(digits), 4)]


def _hex(digits: str) -> str:
    return "".join(digit if digit.isdecimal() else f"[{digit.upper()}{digit.lower()}]" for digit in digits)
