import type { ContactsVerb } from './contacts-done.ts';

/** What a form of the page "Contacts" came to. */
export type ContactsResult =
  | { outcome: 'done'; done: ContactsVerb }
  /** A test was sent; `answer` is what the other side said. */
  | { outcome: 'tested'; form: string; accepted: boolean; answer: string }
  /** The sentence stands beside the field of that form; what was typed is kept, but for addresses and secrets. */
  | {
      outcome: 'problem';
      form: string;
      field: string | null;
      problem: string;
      typed: [string, string][];
      status: number;
    };
