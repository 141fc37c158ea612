import type { StatusWords } from './status-words.ts';

export const EN: StatusWords = {
  title: 'Support status',
  overall: {
    operational: 'Everything works',
    degraded_performance: 'Some things are slow or limited',
    partial_outage: 'A part of our support does not work',
    major_outage: 'Our support cannot be reached as usual',
    under_maintenance: 'We are doing planned maintenance',
    unknown: 'We do not know at the moment',
  },
  state: {
    operational: 'Works',
    degraded_performance: 'Slow or limited',
    partial_outage: 'Works in part',
    major_outage: 'Does not work',
    under_maintenance: 'Maintenance',
    unknown: 'Not known',
  },
  update: {
    investigating: 'Investigating',
    identified: 'Cause found',
    monitoring: 'Watching the recovery',
    resolved: 'Resolved',
    postmortem: 'Looking back',
    scheduled: 'Planned',
    in_progress: 'In progress',
    completed: 'Completed',
    cancelled: 'Cancelled',
  },
  now: 'What is wrong now',
  planned: 'Planned maintenance',
  components: 'How each part is',
  past: 'The last 14 days',
  noneInPast: 'Nothing was reported.',
  history: 'History',
  allMonths: 'All months',
  noneEver: 'Nothing has been reported yet.',
  back: 'Current status',
  affected: 'Affected',
  started: 'Since',
  lasted: 'Lasted',
  minutes: (n) => `${n} min`,
  hours: (n) => `${n} h`,
  from: 'From',
  to: 'to',
  daysAgo: '90 days ago',
  today: 'Today',
  passed: (passed, watched) =>
    passed === watched
      ? `Every check passed on ${watched === 1 ? 'the day' : `all ${watched} days`} we watched`
      : watched === 1
        ? 'Checks failed on the day we watched'
        : `Every check passed on ${passed} of the ${watched} days we watched`,
  notWatched: 'Not watched yet',
  badDays: 'Days with failed checks',
  legend: {
    passed: 'every check passed',
    some: 'some failed',
    many: 'a tenth or more failed',
    none: 'not watched, or not known yet',
  },
  formula:
    'Each bar is a day (UTC). Only checks that were answered count; where several things are checked, the worst one counts.',
  asOf: 'As of',
  stale: (time) =>
    `This page has not been updated since ${time}. What it showed as working is not known now.`,
  feeds: 'Follow by feed',
  contact: 'Contact',
  auto: {
    title: (component) => `${component}: not working`,
    investigating: (component, since, email) =>
      `${component}: not working since ${since}. We are looking into it. Please write to ${email}: we read every message.`,
    unsteady: (component, since, email) =>
      `${component}: working on and off since ${since}. We are looking into it. Please write to ${email}: we read every message.`,
    monitoring: (component, since) => `${component}: working again since ${since}. We are watching it.`,
    resolved: (component, since) => `${component}: working again since ${since}. This is over.`,
    merged: 'This is part of another incident now: see there for updates.',
    next: (time) => `Next update by ${time}.`,
  },
  banner: {
    down: (what, email) => `${what}. Please write to ${email}.`,
    byHand: (email) => `Answers take longer than usual at the moment. Please write to ${email}.`,
    more: 'Details',
    close: 'Close',
  },
};
