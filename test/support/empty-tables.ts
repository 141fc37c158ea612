/**
 * SQL that empties tables of a test's database, facts too: they yield to the retention job only, which says so.
 * @param tables separated by commas
 */
export const emptied = (tables: string): string =>
  `SET outage_center.retention = 'on'; TRUNCATE ${tables}; RESET outage_center.retention`;
