"""No query looks for the beginning of a token's digest or of a session's key: Django makes such an index for each CharField that is unique."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0013_plan_retention")]

    operations = [
        migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", migrations.RunSQL.noop)
        for name in ("api_token_digest_0ef4c99d_like", "browser_session_session_key_fafbdf7a_like")
    ]
