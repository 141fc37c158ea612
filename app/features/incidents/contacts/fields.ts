/** What a form's fields were found to say, or which of them is wrong and why, in a sentence beside it. */
export type Read<T> = { ok: true; value: T } | { ok: false; field: string; problem: string };

export const wrong = (field: string, problem: string) => ({ ok: false, field, problem }) as const;

/** One line without characters that do not show. */
export const lineOf = (text: string | null): string =>
  (text ?? '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .toWellFormed();
