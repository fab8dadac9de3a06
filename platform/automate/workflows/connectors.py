"""What the control plane knows of a connector: enough to check a definition, never how it calls out.

The execution plane implements connectors and hands their specs over by the setting AUTOMATE_CONNECTOR_SPECS,
because imports point one way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from automate.kernel.errors import Json
from automate.workflows.definition import FLOW_PREFIX, is_flow

Effect = Literal["idempotent", "keyed", "unsafe"]
"""What a repeat does: nothing new; nothing new under the same Idempotency-Key; the thing again."""


@dataclass(frozen=True)
class ConnectorSpec:
    """name: as in ``uses``. input_schema, output_schema: JSON Schema 2020-12. title: for people.

    secrets: False where what it is given is shown, so that its input may hold no SecretRef.
    """

    name: str
    title: str
    effect: Effect
    input_schema: Mapping[str, Json]
    output_schema: Mapping[str, Json]
    secrets: bool = True

    def __post_init__(self) -> None:
        if is_flow(self.name):
            raise ValueError(f"A connector cannot be called {self.name}: {FLOW_PREFIX} is for the steps of the engine.")
