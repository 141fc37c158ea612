import type { Logger } from '../../lib/log.server.ts';
import { readSpool } from './read-spool.server.ts';
import type { SpoolFile } from './spool-file.server.ts';

/**
 * Counts the records of a file that was taken over and finds its end. A last record that is not whole was
 * being written when the process died: it was never acknowledged and is cut off.
 */
export async function scanSpoolFile(file: SpoolFile, log: Logger): Promise<void> {
  const { size } = await file.handle.stat();
  let end = 0;
  let total = 0;
  while (end < size) {
    const chunk = await readSpool(file.handle, end, size);
    if (chunk.kind === 'torn') {
      log.warn({ file: file.id, bytes: size - end }, 'torn last record of the spool cut off');
      await file.handle.truncate(end);
      await file.handle.datasync();
      break;
    }
    if (chunk.kind === 'records') {
      if (total === 0) file.since = chunk.records[0]?.row.receivedAt ?? file.since;
      total += chunk.records.length;
    }
    end = chunk.next;
  }
  file.total = total;
  file.left = total;
  file.end = end;
}
