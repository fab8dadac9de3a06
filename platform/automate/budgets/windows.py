"""SQL expressions about the windows of budgets, for example the end of a window. The function ``shown`` returns the name of a budget in words."""

from __future__ import annotations

from collections.abc import Mapping

from automate.budgets.models import DAY, HOUR, MINUTE, MONTH, OF_CONNECTOR
from automate.kernel.limits import DAY_SECONDS

WINDOW_SECONDS: Mapping[str, int] = {MINUTE: 60, HOUR: 3_600, DAY: DAY_SECONDS, MONTH: 30 * DAY_SECONDS}
"""The usual length of a window."""
ENDS = 'automate_budget_ends(b."window", b.window_start, b.resets_at)'
"""The end of the stored window; infinity for ``always``."""
ZONE = "(SELECT timezone FROM public.tenant WHERE id = b.tenant_id)"
NEXT_ENDS = f'automate_window_end(b."window", now(), {ZONE})'
"""The end of the window after the stored one. It depends on the tenant's current time zone, so a changed time zone
applies from the next window on."""
USED = f"CASE WHEN {ENDS} > now() THEN b.used ELSE 0 END"
"""The sum of the used and the reserved amount in the open window."""
RESETS = f"CASE WHEN b.\"window\" = 'always' THEN NULL WHEN {ENDS} > now() THEN {ENDS} ELSE {NEXT_ENDS} END"
STARTED = (
    f'CASE WHEN {ENDS} > now() THEN b.window_start ELSE greatest({ENDS}, date_trunc(b."window", now(), {ZONE})) END'
)


def shown(metric: str, window: str, label: str = "", scope: str = "") -> str:
    """Return the name of a budget in words, such as ``runs per day of the workflow notify-sales``."""
    span = "" if window == "always" else f" per {window}"
    kind = "connector" if scope.startswith(OF_CONNECTOR) else "workflow"
    return f"{metric}{span}{f' of the {kind} {label}' if label else ''}"
