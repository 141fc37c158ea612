import type { Channel } from '../../notify/message.ts';
import type { LadderRow, NotificationLine } from '../incident-view.ts';
import type { ContactInput } from './contact-input.ts';
import type { StepInput } from './step-input.ts';

/** What the page "Contacts" shows: plain data, dates as ISO texts, no secret. */
export interface ContactView extends ContactInput {
  id: number;
  version: number;
  /** In the order in which they are tried. */
  channels: ChannelView[];
}

export interface ChannelView {
  id: string;
  kind: Channel['kind'];
  /** Masked, but for e-mail addresses. */
  address: string;
  signed: boolean;
  /** Why nobody is told over it. */
  problem: string | null;
}

export interface StepView extends StepInput {
  id: number;
  version: number;
}

export interface EnvironmentChannelView {
  kind: Channel['kind'];
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
  environment: EnvironmentChannelView[];
  /** Roles that have a contact or stand in the policy. */
  roles: string[];
  /** Causes that a step can be for. */
  causes: string[];
  preview: { severity: 'P0' | 'P1' | 'P2'; cause: string; acknowledged: boolean; ladder: LadderRow[] };
  /** The last messages, newest first. */
  recent: NotificationLine[];
}
