from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automate.workflows.templates.allowance import TemplateFailure
from automate.workflows.templates.scanner import ExpressionPart, TextPart, scan
from tests.support.facts import naming


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", [TextPart("")]),
        ("plain }} text { }", [TextPart("plain }} text { }")]),
        ("{{ a }}", [ExpressionPart("a", 0)]),
        ("x{{a}}y{{ b }}", [TextPart("x"), ExpressionPart("a", 1), TextPart("y"), ExpressionPart("b", 7)]),
        ("{{ {a: {b: x}} }}", [ExpressionPart("{a: {b: x}}", 0)]),
        ("{{{a: {b: x}}}}", [ExpressionPart("{a: {b: x}}", 0)]),
        ("{{ '}}' }}", [ExpressionPart("'}}'", 0)]),
        ("{{ 'it\\'s }}' }}", [ExpressionPart("'it\\'s }}'", 0)]),
        ('{{ "a}}b" }}', [ExpressionPart('"a}}b"', 0)]),
        ('{{ `{"a": "}}"}` }}', [ExpressionPart('`{"a": "}}"}`', 0)]),
        ("{{ '{{' }}", [ExpressionPart("'{{'", 0)]),
    ],
)
def test_expressions_end_outside_of_quotes_and_braces(text, segments):
    assert scan(text) == segments


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ab {{ x", naming("{{", "character 4")),
        ("{{ {a: b }}", naming("}", "character 11")),
        ("{{ {a: b", naming("{{", "character 1")),
        ("{{ 'a }}", naming("'", "character 4")),
        ("{{ a } }}", naming("}", "character 6")),
    ],
)
def test_unclosed_expression_is_refused_with_position(text, message):
    with pytest.raises(TemplateFailure) as refused:
        scan(text)
    assert str(refused.value) == message


@given(st.text(alphabet="{}'\"`\\ ab", max_size=60))
def test_scanning_any_text_ends_in_segments_or_refusal(text):
    try:
        segments = scan(text)
    except TemplateFailure:
        assert "{{" in text
        return
    literal = "".join(segment.text for segment in segments if isinstance(segment, TextPart))
    assert ("{{" in text) == any(isinstance(segment, ExpressionPart) for segment in segments)
    assert "{{" not in literal or "}}" in text
