import { DE } from './words/de.ts';
import { EN } from './words/en.ts';
import { ES } from './words/es.ts';
import { FR } from './words/fr.ts';
import { IT } from './words/it.ts';
import type { StatusWords } from './words/fixed-words.ts';
import type { Language } from './status-document.ts';

const WORDS: Record<Language, StatusWords> = { en: EN, de: DE, fr: FR, es: ES, it: IT };

/** The fixed words of the public page in a language. */
export const wordsIn = (language: Language): StatusWords => WORDS[language];

/** Formats of times in a language, UTC. */
export function timesIn(language: Language) {
  const locale = language === 'en' ? 'en-GB' : language;
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options });
    return (iso: string) => formatter.format(new Date(iso));
  };
  const time = format({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false });
  return {
    time: (iso: string) => `${time(iso)} UTC`,
    day: format({ day: 'numeric', month: 'long', year: 'numeric' }),
    month: format({ month: 'long', year: 'numeric' }),
  };
}
