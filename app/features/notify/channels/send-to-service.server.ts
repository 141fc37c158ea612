import type { Services } from '../../../lib/services.server.ts';
import type { PostKind } from '../channel.ts';
import type { SendAnswer } from '../decide-after-send.ts';
import type { Outgoing } from '../message.ts';
import { secretsIn } from '../message-words.ts';
import { judgeAnswer, postOnce, secretsOfUrl } from './post-once.server.ts';
import { discord } from './discord/discord.ts';
import { ntfy } from './ntfy/ntfy.ts';
import type { Place, Service } from './conventions.ts';
import { teams } from './teams/teams.ts';
import { telegram } from './telegram/telegram.ts';
import { template } from './template/template.ts';

const SERVICES: Record<PostKind, Service> = { teams, discord, telegram, ntfy, template };

/** Posts a message to Teams, Discord, Telegram, ntfy, or by a template, and judges the answer as that service means it. */
export async function sendToService(
  config: Services['config'],
  place: Place,
  outgoing: Outgoing,
  now: Date,
): Promise<SendAnswer> {
  const service = SERVICES[place.kind];
  const { url, headers = {}, body } = service.post(outgoing, place);
  const answer = await postOnce(config, {
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    guarded: place.guarded,
  });
  // Who knows the name of an open topic reads it, and ntfy says it again.
  const own = [place.secret, place.to].filter((one) => one !== null);
  const secrets = [...secretsOfUrl(url), ...secretsIn(outgoing), ...own];
  return judgeAnswer(answer, service.convention, { secrets, now });
}
