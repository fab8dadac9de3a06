"""Tokens of causation: good for their own tenant, as none for everybody else, and never a reason to refuse."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st

from automate.events.models import Event
from automate.kernel.causation import MOST_TOKENS, depth_in, depth_of, token
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.triggers.services import run_workflow, save_source
from automate.workflows.services import publish_workflow, save_workflow

MINE, OTHERS, RUN = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)
NOTE: Any = {"schema": 1, "steps": [{"key": "note", "uses": "log.write", "with": {"message": "hello"}}]}
GOOD = re.compile(r"[A-Za-z0-9_-]{44}")


@given(tenant=st.uuids(), depth=st.integers(0, 255), run=st.uuids())
def test_depth_comes_back_to_its_tenant(tenant: uuid.UUID, depth: int, run: uuid.UUID) -> None:
    made = token(tenant, depth, run)
    assert GOOD.fullmatch(made)
    assert depth_of(made, tenant) == depth
    assert depth_of(made, uuid.UUID(int=tenant.int ^ 1)) is None


@given(depth=st.integers(0, 255), place=st.integers(0, 43), letter=st.sampled_from("AZaz09-_"))
def test_changed_token_is_none(depth: int, place: int, letter: str) -> None:
    made = token(MINE, depth, RUN)
    changed = made[:place] + letter + made[place + 1 :]
    assert depth_of(changed, MINE) == (depth if changed == made else None)


@given(st.text(max_size=60))
def test_any_text_is_no_token(text: str) -> None:
    assert depth_of(text, MINE) is None
    assert depth_in({"automate-causation": text, "baggage": f"automate.causation={text}"}, MINE) == 0


def test_depth_past_any_limit_stays_past_it() -> None:
    assert depth_of(token(MINE, 1_000, RUN), MINE) == 255


def test_token_outlives_the_change_of_the_secret_key_as_long_as_its_fallback() -> None:
    made = token(MINE, 3, RUN)
    with override_settings(SECRET_KEY="another secret of this test", SECRET_KEY_FALLBACKS=[]):
        assert depth_of(made, MINE) is None
    with override_settings(SECRET_KEY="another secret of this test", SECRET_KEY_FALLBACKS=["", _secret_key()]):
        assert depth_of(made, MINE) == 3


def _secret_key() -> str:
    from django.conf import settings

    key: str = settings.SECRET_KEY
    return key


def own(*depths: int) -> str:
    return ", ".join(token(MINE, depth, RUN) for depth in depths)


def members(*depths: int) -> str:
    return ",".join(f"automate.causation={token(MINE, depth, RUN)}" for depth in depths)


@pytest.mark.parametrize(
    ("headers", "depth"),
    [
        ({}, 0),
        ({"automate-causation": own(2)}, 2),
        ({"automate-causation": own(2, 5, 3)}, 5),
        ({"baggage": members(4)}, 4),
        ({"baggage": f"shop=north, {members(4)};ttl=5 , x=y"}, 4),
        ({"baggage": members(4).replace("=", " = ")}, 4),
        ({"baggage": members(1, 6, 2)}, 6),
        ({"automate-causation": own(2), "baggage": members(7)}, 7),
        ({"automate-causation": own(7), "baggage": members(2)}, 7),
        # What is no token of this tenant's does not hide one that is.
        ({"automate-causation": f"{token(OTHERS, 8, RUN)},{own(1)}"}, 1),
        ({"automate-causation": f"{'x' * 44},{own(1)}", "baggage": "automate.causation"}, 1),
        ({"automate-causation": token(OTHERS, 8, RUN)}, 0),
        ({"automate-causation": own(3) + "A"}, 0),
        ({"automate-causation": own(3)[:-1]}, 0),
        ({"automate-causation": "A" * 44}, 0),
        ({"automate-causation": "=" * 44}, 0),
        ({"automate-causation": "\u00e9" * 44}, 0),
        ({"automate-causation": "x" * 50_000}, 0),
        ({"automate-causation": ",".join(["B" * 44] * (MOST_TOKENS - 1) + [own(3)])}, 3),
        ({"automate-causation": ",".join(["B" * 44] * MOST_TOKENS + [own(3)])}, 0),
        ({"automate-causation": "," * 50_000, "baggage": members(3)}, 3),
        ({"baggage": f"automate.causation.x={token(MINE, 3, RUN)},AUTOMATE.CAUSATION={token(MINE, 3, RUN)}"}, 0),
        ({"baggage": token(MINE, 3, RUN)}, 0),
        ({"baggage": "=,;,==;="}, 0),
    ],
)
def test_deepest_valid_token_counts(headers: dict[str, str], depth: int) -> None:
    assert depth_in(headers, MINE) == depth


@pytest.fixture
def hook(tenant: Any) -> str:
    with acting_for(tenant.ref):
        save_source(slug="open", scheme="UNSIGNED", secrets=[], options=None, expected_revision=None)
    return f"/t/{tenant.ref.slug}/hooks/open"


@pytest.mark.parametrize(
    ("sent", "depth"),
    [
        (lambda tenant: token(tenant, 3, RUN), 3),
        (lambda _tenant: token(OTHERS, 3, RUN), 0),
        (lambda tenant: token(tenant, 3, RUN)[:-1] + "!", 0),
        (lambda tenant: ",".join([token(tenant, 3, RUN)] * 40), 3),
        (lambda _tenant: "A" * 6_000, 0),
        (lambda _tenant: "", 0),
    ],
    ids=["mine", "another tenant's", "forged", "repeated", "oversize", "empty"],
)
@pytest.mark.parametrize("name", ["Automate-Causation", "baggage"])
def test_webhook_is_taken_whatever_its_token(
    hook: str, tenant: Any, name: str, sent: Callable[[uuid.UUID], str], depth: int
) -> None:
    text = sent(tenant.ref.id)
    value = text if name != "baggage" else ",".join(f"automate.causation={one}" for one in text.split(","))
    answer = Client().post(hook, data=b"{}", content_type="application/json", headers={name: value})
    assert answer.status_code == 202
    with acting_for(tenant.ref):
        event = Event.objects.get()
    assert event.depth == depth
    assert "automate-causation" not in event.headers


def test_repeated_manual_start_brings_its_first_run_back_however_deep_it_comes(tenant: Any) -> None:
    with acting_for(tenant.ref):
        save_workflow(slug="note", name="Note", definition=NOTE, expected_revision=None)
        publish_workflow(slug="note")
        first = run_workflow(workflow="note", payload={}, idempotency_key="k", depth=7)
        assert run_workflow(workflow="note", payload={}, idempotency_key="k", depth=8) == first
        for _ in range(2):
            with pytest.raises(NormalizedError) as refusal:
                run_workflow(workflow="note", payload={}, idempotency_key="new", depth=8)
            assert refusal.value.code == "LIMIT_EXCEEDED"
        assert list(Event.objects.values_list("depth", "idempotency_key")) == [(7, "k")]
