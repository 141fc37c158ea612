import type { ContactKind } from '../../notify/message.ts';
import type { LadderRow, NotificationLine } from '../incident-view.ts';
import type { RotationView } from '../on-call/on-call-view.ts';
import type { ContactInput, StepInput } from './contacts-input.ts';

/** What the page "Contacts" shows: plain data, dates as ISO texts, no secret. */
export interface ContactView extends ContactInput {
  id: number;
  version: number;
  /** In the order in which they are tried. */
  channels: ChannelView[];
}

export interface ChannelView {
  id: string;
  kind: ContactKind;
  /** Masked, but for e-mail addresses. */
  address: string;
  signed: boolean;
  /** Nobody but the contact reads what arrives there. */
  personal: boolean;
  /** As whom the link in its messages acknowledges; null: they link to the incident, which asks to sign in. */
  acknowledgesAs: string | null;
  /** What a webhook with a template would be sent, for those who may change it. */
  preview: string | null;
  /** Why nobody is told over it. */
  problem: string | null;
}

export interface StepView extends StepInput {
  id: number;
  version: number;
}

export interface EnvironmentChannelView {
  kind: ContactKind;
  /** Masked; null: not set. */
  address: string | null;
  /** Variables that set it. */
  settings: string;
  /** Why nobody is told over it. */
  problem: string | null;
}

/** A role that the policy tells and nobody can be reached for. */
export interface ContactGap {
  role: string;
  reason: string;
}

export interface ContactsView {
  contacts: ContactView[];
  steps: StepView[];
  gaps: ContactGap[];
  rotations: RotationView[];
  environment: EnvironmentChannelView[];
  /** Roles that have a contact or stand in the policy. */
  roles: string[];
  /** Causes that a step can be for. */
  causes: string[];
  preview: { severity: 'P0' | 'P1' | 'P2'; cause: string; acknowledged: boolean; ladder: LadderRow[] };
  /** The last messages, newest first. */
  recent: NotificationLine[];
}

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
  'add-rotation': 'The rotation is added. Whoever is on call is told from now on.',
  'edit-rotation': 'The rotation is changed.',
  'remove-rotation': 'The rotation is ended. Everybody with the role is told from now on.',
  'add-override': 'The stand-in is added.',
  'swap-turns': 'The two turns are swapped.',
  'remove-override': 'The stand-in is taken back.',
  'make-calendar': 'The calendar has an address. It stands at its rotation.',
  'end-calendar': 'The address of the calendar has ended.',
} as const;

export type ContactsVerb = keyof typeof DONE;

/** The sentence of a code in the address; null when it is none of ours. */
export const contactsDoneText = (code: string | null): string | null =>
  code !== null && Object.hasOwn(DONE, code) ? DONE[code as ContactsVerb] : null;
