/** Rules, schedules, sources, connectors and recipes: one part of the page's files, which loads when it is first opened. */

export { ConnectorsPage } from "./connectors";
export { RecipesPage } from "./recipe_gallery";
export { RulePage, RulesPage } from "./rules";
export { SchedulePage, SchedulesPage } from "./schedules";
export { SourcesPage } from "./sources";
