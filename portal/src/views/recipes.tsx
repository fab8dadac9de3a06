/** Ready automations: choose one, fill in its form, see what it makes, install it. */

import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import type { PortalRecipesQuery } from "../gql/graphql";
import { useAct } from "../lib/act";
import { fieldsOf, filled, type Typed } from "../lib/form";
import { useLacks, useTenant } from "../shell/tenant";
import { Button, Field, INPUT, LINK, Problems, Refusals, Skeleton, Unanswered } from "../ui/basics";
import { SchemaInput, wrongValues } from "../ui/schema_input";
import { t } from "../strings";

export const RECIPES = graphql(`
  query PortalRecipes { recipes { slug title description parameters creates { kind slug } secrets { name exists } } }
`);
const INSTALL = graphql(`
  mutation PortalInstallRecipe($input: InstallRecipeInput!) {
    installRecipe(input: $input) { changes { kind slug outcome version } errors { code message path traceId } }
  }
`);
type Recipe = PortalRecipesQuery["recipes"][number];

export function Recipes({ onDone }: { onDone: () => void }) {
  const [{ data, error }, read] = useQuery({ query: RECIPES });
  const [slug, setSlug] = useState("");
  if (data === undefined) return error ? <Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} /> : <Skeleton rows={3} />;
  const chosen = data.recipes.find((one) => one.slug === slug) ?? data.recipes[0];
  if (chosen === undefined) return <p className="text-muted">{t.recipes.thisInstallationHasNoRecipes}</p>;
  return (
    <div className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-4">
      <Field label={t.recipes.recipe} help={chosen.description}>
        {(id) => (
          <select id={id} className={INPUT} value={chosen.slug} onChange={(event) => setSlug(event.target.value)}>
            {data.recipes.map((one) => <option key={one.slug} value={one.slug}>{one.title}</option>)}
          </select>
        )}
      </Field>
      <RecipeForm key={chosen.slug} recipe={chosen} onDone={onDone} />
    </div>
  );
}

export function RecipeForm({ recipe, onDone }: { recipe: Recipe; onDone: () => void }) {
  const lacks = useLacks();
  const { slug } = useTenant();
  const fields = useMemo(() => fieldsOf(recipe.parameters), [recipe.parameters]);
  const [typed, setTyped] = useState<Typed>({});
  const [made, setMade] = useState<{ kind: string; slug: string; outcome: string }[]>([]);
  const [planned, setPlanned] = useState(false);
  const act = useAct(INSTALL, (data) => data.installRecipe);
  const missing = recipe.secrets.filter(({ exists }) => exists === false).map(({ name }) => name);
  const install = async (planOnly: boolean): Promise<void> => {
    const { value, wrong } = filled(fields, typed);
    if (wrong.length > 0) {
      act.refuse(wrongValues(wrong, "parameters"));
      return;
    }
    const answer = await act.send({ recipe: recipe.slug, parameters: value, planOnly, state: "LIVE" });
    setMade(answer?.changes ?? []);
    setPlanned(planOnly);
    if (answer && !planOnly) onDone();
  };
  return (
    <Refusals of={act.problems}><div className="flex flex-col gap-4">
      {missing.length > 0 && <p className="text-amber">{t.recipes.itNeedsSecretsThatDo(missing.join(", "))} <Link className={LINK} to={`/${slug}/settings/secrets`}>{t.recipes.addThem}</Link></p>}
      <div className="grid gap-4 sm:grid-cols-2">
        {fields.map((field) => <SchemaInput key={field.name} at={`parameters.${field.name}`} field={field} value={typed[field.name]} onChange={(value) => setTyped({ ...typed, [field.name]: value })} />)}
      </div>
      <Problems of={act.problems} />
      {made.length > 0 && (
        <div role="status">
          <p>{planned ? t.recipes.itWouldMake : t.recipes.itHasMade}</p>
          <ul className="list-disc pl-4">{made.map((one) => <li key={`${one.kind}${one.slug}`}>{one.kind.toLowerCase().replaceAll("_", " ")} {one.slug}: {one.outcome.toLowerCase()}</li>)}</ul>
        </div>
      )}
      <div className="flex gap-2">
        <Button kind="primary" disabled={act.busy} lacks={lacks("edit_workflows")} onClick={() => void install(false)}>{t.recipes.install}</Button>
        <Button disabled={act.busy} lacks={lacks("edit_workflows")} onClick={() => void install(true)}>{t.recipes.showWhatItMakes}</Button>
      </div>
    </div></Refusals>
  );
}
