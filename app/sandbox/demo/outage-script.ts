import type { AgentService, Behaviour } from '../agent/agent.ts';
import type { AgentRequest } from '../agent/agent-records.ts';
import type { AgentMode, SandboxState } from '../control/control-api.ts';

export interface ScriptStep {
  name: 'healthy' | 'rejecting' | 'failing' | 'down';
  seconds: number;
  /** For a person: what happens now. */
  label: string;
  mode: AgentMode;
  status?: number;
  /** Rejects every n-th message of a customer with 422: those become dead letters at once. */
  rejectEvery?: number;
}

/** The scripted outage: 120 s, after which the Agent service is repaired. */
export const OUTAGE: readonly ScriptStep[] = [
  {
    name: 'healthy',
    seconds: 5,
    mode: 'ok',
    label: 'All is well. Customers write, the Agent service answers.',
  },
  {
    name: 'rejecting',
    seconds: 20,
    mode: 'ok',
    rejectEvery: 2,
    label: 'The Agent service rejects some messages (422). They become dead letters.',
  },
  {
    name: 'failing',
    seconds: 15,
    mode: 'status',
    status: 503,
    label: 'The Agent service answers 503. Messages are tried again, then held.',
  },
  {
    name: 'down',
    seconds: 80,
    mode: 'down',
    label: 'The Agent service is down. Customers still write; their messages wait.',
  },
];

const ENDED = {
  done: 'The scripted outage is over: the Agent service works again. Now follow the next step, up to the signed report.',
  takenOver: 'You took over: the scripted outage has stopped.',
  stopped: 'The scripted outage was stopped and the Agent service repaired.',
} as const;

export interface ScriptClock {
  /** Milliseconds. */
  now(): number;
  /** @throws when the signal aborts */
  sleep(ms: number, signal: AbortSignal): Promise<unknown>;
}

export interface OutageScript {
  /** Starts it from the beginning, unless it runs. */
  start(): void;
  /** Ends it and repairs the Agent service. */
  stop(): Promise<void>;
  /** Ends it and leaves the Agent service to whoever takes over. */
  takeOver(): void;
  state(): SandboxState['script'];
  /** Resolves when it does not run. */
  ended(): Promise<void>;
}

/** Breaks the Agent service by the timeline, on the clock that is handed in. */
export function createOutageScript(
  agent: Pick<AgentService, 'setMode' | 'setBehaviour'>,
  clock: ScriptClock,
  steps: readonly ScriptStep[] = OUTAGE,
): OutageScript {
  let run: { cancel: AbortController; step: number; stepEnds: number; over: Promise<void> } | null = null;
  let ending = '';

  async function play(cancel: AbortController) {
    const { signal } = cancel;
    const cancelled = () => signal.aborted;
    for (const [index, step] of steps.entries()) {
      await agent.setMode(step.mode, { status: step.status });
      if (cancelled()) return;
      if (step.rejectEvery) {
        const words = 'Answers 422 to some messages of customers';
        agent.setBehaviour(rejectEvery(step.rejectEvery), words);
      }
      if (run) Object.assign(run, { step: index, stepEnds: clock.now() + step.seconds * 1000 });
      try {
        await clock.sleep(step.seconds * 1000, signal);
      } catch (error) {
        if (cancelled()) return;
        throw error;
      }
    }
    await agent.setMode('ok');
    if (cancelled()) return;
    ending = ENDED.done;
    run = null;
  }

  function end(words: string) {
    if (!run) return;
    run.cancel.abort();
    run = null;
    ending = words;
  }

  return {
    start() {
      if (run) return;
      const cancel = new AbortController();
      run = { cancel, step: 0, stepEnds: clock.now() + steps[0]!.seconds * 1000, over: Promise.resolve() };
      run.over = play(cancel);
    },
    async stop() {
      const over = run?.over;
      end(ENDED.stopped);
      if (!over) return;
      await over;
      await agent.setMode('ok');
    },
    takeOver: () => end(ENDED.takenOver),
    ended: () => run?.over ?? Promise.resolve(),
    state() {
      const totalSteps = steps.length;
      const idle = { running: false, step: null, stepNumber: 0, secondsLeft: 0, totalSecondsLeft: 0 };
      if (!run) return { ...idle, label: ending, steps: totalSteps };
      const step = steps[run.step]!;
      const secondsLeft = Math.max(0, Math.ceil((run.stepEnds - clock.now()) / 1000));
      const later = steps.slice(run.step + 1).reduce((sum, { seconds }) => sum + seconds, 0);
      return {
        running: true,
        step: step.name,
        label: step.label,
        stepNumber: run.step + 1,
        steps: totalSteps,
        secondsLeft,
        totalSecondsLeft: secondsLeft + later,
      };
    },
  };
}

function rejectEvery(n: number): (request: AgentRequest) => Behaviour | undefined {
  let seen = 0;
  return ({ event, messageType }) => {
    if (event !== 'message_created' || messageType !== 'incoming') return undefined;
    seen += 1;
    return seen % n === 0 ? { mode: 'status', status: 422 } : undefined;
  };
}
