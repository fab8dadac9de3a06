"""Sources keep reading unsigned headers after the upgrade where they may have read them before.

All HMAC sources, sources of other signing schemes whose ``intake`` reads a header, and Standard Webhooks sources that lately
received binary CloudEvents.
"""

from django.db import migrations

TRUST = """
UPDATE source SET options = options || '{"trust_unsigned_headers": true}', revision = revision + 1, updated_at = now()
WHERE scheme = 'HMAC'
   OR scheme IN ('STANDARD_WEBHOOKS', 'STRIPE', 'SLACK') AND (
        EXISTS (SELECT 1 FROM jsonb_each(intake) AS part
                WHERE part.value ? 'header' OR part.value ->> 'expression' LIKE '%headers%')
     OR scheme = 'STANDARD_WEBHOOKS' AND id = ANY (ARRAY(
        SELECT recent.source_id FROM (SELECT source_id, headers FROM event ORDER BY id DESC LIMIT 10000) AS recent
        WHERE recent.headers ? 'ce-specversion')))
"""
FORGET = "UPDATE source SET options = options - 'trust_unsigned_headers'"


class Migration(migrations.Migration):
    dependencies = [("events", "0005_deliveries")]

    operations = [migrations.RunSQL(TRUST, FORGET)]
