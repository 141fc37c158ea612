/** The last proof that messages arrive, for the page. */
export type ProofView =
  | { state: 'none' }
  | { state: 'running'; since: string }
  | {
      state: 'proved' | 'not_proved';
      at: string;
      sentence: string;
      cause: string | null;
      cure: string | null;
    };
