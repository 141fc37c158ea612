import { fork } from 'node:child_process';
import path from 'node:path';
import type { Answer } from './processes/calls.ts';

export interface HelperProcess {
  call<Result = void>(verb: string, argument?: unknown): Promise<Result>;
  stop: () => Promise<void>;
}

/** Starts one of the scripts in processes/: load and counterparts run outside of the process that measures. */
export async function startHelper(name: string): Promise<HelperProcess> {
  const child = fork(path.join(import.meta.dirname, 'processes', `${name}.ts`), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const ready = Promise.withResolvers<void>();
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let calls = 0;
  child.on('message', (message) => {
    if (message === 'ready') {
      ready.resolve();
      return;
    }
    const answer = message as Answer;
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) call?.reject(new Error(`${name}: ${answer.error}`));
    else call?.resolve(answer.result);
  });
  void exited.then(() => {
    const error = new Error(`The process ${name} of the bench ended early.`);
    ready.reject(error);
    for (const call of waiting.values()) call.reject(error);
  });
  await ready.promise;
  return {
    call: <Result>(verb: string, argument?: unknown) =>
      new Promise<Result>((resolve, reject) => {
        calls += 1;
        waiting.set(calls, { resolve: resolve, reject });
        child.send({ id: calls, verb, argument });
      }),
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
