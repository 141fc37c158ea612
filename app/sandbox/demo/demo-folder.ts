import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What the demo keeps in its data folder. */
export interface DemoFolder {
  /** Address of a demo that runs on this folder now; null when none does. */
  runningDemo(): Promise<string | null>;
  markRunning(pageUrl: string, controlUrl: string): Promise<void>;
  unmarkRunning(): Promise<void>;
  /** Whether the scripted outage has already been shown here. */
  outageShown(): boolean;
  markOutageShown(): Promise<void>;
}

export async function openDemoFolder(dataDir: string): Promise<DemoFolder> {
  await mkdir(dataDir, { recursive: true });
  const running = path.join(dataDir, 'demo-running.json');
  const shown = path.join(dataDir, 'demo-outage-shown');
  return {
    async runningDemo() {
      try {
        const { page, control } = JSON.parse(await readFile(running, 'utf8')) as Record<string, string>;
        const response = await fetch(`${control}/state`, { signal: AbortSignal.timeout(1000) });
        const state = (await response.json()) as object;
        return 'chatwoot' in state && 'script' in state ? (page ?? null) : null;
      } catch {
        // No file, or nobody there: that demo is over.
        return null;
      }
    },
    markRunning: (page, control) => writeFile(running, JSON.stringify({ page, control })),
    unmarkRunning: () => rm(running, { force: true }),
    outageShown: () => existsSync(shown),
    markOutageShown: () => writeFile(shown, `${new Date().toISOString()}\n`),
  };
}
