import { type FormEvent, useState } from "react";
import { graphql } from "../../gql";
import type { MemberRole } from "../../gql/graphql";
import { useAct } from "../../lib/act";
import { shownCount } from "../../lib/counts";
import { usePages } from "../../lib/pages";
import { useSession } from "../../shell/session";
import { useLacks } from "../../shell/tenant";
import { Box, Button, Field, INPUT, Problems, Refusals, Skeleton, Time } from "../../ui/basics";
import { Confirm } from "./confirm";
import { t } from "../../strings";

const MEMBERS = graphql(`
  query PortalMembers($first: Int!, $after: String) {
    members(first: $first, after: $after) { edges { node { id email name role active joinedAt } } pageInfo { hasNextPage endCursor } }
  }
`);
const INVITATIONS = graphql(`
  query PortalInvitations($first: Int!, $after: String) {
    invitations(first: $first, after: $after, open: true) { edges { node { id email role state mail createdAt expiresAt invitedBy { name } } } pageInfo { hasNextPage endCursor } }
  }
`);
const PAGE = 50;
const INVITE = graphql(`
  mutation PortalInvite($input: InviteMemberInput!) { inviteMember(input: $input) { invitation { id } errors { code message path traceId } } }
`);
const RESEND = graphql(`
  mutation PortalResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { errors { code message path traceId } } }
`);
const REVOKE = graphql(`
  mutation PortalRevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { errors { code message path traceId } } }
`);
const ROLE = graphql(`
  mutation PortalChangeRole($input: ChangeMemberRoleInput!) { changeMemberRole(input: $input) { errors { code message path traceId } } }
`);
const REMOVE = graphql(`
  mutation PortalRemoveMember($input: RemoveMemberInput!) { removeMember(input: $input) { errors { code message path traceId } } }
`);
export const ROLES: readonly MemberRole[] = ["OWNER", "ADMIN", "EDITOR", "OPERATOR", "VIEWER"];

/** The options of a select whose values are the roles. */
export function RoleOptions() {
  return ROLES.map((one) => <option key={one} value={one}>{one.toLowerCase()}</option>);
}

/** The role that a select holds. */
export function roleOf(value: string): MemberRole {
  return ROLES.find((one) => one === value) ?? "VIEWER";
}

export function Members() {
  const lacks = useLacks();
  const { person } = useSession();
  const pages = usePages(MEMBERS, { first: PAGE }, (data) => ({ rows: data.members.edges.map(({ node }) => node), ...data.members.pageInfo }));
  const [round, setRound] = useState(0);
  const again = (): void => {
    pages.reload();
    setRound((before) => before + 1);
  };
  const role = useAct(ROLE, (answer) => answer.changeMemberRole);
  const remove = useAct(REMOVE, (answer) => answer.removeMember);
  const [leaving, setLeaving] = useState<{ id: string; email: string } | null>(null);
  const manage = lacks("manage_members");
  const { rows: members, hasMore, loading, problems, more } = pages;
  if (members.length === 0) return problems.length > 0 ? <Problems of={problems}><Button className="mt-3" onClick={pages.reload}>{t.tryAgain}</Button></Problems> : <Skeleton />;
  return (
    <>
      <Invite onDone={again} />
      <Problems of={[...problems, ...role.problems, ...remove.problems]}>{problems.length > 0 && <Button className="mt-3" onClick={again}>{t.tryAgain}</Button>}</Problems>
      <Box title={members.length === 1 ? t.members.oneMember : t.members.members(shownCount(members.length, hasMore))}>
        {members.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
            <span className="min-w-0 flex-1 basis-52"><span className="font-medium">{one.name || one.email}</span> <span className="text-muted max-sm:block max-sm:truncate sm:break-all" title={one.email}>{one.email}</span>{!one.active && <span className="text-amber"> {t.members.inactive}</span>}</span>
            <span className="text-muted">{t.common.since} <Time at={one.joinedAt} /></span>
            <select aria-label={t.members.roleOf(one.email)} className={`${INPUT} w-auto!`} disabled={manage !== undefined || role.busy} title={manage ? t.members.yourRoleLacks(manage) : undefined} value={one.role}
              onChange={(event) => void role.send({ member: one.id, role: roleOf(event.target.value) }).then(again)}>
              <RoleOptions />
            </select>
            <Button lacks={manage} disabled={one.email === person.email} onClick={() => setLeaving(one)}>{t.members.askRemove}</Button>
          </li>
        ))}
        {hasMore && <li className="p-3 text-center"><Button onClick={more} disabled={loading}>{t.more}</Button></li>}
      </Box>
      {manage === undefined && problems.length === 0 && <Invitations key={round} />}
      {leaving && (
        <Confirm title={t.members.remove(leaving.email)} text={t.members.theMembershipEndsWithinOne} verb={t.members.removeTheMember} problems={remove.problems}
          onClose={() => setLeaving(null)} onYes={() => void remove.send({ member: leaving.id }).then((done) => { if (done) setLeaving(null); again(); })} />
      )}
    </>
  );
}

/** The invitations that are not accepted yet. */
function Invitations() {
  const pages = usePages(INVITATIONS, { first: PAGE }, (data) => ({ rows: data.invitations.edges.map(({ node }) => node), ...data.invitations.pageInfo }));
  const resend = useAct(RESEND, (answer) => answer.resendInvitation);
  const revoke = useAct(REVOKE, (answer) => answer.revokeInvitation);
  const problems = [...pages.problems, ...resend.problems, ...revoke.problems];
  return (
    <>
      <Problems of={problems}>{pages.problems.length > 0 && <Button className="mt-3" onClick={pages.reload}>{t.tryAgain}</Button>}</Problems>
      {pages.rows.length > 0 && (
        <Box title={t.members.openInvitations}>
          {pages.rows.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
              <span className="min-w-0 flex-1 basis-52 break-all font-medium">{one.email} <span className="font-normal text-muted">{t.members.as(one.role.toLowerCase())}</span></span>
              <span className="text-muted">{t.members.byEnds(one.invitedBy.name)} <Time at={one.expiresAt} /></span>
              {one.mail && <span className="text-muted">{t.members.mail(one.mail.toLowerCase())}</span>}
              <Button disabled={resend.busy} onClick={() => void resend.send({ invitation: one.id }).then(pages.reload)}>{t.members.sendAgain}</Button>
              <Button disabled={revoke.busy} onClick={() => void revoke.send({ invitation: one.id }).then(pages.reload)}>{t.members.revoke}</Button>
            </li>
          ))}
          {pages.hasMore && <li className="p-3 text-center"><Button onClick={pages.more} disabled={pages.loading}>{t.more}</Button></li>}
        </Box>
      )}
    </>
  );
}

function Invite({ onDone }: { onDone: () => void }) {
  const lacks = useLacks();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<MemberRole>("OPERATOR");
  const act = useAct(INVITE, (answer) => answer.inviteMember);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await act.send({ email, role })) setEmail("");
    onDone();
  };
  return (
    <Refusals of={act.problems}><form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-56 flex-1"><Field at="email" label={t.members.eMailAddress}>{(id) => <input id={id} type="email" required className={INPUT} value={email} onChange={(event) => setEmail(event.target.value)} />}</Field></div>
        <div className="w-32"><Field at="role" label={t.members.role}>{(id) => <select id={id} className={INPUT} value={role} onChange={(event) => setRole(roleOf(event.target.value))}><RoleOptions /></select>}</Field></div>
        <Button type="submit" kind="primary" disabled={act.busy} lacks={lacks("manage_members")}>{t.members.invite}</Button>
      </div>
      <Problems of={act.problems} />
    </form></Refusals>
  );
}
