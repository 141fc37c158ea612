/** Components whose incidents have a cause of another name; every other is its own cause, e.g. `target:<name>`. */
const CAUSE_OF: Record<string, string> = { agent: 'delivery' };

/** The cause of the incident that a component's checks belong to. */
export const causeOf = (component: string): string => CAUSE_OF[component] ?? component;

/** The component whose checks tell of a cause. */
export const componentOf = (cause: string): string =>
  Object.keys(CAUSE_OF).find((component) => CAUSE_OF[component] === cause) ?? cause;
