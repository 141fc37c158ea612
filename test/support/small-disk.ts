import { execFile } from 'node:child_process';
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A disk of a test's own, which can become full, and be given space again. */
export interface SmallDisk {
  folder: string;
  /** From now on not one page more can be written. */
  fill(): Promise<void>;
  free(): Promise<void>;
  /** @throws while a file on it is open for writing */
  makeReadOnly(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A file system in memory at `folder`, which is made.
 * @param mib what it holds, MiB
 * @returns null where nothing may be mounted: only root may, and not in every container
 */
export async function mountSmallDisk(folder: string, mib: number): Promise<SmallDisk | null> {
  await mkdir(folder, { recursive: true });
  const roomy = `rw,size=${mib}m`;
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `${roomy},mode=0711`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
  if (!mounted) return null;
  const become = (options: string) => run('mount', ['-o', `remount,${options}`, folder]);
  return {
    folder,
    async fill() {
      // Whoever writes meanwhile may need more than was in use a moment ago.
      for (let tries = 0; ; tries += 1) {
        const { blocks, bfree, bsize } = await statfs(folder);
        const isFull = await become(`size=${Math.max(1, blocks - bfree) * bsize}`).then(
          () => true,
          () => false,
        );
        if (isFull) return;
        if (tries > 50) throw new Error(`${folder} cannot be filled`);
      }
    },
    free: async () => void (await become(roomy)),
    makeReadOnly: async () => void (await become('ro')),
    remove: () => unmount(folder),
  };
}

/** Takes away what a killed run mounted below a folder: nobody could remove it otherwise. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  for (const line of mounts.split('\n')) {
    const at = line.split(' ')[1] ?? '';
    if (at.startsWith(`${folder}/`)) await unmount(at);
  }
}

/** Also when a process that was killed a moment ago has files there still. */
const unmount = async (folder: string) => void (await run('umount', ['-l', folder]).catch(() => undefined));
