/** What people write into a report; everything else is read from the record. */
export const SECTION_KEYS = ['summary', 'rootCause', 'resolution', 'wentWell', 'wentBadly'] as const;
export type SectionKey = (typeof SECTION_KEYS)[number];

/** What is edited where it stands in the document: a section, or the list of preventive actions. */
export type EditablePart = SectionKey | 'actions';

export const parsePart = (text: string | null): EditablePart | null =>
  ([...SECTION_KEYS, 'actions'] as const).find((part) => part === text) ?? null;

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

/** What a form changes: the sections that it has; others stay as they are. */
export function parseContent(fields: URLSearchParams): Partial<ReportContent> {
  return Object.fromEntries(
    SECTION_KEYS.filter((key) => fields.has(key)).map((key) => [
      key,
      cleanedText(fields.get(key)!, SECTION_LENGTH),
    ]),
  );
}

/**
 * What somebody sent, brought into what is saved: sections that they did not change stay as others left them.
 * @param base what they began with
 * @returns `clash`: somebody else changed the same section meanwhile, to something else
 */
export function mergeContent(
  base: ReportContent,
  current: ReportContent,
  sent: Partial<ReportContent>,
): { content: ReportContent; clash: boolean } {
  const own = SECTION_KEYS.filter((key) => sent[key] !== undefined && sent[key] !== base[key]);
  return {
    content: { ...current, ...Object.fromEntries(own.map((key) => [key, sent[key]])) },
    clash: own.some((key) => current[key] !== base[key] && current[key] !== sent[key]),
  };
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
