/** What a form of the page "Contacts" did: in the address a code, never a sentence. */
const DONE = {
  'add-contact': 'The contact is added. It can be told once it has an address.',
  'edit-contact': 'The contact is changed.',
  'remove-contact': 'The contact is removed.',
  'add-channel': 'The address is added. Send a test to see that it arrives.',
  'edit-channel': 'The address is changed. Send a test to see that it arrives.',
  'remove-channel': 'The address is removed.',
  'raise-channel': 'This address is tried first now.',
  'add-step': 'The step is added. Open incidents follow it from now on.',
  'edit-step': 'The step is changed. Open incidents follow it from now on.',
  'remove-step': 'The step is removed.',
  'move-step': 'The step is moved up.',
} as const;

export type ContactsVerb = keyof typeof DONE;

/** The sentence of a code in the address; null when it is none of ours. */
export const contactsDoneText = (code: string | null): string | null =>
  code !== null && Object.hasOwn(DONE, code) ? DONE[code as ContactsVerb] : null;
