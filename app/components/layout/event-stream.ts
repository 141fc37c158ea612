/** What the server's event stream tells a page. */
export interface StreamListener {
  /** It gives a sign of life. */
  beat(): void;
  /** The page's data should be read again. */
  change(): void;
  /** It should be read at once: an incident opened. */
  alarm(): void;
  /** It broke; the browser, or this module, opens it again. */
  broken(): void;
}

type Message = keyof StreamListener | 'hello';

interface StreamOptions {
  url: string;
  /** An event stream that the browser has given up on is opened again after this, ms. */
  reopenMs: number;
  /** Whether the stream stays open while nobody looks at the tab. */
  staysWhenHidden: () => boolean;
}

/**
 * One event stream for all tabs of a browser, which over HTTP/1.1 opens no more than six connections to a server: the tab
 * that holds the lock has it open, and tells the others. A tab that nobody looks at lets go of it.
 * Where pages have no locks (plain HTTP on another machine) a tab has a stream of its own, while it is looked at.
 * @returns closes it
 */
export function listenToStream(listener: StreamListener, options: StreamOptions): () => void {
  let leave: (() => void) | null = null;
  const follow = () => {
    const wanted = document.visibilityState === 'visible' || options.staysWhenHidden();
    if (wanted && !leave) leave = join(listener, options);
    if (!wanted && leave) {
      leave();
      leave = null;
      // Whatever happens meanwhile is missed.
      listener.broken();
    }
  };
  follow();
  document.addEventListener('visibilitychange', follow);
  return () => {
    document.removeEventListener('visibilitychange', follow);
    leave?.();
    leave = null;
  };
}

function join(listener: StreamListener, { url, reopenMs }: StreamOptions): () => void {
  const stop = new AbortController();
  const canShare = 'locks' in navigator && typeof BroadcastChannel === 'function';
  if (!canShare) {
    openStream(url, reopenMs, stop.signal, (message) => listener[message]());
    return () => stop.abort();
  }
  const channel = new BroadcastChannel(`outage-center ${url}`);
  let leads = false;
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data !== 'hello') listener[data]();
    else if (leads) channel.postMessage('beat');
  });
  // Whoever joins learns at once that it lives.
  channel.postMessage('hello');
  navigator.locks
    .request(`outage-center ${url}`, { signal: stop.signal }, () => {
      if (stop.signal.aborted) return;
      openStream(url, reopenMs, stop.signal, (message) => {
        leads = message !== 'broken';
        listener[message]();
        channel.postMessage(message);
      });
      return new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
    })
    .catch(() => undefined);
  return () => {
    stop.abort();
    channel.close();
  };
}

/** Keeps an event stream open until it is told to stop. */
function openStream(
  url: string,
  reopenMs: number,
  signal: AbortSignal,
  tell: (message: keyof StreamListener) => void,
): void {
  let source: EventSource | undefined;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(url);
    source.addEventListener('open', () => tell('beat'));
    source.addEventListener('beat', () => tell('beat'));
    source.addEventListener('change', () => tell('change'));
    source.addEventListener('alarm', () => tell('alarm'));
    source.addEventListener('error', () => {
      if (signal.aborted) return;
      tell('broken');
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(reopening);
      reopening = setTimeout(open, reopenMs);
    });
  };
  open();
  signal.addEventListener('abort', () => {
    source?.close();
    clearTimeout(reopening);
  });
}
