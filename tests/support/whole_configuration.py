"""A configuration in which every field of every kind says something."""

from __future__ import annotations

import json
from typing import Any

SLACK = "https://hooks.slack.com/services/T00/B00/xyz"
"""The value of the secret FREE, which a test has to hold."""
SIGNS = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
LATER = "2035-05-01T12:00:00Z"


KEY = "{{ event.payload.customer }}"
UNLESS = {"starts_with": [{"var": "payload.some_thing"}, "paid"]}


def say(message: str, *more: dict[str, Any]) -> dict[str, Any]:
    return {"schema": 1, "steps": [{"key": "say", "uses": "log.write", "with": {"message": message}}, *more]}


def over_time(slug: str, **options: Any) -> dict[str, Any]:
    """A rule that is off, so that nothing prunes it."""
    when = {"==": [{"var": "type"}, slug]}
    return {"slug": slug, "name": slug, "workflow": "main", "when": when, "enabled": False, "options": options}


def whole() -> dict[str, Any]:
    """Every field of every kind says something."""
    return {
        "secrets": [
            {"name": "FREE"},
            {
                "name": "STRIPE_KEY",
                "allowedHosts": ["api.stripe.com", "*.example.com:8443"],
                "allowedConnectors": ["http.request"], "allowedWorkflows": ["main"],
            },
        ],
        "eventTypes": [
            {"name": "order.paid", "schema": {"type": "object"}, "onMismatch": "REJECT", "sensitivePaths": ["payload.customer.email"],
             "searchKeys": [{"name": "order", "expression": "payload.order.id"}]},
            {"name": "plain"},
        ],
        "sources": [
            {
                "slug": "erp", "scheme": "HMAC", "secrets": ["correct horse battery", "an older one of it"],
                "verification": {
                    "header": "X-Sign", "prefix": "v1=",
                    "encoding": "BASE64URL",
                    "algorithm": "SHA512",
                    "signs": "{timestamp}.{id}.{body}",
                    "timestampHeader": "X-Time",
                    "idHeader": "X-Id",
                    "toleranceSeconds": 60,
                    "trustUnsignedHeaders": True,
                },
                "intake": {
                    "rateLimit": {"perSecond": 5, "burst": 7},
                    "maxBytes": 2048,
                    "idempotencyKey": {"expression": "payload.order.id", "keepSeconds": 3600},
                    "eventType": {"header": "X-Type"},
                    "subject": {"expression": "payload.order.customer"},
                    "keepDeliveriesDays": 3,
                },
                "enabled": False,
            }
        ],
        "webhookEndpoints": [
            {"slug": "erp", "url": "https://erp.example.com/in", "secrets": [SIGNS], "enabled": False}
        ],
        "workflows": [{"slug": "main", "name": "Main", "definition": say("x"), "draft": say("not yet")}],
        "rules": [
            {
                "slug": "big",
                "name": "Big",
                "workflow": "main",
                "when": {">": [{"var": "payload.n"}, 1]},
                "enabled": False,
                "priority": 3,
                "options": {
                    "stop": True,
                    "rateLimit": {"limit": 3, "periodSeconds": 60, "key": KEY},
                    "throttle": {"limit": 2, "periodSeconds": 60, "burst": 2, "key": KEY},
                },
            },
            over_time("calm", debounce={"periodSeconds": 30, "maxWaitSeconds": 300, "key": KEY}),
            over_time("many", count={"atLeast": 5, "withinSeconds": 60, "key": KEY}),
            over_time("none", absence={"unless": UNLESS, "withinSeconds": 60, "key": KEY, "unlessKey": "x{{ event.subject }}"}),
        ],
        "schedules": [
            {"slug": "nightly", "name": "Every night", "plan": {"cron": {"expression": "30 2 * * *", "timezone": "Europe/Berlin"}},
             "startsAt": LATER, "endsAt": "2036-05-01T12:00:00Z", "jitterSeconds": 9, "eventType": "night.fell",
             "data": {"team": "ops", "x_y": [None, 1.5]}, "overlap": "SKIP", "catchUp": "EACH", "catchUpSeconds": 120},
            {"slug": "often", "name": "Often", "plan": {"interval": {"everySeconds": 900}}},
            {"slug": "once", "name": "Once", "plan": {"at": LATER}},
        ],
        "noticePolicies": [
            {"name": "default", "kinds": ["FAILURE", "BUDGET"], "roles": ["operator"], "emitsEvents": True,
             "slackWebhook": "$secret:FREE", "webhookEndpoint": "erp", "pausesFailingWorkflows": True, "digestHour": 7, "approvalMinutes": 30},
        ],
    }  # fmt: skip


def referenced(configuration: dict[str, Any]) -> dict[str, Any]:
    """As an export says it."""
    copy = json.loads(json.dumps(configuration))
    copy["sources"][0]["secrets"] = ["$env:ERP_SECRET", "$env:ERP_SECRET_2"]
    copy["webhookEndpoints"][0]["secrets"] = ["$env:ERP_ENDPOINT_SECRET"]
    return copy
