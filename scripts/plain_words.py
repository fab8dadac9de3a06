"""Count the words that docs/contributing/writing.md replaces: ``python scripts/plain_words.py [FILE...]``.

Code blocks, inline code and link targets of a page do not count: names of fields and commands stay as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.reference import BUILT, ROOT

REPLACED = {
    r"mend(?:s|ed|ing)?": "fix, repair",
    r"t(?:ell|ells|old|elling)": "report, notify, signal",
    r"hear(?:s|d|ing)?": "receive",
    r"sa(?:y|ys|id) of": "state",
    r"whoever|nobody|somebody|anybody|everybody|those who": "name it: the caller, the worker, no process",
    r"com(?:e|es|ing) to|came to": "evaluate to, result in",
    r"(?:is|are|was|were) of": "belongs to, uses",
    r"go(?:es|ing)? on|went on|gone on": "continues, proceeds, resumes",
    r"tak(?:e|es|en|ing) in|took in": "accepts, ingests",
    r"there is none|there are none|(?:is|are|was) there": "exists, is missing",
    r"by (?:itself|themselves)": "automatically",
    r"bec(?:ome|omes|ame) of": "effects, outcome",
    r"(?:it|they|he|she) did(?! not)": "effects, outcome",
    r"ill": "unhealthy",
    r"flying|under way": "in flight, open",
    r"bur(?:y|ies|ied)": "dead-letter",
    r"kept (?:delivery|deliveries|webhook|webhooks)": "stored, rejected delivery",
    r"und(?:o|oes|one|oing)": "compensate (workflows), revert (changes)",
    r"moments?": "timestamp, time",
    r"mischief|fates?|word of a person": "fault, outcome, operator's decision",
    r"lea(?:ve|ves|ving|ft) (?:it|them|those|that|one) alone|left alone": "ignores, unchanged",
    r"stay(?:s|ed)? as (?:it|they)": "unchanged",
    r"in vain": "without success",
    r"once more(?! \w)|anew": "again",
    r"lest|whereof|hitherto|thereby": "rewrite the sentence",
}
"""The pattern of a word, and what to write instead."""

WORD = re.compile("|".join(rf"(?:\b(?:{pattern})\b)" for pattern in REPLACED), re.IGNORECASE)
NOUN_CLAUSE = re.compile(
    r"(?:^|(?<=[.!] ))(?:What|Whoever|Who|Whose|Those that|Of each|One that|Whether)\b[^.?!]*[.!]", re.MULTILINE
)
"""A sentence that starts with a noun clause. A question may start so."""
CODE = re.compile(r"^```.*?^```|`[^`\n]*`|(?<=\])\([^)\n]*\)|<[^>\n]*>", re.MULTILINE | re.DOTALL)

TERMS = ROOT / "docs" / "contributing" / "writing.md"
"""The page that lists the words."""


def prose(page: str) -> str:
    """The page without its code, with the same lines."""
    return CODE.sub(lambda match: "`" + "\n" * match[0].count("\n"), page)


def found(text: str) -> Iterator[tuple[int, str]]:
    """Each word that is replaced, with its line from 1."""
    for pattern in (WORD, NOUN_CLAUSE):
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, " ".join(match[0].split())[:60]


def in_page(path: Path) -> list[tuple[int, str]]:
    """The words of a page of Markdown."""
    return sorted(found(prose(path.read_text(encoding="utf-8"))))


def in_code(path: Path) -> list[tuple[int, str]]:
    """The words of a module: its docstrings, comments, messages and names."""
    text = path.read_text(encoding="utf-8")
    return sorted((text.count("\n", 0, match.start()) + 1, match[0]) for match in WORD.finditer(text))


def pages() -> list[Path]:
    """The committed pages for readers of the project."""
    others = {TERMS, *(ROOT / "docs" / page.path for page in BUILT)}
    docs = [path for path in (ROOT / "docs").rglob("*.md") if path not in others]
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(docs)]


def main(names: list[str]) -> None:
    words = lines = 0
    for path in [Path(name).resolve() for name in names] or pages():
        here = in_page(path)
        words, lines = words + len(here), lines + len(path.read_text(encoding="utf-8").splitlines())
        for line, word in here if names else ():
            sys.stdout.write(f"{path.name}:{line}: {word}\n")
        if here and not names:
            sys.stdout.write(f"{len(here):4} {path.relative_to(ROOT)}\n")
    sys.stdout.write(f"{words} in {lines:,} lines: {1000 * words / max(lines, 1):.1f} in 1,000\n")


if __name__ == "__main__":
    main(sys.argv[1:])
