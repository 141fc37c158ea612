/** Who writes a spool file; host and pid tell whether that process still lives. */
export interface SpoolOwner {
  /** Digest of the host's name: pids of another machine or container mean nothing here. */
  host: string;
  pid: number;
  /** Beginning of the process's random id: containers can have host name and pid in common. */
  process: string;
}

/** `<id>.<host>.<pid>.<process>.spool`, with host `free` when its process ended in good order. */
const NAME = /^([0-9a-f-]{8,80})\.([0-9a-f]{8}|free)\.(\d{1,10})\.([0-9a-f]{8})\.spool$/;

export const NOBODY: SpoolOwner = { host: 'free', pid: 0, process: '00000000' };

export function spoolFileName(id: string, owner: SpoolOwner): string {
  return `${id}.${owner.host}.${owner.pid}.${owner.process}.spool`;
}

/** @returns null for a name that is not a spool file's */
export function parseSpoolFileName(name: string): { id: string; owner: SpoolOwner } | null {
  const match = NAME.exec(name);
  return match && { id: match[1]!, owner: { host: match[2]!, pid: Number(match[3]), process: match[4]! } };
}

export interface LivenessInput {
  owner: SpoolOwner;
  self: SpoolOwner;
  /** When this process started; a container's first process has the same pid each time. */
  selfStartedAt: Date;
  /** Owners touch their files every 2 s. */
  touchedAt: Date;
  now: Date;
  pidAlive: (pid: number) => boolean;
}

/** After this long without a touch an owner counts as dead, in ms. */
const SILENCE_MS = 10_000;

/**
 * Whether a file may be taken over. A wrong yes loses nothing: the owner notices that its file is gone and
 * writes the records again, and the unique dedupe key drops the second copy.
 */
export function ownerIsDead(input: LivenessInput): boolean {
  const { owner, self, selfStartedAt, touchedAt, now, pidAlive } = input;
  if (owner.host === NOBODY.host) return true;
  if (now.getTime() - touchedAt.getTime() > SILENCE_MS) return true;
  if (owner.host !== self.host) return false;
  if (owner.pid === self.pid) return owner.process === self.process || touchedAt < selfStartedAt;
  return !pidAlive(owner.pid);
}
