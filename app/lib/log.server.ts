import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * JSON lines on standard output. Never pass a body, a header map, a message text or a secret;
 * the redaction is the second line of defence, not the first.
 */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'secret',
        'token',
        'password',
        'authorization',
        'body',
        'content',
        'headers',
        '*.secret',
        '*.token',
        '*.password',
        '*.authorization',
        '*.body',
        '*.content',
      ],
      censor: '[redacted]',
    },
  });
}
