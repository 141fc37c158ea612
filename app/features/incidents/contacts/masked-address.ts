import type { Channel } from '../../notify/message.ts';

/** An address as pages and the audit log show it: an e-mail address whole, of everything else no more than tells it apart. */
export function maskedAddress(kind: Channel['kind'], address: string): string {
  switch (kind) {
    case 'email':
      return address;
    case 'pagerduty':
      return `key …${address.slice(-4)}`;
    case 'slack':
    case 'webhook':
      return URL.canParse(address) ? `${new URL(address).host}/…` : '…';
  }
}
