/** Columns of a spreadsheet of tickets; the first five are the runbook's, section 3. */
export const COLUMNS = {
  id: ['ticket id', 'ticket', 'id', '#', 'no', 'number', 'ticket number'],
  customer: ['customer', 'customer name', 'name', 'client', 'from'],
  issue: ['issue', 'problem', 'subject', 'question', 'message', 'description'],
  status: ['status', 'state'],
  response: ['response time', 'response', 'response time (min)', 'first response', 'answered after'],
  email: ['e-mail', 'email', 'mail', 'e-mail address', 'email address', 'customer e-mail', 'customer email'],
  received: ['received', 'received at', 'received (utc)', 'date', 'time', 'created', 'created at', 'opened'],
} as const satisfies Record<string, readonly string[]>;

export type Column = keyof typeof COLUMNS;

/** Which column stands where; other columns are left out. The first of two of the same name counts. */
export function columnsOf(header: readonly string[]): Partial<Record<Column, number>> {
  const found: Partial<Record<Column, number>> = {};
  header.forEach((cell, at) => {
    const name = cell
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_]+/g, ' ');
    const column = (Object.keys(COLUMNS) as Column[]).find((one) =>
      (COLUMNS[one] as readonly string[]).includes(name),
    );
    if (column && found[column] === undefined) found[column] = at;
  });
  return found;
}
