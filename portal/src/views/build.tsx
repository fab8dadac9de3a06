/** Rules, schedules and sources: one part of the page's files, which loads when it is first opened. */

export { RulePage, RulesPage } from "./rules";
export { SchedulePage, SchedulesPage } from "./schedules";
export { SourcesPage } from "./sources";
