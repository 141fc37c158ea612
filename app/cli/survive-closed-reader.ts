/**
 * A reader that has seen enough (`… | head -2`) closes the pipe: what is still written is dropped, and the command goes on
 * with what it was asked to do and ends with the code that it would have ended with.
 */
export function surviveClosedReader(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    });
}
