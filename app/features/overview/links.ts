/** Where things are on the page. */
export const LINKS = {
  charts: '/?range=1h#charts',
  deadLetters: '/#dead-letters',
  ledger: '/#ledger',
  events: '/#events',
  replays: '/#replays',
  setup: '/#setup',
  fallback: '/fallback',
  waiting: '/waiting#now',
  proof: '/health#proof',
} as const;
