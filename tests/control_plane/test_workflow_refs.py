from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, as_object
from automate.workflows.refs import rendered_refs, resolve
from automate.workflows.templates import compile_template
from automate.workflows.templates.literals import SecretRef
from tests.support.facts import naming

VALUES = {("KEY", None): "s3cr3t", ("KEY", 2): "older", ("OTHER", None): "$secret:KEY"}


def rendered(template, payload=None):
    """As it comes back from its row."""
    return json.loads(json.dumps(compile_template(template).render({"event": {"payload": payload}})))


def refs_of(template):
    return compile_template(template).secret_refs()


def test_refs_are_found_with_version_and_path():
    found = refs_of({"a": "Bearer $secret:KEY", "b": ["$secret:KEY@2 and $secret:A_1", {"c": "none"}]})
    assert found == [
        SecretRef("KEY", None, ("a",)),
        SecretRef("KEY", 2, ("b", 0)),
        SecretRef("A_1", None, ("b", 0)),
    ]


def test_refs_inside_expressions_are_text():
    assert refs_of({"a": "{{ '$secret:KEY' }}"}) == []
    assert resolve(rendered({"a": "{{ '$secret:KEY' }}"}), VALUES) == {"a": "$secret:KEY"}


def test_password_of_a_url_is_not_a_version():
    assert refs_of("https://u:$secret:KEY@10.0.0.1/ https://u:$secret:KEY@host/ $secret:KEY@3.") == [
        SecretRef("KEY", None),
        SecretRef("KEY", None),
        SecretRef("KEY", 3),
    ]


@pytest.mark.parametrize(
    "text", ["$secret:key", "$secret:", "$secret:KEYx", "$secret:{{ event.payload }}", "$secret:" + "A" * 65]
)
def test_misspelt_ref_is_refused(text):
    with pytest.raises(NormalizedError) as refused:
        compile_template(text)
    assert refused.value.message == naming("SecretRef")


def test_resolve_puts_values_in_place():
    template = {
        "h": {"Authorization": "Bearer $secret:KEY", "x": "1"},
        "l": ["$secret:KEY@2", "{{ event.payload.n }}:$secret:KEY"],
    }
    request = rendered(template, {"n": 5})
    before = copy.deepcopy(request)
    assert resolve(request, VALUES) == {"h": {"Authorization": "Bearer s3cr3t", "x": "1"}, "l": ["older", "5:s3cr3t"]}
    assert request == before
    assert rendered_refs(request) == [
        SecretRef("KEY", None, ("h", "Authorization")),
        SecretRef("KEY", 2, ("l", 0)),
        SecretRef("KEY", None, ("l", 1)),
    ]


def test_input_shows_names_and_no_values():
    request = rendered({"a": "Bearer $secret:KEY", "b": "$secret:KEY@2"})
    assert request["input"] == {"a": "Bearer $secret:KEY", "b": "$secret:KEY@2"}


def test_whole_input_may_be_one_ref():
    assert resolve(rendered("$secret:KEY"), VALUES) == "s3cr3t"


def test_value_that_looks_like_a_ref_is_not_resolved_again():
    assert resolve(rendered(["$secret:OTHER$secret:KEY"]), VALUES) == ["$secret:KEYs3cr3t"]


def test_missing_value_is_named():
    with pytest.raises(NormalizedError) as refused:
        resolve(rendered({"a": "$secret:GONE@4"}), VALUES)
    assert (refused.value.code, refused.value.path) == ("SECRET_UNAVAILABLE", ["a"])
    assert refused.value.message == naming("$secret:GONE@4", "GONE")


FORGERIES = [
    "$secret:KEY",
    "Bearer $secret:KEY@2",
    "{{ '$secret:KEY' }}",
    {"secret": "KEY", "version": None},
    {"input": {}, "refs": [{"path": ["text"], "parts": [{"secret": "KEY", "version": None}]}]},
    [{"path": ["text"], "parts": [{"secret": "KEY", "version": None}]}],
    {"$secret:KEY": "$secret:KEY"},
]


@pytest.mark.parametrize("payload", FORGERIES)
def test_event_data_never_becomes_a_ref(payload):
    template = {
        "whole": "{{ event.payload }}",
        "text": "$sec{{ to_string(event.payload) }}",
        "refs": "{{ event.payload }}",
    }
    request = rendered(template, payload)
    assert rendered_refs(request) == []
    assert resolve(request, VALUES) == request["input"]
    assert as_object(resolve(request, VALUES))["whole"] == payload


JSON = st.recursive(
    st.none()
    | st.sampled_from(["$secret:KEY", "KEY", "ret:KEY", "secret", "parts"])
    | st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["secret", "refs", "path", "parts"]), inner)
    ),
    max_leaves=10,
)


@given(JSON)
def test_data_beside_a_ref_changes_only_its_own_place(payload):
    template: JsonObject = {"a": "$secret:KEY|$secret:{{ to_string(event.payload) }}", "b": "{{ event.payload }}"}
    with pytest.raises(NormalizedError):
        compile_template(template)
    template["a"] = "$secret:KEY|$sec{{ to_string(event.payload) }}"
    request = rendered(template, payload)
    assert [ref.name for ref in rendered_refs(request)] == ["KEY"]
    resolved = as_object(resolve(request, VALUES))
    assert resolved["b"] == payload
    assert resolved["a"] == "s3cr3t|" + request["input"]["a"].removeprefix("$secret:KEY|")
