import { between, pick, type Random } from '../random.ts';
import type { Agent, Bot, Contact } from './records.ts';

const FIRST =
  'Mara Jonas Aiko Priya Tomasz Leila Diego Ana Noah Ingrid Kwame Sofia Mateo Yara Elif Henrik Chloe Omar Nadia Luca Freya Samuel Zofia Rohan Camille Viktor Amara Felix Hana Oscar'.split(
    ' ',
  );
const LAST =
  "Lind Okafor Tanaka Raman Nowak Haddad Alvarez O'Brien Weber Costa Novak Berg Mensah Rossi Dubois Petrov Yilmaz Silva Larsen Kaya Moreau Schmidt Adeyemi Fischer Kowalska Nguyen Hughes Marin Sato Quinn".split(
    ' ',
  );

const QUESTIONS = [
  (order: number) => `My order ${order} never arrived. Tracking has not moved since Monday.`,
  (order: number) => `Hi! Can I still change the delivery address of order ${order}?`,
  (order: number) => `The box of order ${order} came open & one bottle is broken :(`,
  (order: number) => `Where is my refund for order ${order}? It has been > 2 weeks.`,
  (order: number) => `I ordered size M (order ${order}) but got an L. How do I exchange it?`,
  (order: number) =>
    `Does the roof rack fit a 2019 wagon? It says "width < 95 cm" on the page.`.concat(
      ` It is for order ${order}.`,
    ),
  (order: number) => `I was charged twice for order ${order}, can somebody look at it please?`,
  (order: number) => `Please cancel order ${order}, I clicked twice by mistake.`,
  (order: number) => `The discount code WELCOME10 was not applied to order ${order}.`,
  (order: number) => `Could you send the invoice of order ${order} with our VAT number on it?`,
  (order: number) => `Bonjour, ma commande ${order} n'est pas arrivée. Merci d'avance !`,
  (order: number) => `Half of order ${order} is missing. Is there a second parcel?`,
];

const FOLLOW_UPS = [
  'Any news?',
  'Thanks, I will check and come back to you.',
  'That did not work, I still see the old address.',
  'Here is the photo you asked for: https://shop.example.com/uploads/4711?size=large&rot=0',
  'Great, thank you! One more thing: can you add a gift note?',
  'I have to leave at 5, would be great to hear from you before.',
];

const REPLIES = [
  'Thanks for writing. I am looking into it now.',
  'Sorry about that! A replacement leaves our warehouse tomorrow.',
  'I have changed the address for you, you will get an e-mail with the new tracking link.',
  'The refund was started today; your bank needs 3 to 5 working days.',
  'Done. Is there anything else I can help you with?',
];

/** An invented customer of a shop. Deterministic for a given `random`. */
export function inventContact(random: Random, id: number, at: number): Contact {
  const first = pick(random, FIRST);
  const last = pick(random, LAST);
  const mailbox = `${first}.${last}`.toLowerCase().replaceAll(/[^a-z.]/g, '');
  return {
    kind: 'contact',
    id,
    name: `${first} ${last}`,
    email: `${mailbox}${between(random, 1, 99)}@example.com`,
    // 555 01xx is reserved for invented numbers.
    phoneNumber: random() < 0.3 ? `+1202555${String(between(random, 100, 199)).padStart(4, '0')}` : null,
    customAttributes: random() < 0.2 ? { plan: 'pro' } : {},
    updatedAt: at,
  };
}

export const inventQuestion = (random: Random): string =>
  pick(random, QUESTIONS)(between(random, 1200, 9899));
export const inventFollowUp = (random: Random): string => pick(random, FOLLOW_UPS);
export const inventReply = (random: Random): string => pick(random, REPLIES);

/** The shop's support team. */
export const AGENTS: readonly Agent[] = [
  agent(7, 'Ilya Brandt', 'Ilya', 'administrator'),
  agent(9, 'Grace Amadi', 'Grace', 'agent'),
  agent(12, 'Pilar Ortega', 'Pilar', 'agent'),
];

/** Whose name is on what the Agent service drafts. */
export const DRAFT_BOT: Bot = { kind: 'bot', id: 3, name: 'Reply drafts' };

function agent(id: number, name: string, availableName: string, role: Agent['role']): Agent {
  return {
    kind: 'agent',
    id,
    name,
    availableName,
    email: `${availableName.toLowerCase()}@example.com`,
    role,
  };
}
