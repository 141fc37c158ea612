/** What people write into a report; everything else is read from the record. */
export const SECTION_KEYS = ['summary', 'rootCause', 'resolution', 'wentWell', 'wentBadly'] as const;
export type SectionKey = (typeof SECTION_KEYS)[number];

/** Plain text by section; empty: nobody has written it yet. */
export type ReportContent = Record<SectionKey, string>;

export const SECTION_TITLES: Record<SectionKey, string> = {
  summary: 'Summary',
  rootCause: 'Root cause',
  resolution: 'What resolved it',
  wentWell: 'What went well',
  wentBadly: 'What went badly',
};

export const SECTION_HINTS: Record<SectionKey, string> = {
  summary: 'For somebody who was not there: what customers noticed, for how long.',
  rootCause: 'Why it happened, not what was seen. Needed to sign the report.',
  resolution: 'What was done that ended it. The steps below are from the record.',
  wentWell: 'What should be done the same way next time.',
  wentBadly: 'What was slow, missing or confusing.',
};

/** A section is no book. */
export const SECTION_LENGTH = 20_000;

export const EMPTY_CONTENT: ReportContent = {
  summary: '',
  rootCause: '',
  resolution: '',
  wentWell: '',
  wentBadly: '',
};

/** Line ends as one character, without what nobody sees. */
export const cleanedText = (text: string, length: number): string =>
  text
    .replaceAll('\r\n', '\n')
    // eslint-disable-next-line no-control-regex -- these are what is taken out
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .toWellFormed()
    .trim()
    .slice(0, length);

/** The sections of a form; what it leaves out is empty. */
export function parseContent(fields: URLSearchParams): ReportContent {
  return Object.fromEntries(
    SECTION_KEYS.map((key) => [key, cleanedText(fields.get(key) ?? '', SECTION_LENGTH)]),
  ) as ReportContent;
}

/** What is stored, whatever an older version of the app stored. */
export function readContent(stored: unknown): ReportContent {
  const found = (stored ?? {}) as Partial<Record<SectionKey, unknown>>;
  return Object.fromEntries(
    SECTION_KEYS.map((key) => [key, typeof found[key] === 'string' ? found[key] : '']),
  ) as ReportContent;
}

/** Sections in which two contents differ. */
export const differing = (a: ReportContent, b: ReportContent): SectionKey[] =>
  SECTION_KEYS.filter((key) => a[key] !== b[key]);
