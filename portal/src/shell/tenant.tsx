/** The tenant of the address: its GraphQL client, and what the person may do there. */

import { createContext, type ReactNode, useContext, useMemo } from "react";
import { Provider, useQuery } from "urql";
import { tenantClient } from "../api/client";
import { graphql } from "../gql";
import { t } from "../strings";
import { Button, Skeleton, Unanswered } from "../ui/basics";
import { useSession } from "./session";

const VIEWER = graphql(`
  query PortalViewer {
    viewer { name role permissions }
    tenant { slug name }
  }
`);

type Tenant = { slug: string; name: string; role: string; may: (permission: string) => boolean };
const Context = createContext<Tenant | null>(null);

export function useTenant(): Tenant {
  const tenant = useContext(Context);
  if (tenant === null) throw new Error("useTenant stands outside of TenantScope");
  return tenant;
}

/** The permission, where the person lacks it: `Button` takes it as `lacks`. */
export function useLacks(): (permission: string) => string | undefined {
  const { may } = useTenant();
  return (permission) => (may(permission) ? undefined : permission);
}

export function TenantScope({ slug, children }: { slug: string; children: ReactNode }) {
  const { expired, lost } = useSession();
  const client = useMemo(() => tenantClient(slug, { expired, lost }), [slug, expired, lost]);
  return (
    <Provider value={client}>
      <Loaded>{children}</Loaded>
    </Provider>
  );
}

function Loaded({ children }: { children: ReactNode }) {
  const { leave } = useSession();
  const [{ data, error }, again] = useQuery({ query: VIEWER });
  const tenant = useMemo(() => {
    if (data === undefined) return null;
    const permissions = new Set(data.viewer.permissions);
    return { ...data.tenant, role: data.viewer.role.toLowerCase(), may: (one: string) => permissions.has(one) };
  }, [data]);
  if (tenant !== null) return <Context value={tenant}>{children}</Context>;
  if (error !== undefined) {
    return (
      <main className="mx-auto flex max-w-lg flex-col gap-4 p-6 pt-24">
        <h1 className="text-lg font-semibold">{t.shell.unreachable}</h1>
        <Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} />
        <Button className="w-fit" onClick={leave}>{t.common.signOut}</Button>
      </main>
    );
  }
  return <Skeleton />;
}
