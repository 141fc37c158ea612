import { useId } from 'react';
import { Said } from '../time.tsx';

/** Said aloud by screen readers when it appears. */
export function Problem({ children }: { children?: string | null }) {
  return (
    <div role="alert">
      {children && (
        <p className="oc-problem">
          <Said text={children} />
        </p>
      )}
    </div>
  );
}

/** What the form that was just sent did. */
export function Done({ text }: { text: string | null }) {
  return (
    <div role="status">
      {text && (
        <p className="oc-done">
          <Said text={text} />
        </p>
      )}
    </div>
  );
}

/** A link or token that is shown this once; a field, because it is easily selected as a whole. */
export function ShownOnce({ label, value, hint }: { label: string; value: string; hint: string }) {
  const id = useId();
  return (
    <div className="oc-card oc-shown-once">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        readOnly
        value={value}
        aria-describedby={`${id}-hint`}
        onFocus={(event) => event.target.select()}
      />
      <p id={`${id}-hint`} className="oc-hint">
        {hint}
      </p>
    </div>
  );
}
