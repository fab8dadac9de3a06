"""SQL functions of row-level security for people and members."""

from __future__ import annotations

from automate.kernel.guards import TENANT_PROVEN as TENANT_PROVEN_BY_TOKEN
from automate.kernel.roles import PLATFORM_ROLE

__all__ = [
    "INVITED_EMAIL",
    "KEEPS_AN_OWNER",
    "KEEP_AN_OWNER",
    "SIGNED_IN_USER",
    "TENANT_MANAGER",
    "TENANT_MAY",
    "TENANT_PROVEN",
    "TENANT_PROVEN_BY_TOKEN",
]

_HEAD = "LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp"
_HASH = "encode(sha256(convert_to(current_setting('automate.proof', true), 'UTF8')), 'hex')"

SIGNED_IN_USER = f"""
CREATE OR REPLACE FUNCTION public.automate_signed_in_user() RETURNS uuid {_HEAD} AS $$
    SELECT user_id FROM public.sign_in WHERE proof = {_HASH} AND expires_at > now()
$$;
"""
"""The person whose sign-in the scope's proof shows; null without such a proof."""

TENANT_MANAGER = f"""
CREATE OR REPLACE FUNCTION public.automate_tenant_manager(person uuid) RETURNS boolean {_HEAD} AS $$
    SELECT EXISTS (
        SELECT FROM public.membership m JOIN public.person p ON p.id = m.user_id
        WHERE m.tenant_id = public.automate_tenant_id() AND m.user_id = person AND m.role IN ('owner', 'admin') AND p.is_active)
$$;
"""
"""Whether a person is an active owner or admin of the role's tenant."""

TENANT_MAY = f"""
CREATE OR REPLACE FUNCTION public.automate_tenant_may(permission text) RETURNS boolean {_HEAD} AS $$
    SELECT pg_has_role(session_user, '{PLATFORM_ROLE}', 'MEMBER')
        OR EXISTS (
            SELECT FROM public.api_token
            WHERE tenant_id = public.automate_tenant_id() AND role IN ('owner', 'admin')
              AND (scopes IS NULL OR scopes ? permission)
              AND (coalesce(created_by ->> 'person', '') = '' OR public.automate_tenant_manager((created_by ->> 'person')::uuid))
              AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AND proof = {_HASH})
        OR public.automate_tenant_manager(public.automate_signed_in_user())
$$;
"""
"""Whether the session may use a permission of owners and admins in the role's tenant. The session needs the
proof of an active token, the proof of a member's sign-in, or the login of an older installation."""

TENANT_PROVEN = f"""
CREATE OR REPLACE FUNCTION public.automate_tenant_proven() RETURNS boolean {_HEAD} AS $$
    SELECT public.automate_tenant_may('manage_tokens')
$$;
"""
"""Whether the session may write tokens of the role's tenant."""

INVITED_EMAIL = f"""
CREATE OR REPLACE FUNCTION public.automate_invited_email() RETURNS text {_HEAD} AS $$
    SELECT email FROM public.invitation
    WHERE tenant_id = public.automate_tenant_id() AND token_hash = {_HASH}
      AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()
$$;
"""
"""The address of the open invitation whose link the scope's proof shows; null without such a proof."""

OWNERS_LOCK = 0x6F776E72
"""The first key of an advisory lock. The second key is a hash of the tenant. So only one transaction at a time
changes the owners of a tenant."""

KEEP_AN_OWNER = f"""
CREATE OR REPLACE FUNCTION public.automate_keep_an_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.role = 'owner' AND (TG_OP = 'DELETE' OR NEW.role <> 'owner')
       AND NOT (coalesce(current_setting('automate.retention', true), '') = 'on'
                AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER')) THEN
        PERFORM pg_advisory_xact_lock({OWNERS_LOCK}, hashtext(OLD.tenant_id::text));
        IF NOT EXISTS (SELECT FROM public.membership
                       WHERE tenant_id = OLD.tenant_id AND role = 'owner' AND id <> OLD.id) THEN
            RAISE EXCEPTION 'the tenant % keeps its last owner', OLD.tenant_id USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
"""
"""A trigger that refuses to remove or demote a tenant's last owner, for any role. The owner of the tables can remove a
whole tenant after ``SET LOCAL automate.retention = 'on'``."""

KEEPS_AN_OWNER = """
CREATE TRIGGER membership_keeps_an_owner BEFORE UPDATE OF role OR DELETE ON membership
FOR EACH ROW EXECUTE FUNCTION public.automate_keep_an_owner()
"""
