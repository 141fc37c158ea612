import type { Services } from '../../lib/services.server.ts';
import { readQueueFigures } from '../delivery/read-queue.server.ts';
import { countAnswered } from '../delivery/skip-answered.server.ts';
import { environmentChannels } from '../notify/channel.ts';
import { readInboxList } from './chatwoot-inboxes.server.ts';
import { outOfOfficeText } from './fallback-words.ts';
import type { FallbackPlan, FallbackStep, PlanLine } from './fallback-view.ts';
import { restoreTitle } from './steps/add-steps.server.ts';
import { channelWords, noticeOff, noticeOn } from './steps/give-notice.server.ts';

/** The exact list of what a click will do, with the numbers of this moment. */
export async function planFallback(
  services: Services,
  { direction, now }: { direction: 'on' | 'off'; now: Date },
): Promise<FallbackPlan> {
  const { config, db } = services;
  const [queue, list, run] = await Promise.all([
    readQueueFigures(db.pool),
    readInboxList(services),
    db.prisma.fallbackRun.findFirst({ where: { endedAt: null } }),
  ]);
  const held = queue.states.pending + queue.states.held - queue.states.in_flight;
  const facts = {
    email: config.SUPPORT_FALLBACK_EMAIL,
    statusPage: config.SUPPORT_STATUS_PAGE_URL ?? null,
    channels: environmentChannels(config)
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'pagerduty'),
    held: Math.max(0, held),
    chatwoot: config.connection !== null,
  };
  const skipped = direction === 'off' ? await countAnswered(db.pool, run?.startedAt ?? now) : 0;
  const steps =
    direction === 'off' && run
      ? await db.prisma.fallbackAction.findMany({
          where: { runId: run.id, direction: 'on' },
          orderBy: { id: 'asc' },
        })
      : [];
  return {
    direction,
    lines:
      direction === 'on'
        ? planOn(facts)
        : planOff(
            facts,
            skipped,
            steps.map(
              ({ kind, state, title }) => ({ kind, state, title }) as Parameters<typeof planOff>[2][number],
            ),
          ),
    inboxes: list.inboxes,
    inboxesListedAt: list.listedAt?.toISOString() ?? null,
    inboxesProblem: list.problem,
    held: facts.held,
    skipped,
  };
}

const messages = (n: number) => `${n.toLocaleString('en')} ${n === 1 ? 'message' : 'messages'}`;
const deliveries = (n: number) => `${n.toLocaleString('en')} ${n === 1 ? 'delivery' : 'deliveries'}`;

/** Who and why are known only with the click. */
const YOU = { by: '(your name)', reason: '(your reason)' };
const noticeText = ({ title, sentence }: { title: string; sentence: string }) => `${title}. ${sentence}`;

interface PlanFacts {
  email: string;
  /** Kinds of channels that a notice goes to. */
  channels: string[];
  /** Deliveries that wait. */
  held: number;
  chatwoot: boolean;
  statusPage: string | null;
}

/** What switching on will do, in the order in which it happens. */
function planOn({ email, channels, held, chatwoot, statusPage }: PlanFacts): PlanLine[] {
  const told =
    channels.length > 0
      ? `By ${channelWords(channels)}:`
      : 'No channel is configured, so nobody is told by itself: copy the text for Slack, #support.';
  const lines: PlanLine[] = [
    {
      key: 'pause',
      title: 'Automation pauses',
      detail: `Webhooks are taken and stored as ever. Nothing is sent to the Agent service any more, so there are no AI drafts; ${deliveries(held)} that wait now are held, not failed. What is being sent this second ends by itself.`,
      how: 'always',
    },
    {
      key: 'banner',
      title: 'Every page says so',
      detail: 'A banner stands above every page until it is switched off.',
      how: 'always',
    },
    {
      key: 'notice',
      title: 'The team is told',
      detail: told,
      how: 'always',
      ...(channels.length > 0 && { text: noticeText(noticeOn({ ...YOU, email })) }),
    },
    {
      key: 'texts',
      title: `Customers are sent to ${email}`,
      detail: `Texts to copy are below${statusPage ? `, also for the status page (${statusPage})` : ''}. Forward that address to the team's inbox, and keep each request as a ticket.`,
      how: 'by_hand',
    },
  ];
  if (chatwoot)
    lines.push(
      {
        key: 'inbox',
        title: 'Out-of-office message on inboxes',
        detail:
          'On each inbox you choose, Chatwoot answers customers by itself, once a day each. Hours and message are put down first and restored afterwards. It works only while Chatwoot answers. They get:',
        how: 'choice',
        text: outOfOfficeText({ email, statusPage }),
      },
      {
        key: 'webhook',
        title: 'Chatwoot stops sending webhooks',
        detail:
          'Left as they are (recommended), everything is stored and held here. Switched off, messages are fetched by reconciliation afterwards, and answers that people give meanwhile are not seen, so nothing can be left out.',
        how: 'choice',
      },
    );
  return lines;
}

/** What switching off will do. @param steps of the run that ends, on the way in */
function planOff(
  { held, channels }: Pick<PlanFacts, 'held' | 'channels'>,
  skipped: number,
  steps: readonly Pick<FallbackStep, 'kind' | 'state' | 'title'>[],
): PlanLine[] {
  const rest = Math.max(0, held - skipped);
  const restored = steps
    .filter(({ kind, state }) => kind !== 'notice' && state !== 'cancelled')
    .map(({ kind, title }, index): PlanLine => ({
      key: `restore-${index}`,
      title: restoreTitle({ kind, title }),
      detail: 'As it was found before.',
      how: 'always',
    }));
  return [
    {
      key: 'skip',
      title: skipped === 0 ? 'Nothing is left out' : `${messages(skipped)} left out`,
      detail:
        skipped === 0
          ? 'No waiting message has been answered by a person meanwhile.'
          : 'A person has answered them meanwhile: an AI draft would come too late. They are discarded in your name, listed here, and can be sent on all the same.',
      how: 'always',
    },
    {
      key: 'drain',
      title: rest === 0 ? 'Nothing waits' : `${deliveries(rest)} go out`,
      detail:
        'In order per conversation. Customers who write now go first; the rest begins with five at once and doubles each second, so that the Agent service is not knocked over.',
      how: 'always',
    },
    ...restored,
    {
      key: 'notice',
      title: 'The team is told',
      detail:
        channels.length > 0
          ? `By ${channelWords(channels)}:`
          : 'No channel is configured, so nobody is told by itself.',
      how: 'always',
      ...(channels.length > 0 && { text: noticeText(noticeOff(YOU)) }),
    },
    { key: 'banner', title: 'The banner goes', detail: 'On every page.', how: 'always' },
  ];
}
