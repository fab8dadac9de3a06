/** Ready automations as cards; a chosen one with its form. */

import { Link, useNavigate, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Empty, LINK, Skeleton, Unanswered } from "../ui/basics";
import { Header } from "../ui/list";
import { RecipeForm, RECIPES } from "./recipes";

const kindWords = (kind: string): string => kind.toLowerCase().replaceAll("_", " ");

export function RecipesPage() {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const [{ data, error }, read] = useQuery({ query: RECIPES });
  const chosen = data?.recipes.find((one) => one.slug === search.get("recipe"));
  return (
    <>
      <Header title={t.recipes.title}>
        {chosen ? <Link className={LINK} to={`/${slug}/recipes`}>{t.recipeGallery.allRecipes}</Link> : <span className="text-muted max-md:hidden">{t.recipeGallery.readyAutomationsChooseOneFill}</span>}
      </Header>
      <div className="min-h-0 flex-1 overflow-auto p-4">
        {data === undefined && (error ? <Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} /> : <Skeleton />)}
        {data?.recipes.length === 0 && <Empty title={t.recipes.none} />}
        {chosen === undefined && (
          <ul aria-label={t.recipes.title} className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
            {data?.recipes.map((one) => (
              <li key={one.slug}>
                <Link data-row to={`?recipe=${one.slug}`} className="flex h-full flex-col gap-2 rounded-lg border border-line bg-raised p-4 hover:bg-surface">
                  <span className="font-semibold">{one.title}</span>
                  <span className="text-muted">{one.description}</span>
                  <span className="mt-auto text-xs text-muted">{t.recipeGallery.makes(one.creates.map(({ kind, slug: name }) => `${kindWords(kind)} ${name}`).join(", "))}</span>
                </Link>
              </li>
            ))}
          </ul>
        )}
        {chosen && (
          <section aria-label={chosen.title} className="flex max-w-3xl flex-col gap-4">
            <h2 className="text-base font-semibold">{chosen.title}</h2>
            <p className="text-muted">{chosen.description}</p>
            <RecipeForm key={chosen.slug} recipe={chosen} onDone={() => void navigate(`/${slug}/workflows`)} />
          </section>
        )}
      </div>
    </>
  );
}
