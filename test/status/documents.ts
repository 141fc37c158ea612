import type { PublicNotice, StatusDocument } from '../../app/features/status/status-document.ts';

export const NOW = new Date('2026-11-30T12:00:00.000Z');

export const notice = (more: Partial<PublicNotice> = {}): PublicNotice => ({
  id: 7,
  kind: 'incident',
  title: 'Chat does not work',
  affects: [{ id: 1, name: 'Chat', state: 'major_outage' }],
  beganAt: '2026-11-30T11:00:00.000Z',
  endsAt: null,
  createdAt: '2026-11-30T11:05:00.000Z',
  resolvedAt: null,
  banner: true,
  updates: [{ id: 9, state: 'investigating', text: 'We are looking.', at: '2026-11-30T11:05:00.000Z' }],
  ...more,
});

export const document = (more: Partial<StatusDocument> = {}): StatusDocument => ({
  readAt: NOW.toISOString(),
  page: {
    title: '',
    contact: 'Write to help@example.com',
    colour: '#1f5fbf',
    language: 'en',
    url: 'https://outage.example.com',
    logo: null,
    changedAt: '2026-11-01T00:00:00.000Z',
    subscribe: false,
  },
  components: ['Chat', 'E-mail', 'Automatic answers'].map((name, index) => ({
    id: index + 1,
    name,
    about: '',
    state: 'operational',
    createdAt: '2026-11-01T00:00:00.000Z',
    changedAt: '2026-11-02T00:00:00.000Z',
    days: `${'-'.repeat(40)}${'g'.repeat(47)}sbg`,
  })),
  notices: [],
  fallbackEmail: null,
  ...more,
});
