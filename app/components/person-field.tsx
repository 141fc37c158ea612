import { useEffect, useState } from 'react';
import { TextField } from './dead-letters/fields.tsx';

const KEY = 'oc-person';

/** Who does it. Remembered in this browser, because during an outage nobody wants to type a name five times. */
export function PersonField({ required = true }: { required?: boolean }) {
  const [name, setName] = useState('');
  useEffect(() => {
    try {
      const known = localStorage.getItem(KEY);
      if (known) setName((typed) => typed || known);
    } catch {
      // Storage is forbidden in this browser: the name is then not remembered.
    }
  }, []);
  return (
    <TextField
      label={required ? 'Your name' : 'Your name (optional)'}
      name="actor"
      required={required}
      maxLength={100}
      autoComplete="name"
      value={name}
      onChange={(event) => {
        setName(event.target.value);
        try {
          localStorage.setItem(KEY, event.target.value);
        } catch {
          // As above.
        }
      }}
    />
  );
}
