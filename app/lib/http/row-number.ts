/** A number of a row, from an address or a form; null when it is none. Fifteen digits stay exact, and fit every key of ours. */
export const parseRowNumber = (text: string | null | undefined): number | null =>
  /^[1-9]\d{0,14}$/.test(text ?? '') ? Number(text) : null;

/** The version that a form was made for; null when it is none. Its columns hold 32 bits. */
export const parseVersion = (text: string | null | undefined): number | null =>
  /^\d{1,9}$/.test(text ?? '') ? Number(text) : null;
