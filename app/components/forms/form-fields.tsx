import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useEffect,
  useId,
  useState,
} from 'react';
import { Said } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

interface FieldProps {
  label: string;
  wide?: boolean;
  hint?: string;
}

/**
 * Form fields that keep their own value: Polaris' text field and select are controlled, and what was typed before
 * hydration, or without JavaScript, would be lost.
 */
export function TextField({
  label,
  wide,
  hint,
  ...rest
}: FieldProps & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className={`oc-field${wide ? ' oc-field-wide' : ''}`}>
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-describedby={hint ? `${id}-hint` : undefined} {...rest} />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

export function SelectField({
  label,
  children,
  ...rest
}: FieldProps & SelectHTMLAttributes<HTMLSelectElement> & { children: ReactNode }) {
  const id = useId();
  return (
    <div className="oc-field">
      <label htmlFor={id}>{label}</label>
      <select id={id} {...rest}>
        {children}
      </select>
    </div>
  );
}

interface TextAreaProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  label: string;
  hint?: string;
}

/** Several lines of text that keep what was typed before the page is alive. */
export function TextArea({ label, hint, ...rest }: TextAreaProps) {
  const id = useId();
  return (
    <div className="oc-field oc-field-wide">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} rows={3} aria-describedby={hint ? `${id}-hint` : undefined} {...rest} />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

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

/** A text to take elsewhere: selectable by hand, and by one click where there is JavaScript. */
export function CopyText({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 3000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <details className="oc-details">
      <summary>{label}</summary>
      <pre className="oc-pre">{text}</pre>
      <button
        type="button"
        className="oc-plain-button oc-js"
        onClick={() => {
          void navigator.clipboard.writeText(text).then(
            () => setCopied(true),
            () => undefined,
          );
        }}
      >
        {copied ? 'Copied' : 'Copy'}
      </button>
    </details>
  );
}

/** What the other side answered to a test. */
export function TestAnswer({ accepted, answer }: { accepted: boolean; answer: string }) {
  return (
    <p>
      <ToneWord tone={accepted ? 'good' : 'critical'}>{accepted ? 'Accepted' : 'Not accepted'}</ToneWord>{' '}
      Answer: {answer || 'nothing'}
    </p>
  );
}
