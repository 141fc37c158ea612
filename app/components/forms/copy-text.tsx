import { useEffect, useState } from 'react';

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
