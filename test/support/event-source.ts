import { setTimeout as delay } from 'node:timers/promises';

/**
 * A browser's EventSource over a real connection: fetches, parses, reconnects after `retry`. jsdom has none, and
 * undici's dispatches Node's events, which jsdom's targets refuse.
 */
export class TestEventSource extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 0;
  readonly #stop = new AbortController();
  #retryMs = 20;

  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    void this.#run();
  }

  close() {
    this.readyState = TestEventSource.CLOSED;
    this.#stop.abort();
  }

  async #run() {
    const { signal } = this.#stop;
    const closed = () => signal.aborted;
    while (!closed()) {
      try {
        const response = await fetch(this.url, { signal });
        this.readyState = 1;
        this.dispatchEvent(new Event('open'));
        await this.#read(response);
      } catch {
        // Refused, broken or closed by us: what follows is the same.
      }
      if (closed()) return;
      this.readyState = 0;
      this.dispatchEvent(new Event('error'));
      await delay(this.#retryMs);
    }
  }

  async #read(response: Response) {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      rest += decoder.decode(chunk, { stream: true });
      const blocks = rest.split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const fields = new Map(block.split('\n').map((line) => line.split(': ', 2) as [string, string]));
        if (fields.has('retry')) this.#retryMs = Number(fields.get('retry'));
        if (fields.has('data'))
          this.dispatchEvent(
            new MessageEvent(fields.get('event') ?? 'message', { data: fields.get('data') }),
          );
      }
    }
  }
}
