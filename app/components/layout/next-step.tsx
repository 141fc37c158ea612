import { useLocation } from '@remix-run/react';
import { Button } from '@shopify/polaris';
import { PlayIcon } from '@shopify/polaris-icons';
import { useEffect, useState } from 'react';
import type { NextStep } from '../../features/overview/overview-view.ts';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { useMay } from './person.tsx';

interface NextStepProps {
  nextStep: NextStep;
  /** Only the most important of its buttons, and small. */
  brief?: boolean;
}

/** The button, or the way, to the one thing to do now. */
export function NextStepButtons({ nextStep: { link, form }, brief = false }: NextStepProps) {
  const mayReplay = useMay('dead_letters.replay');
  const mayRespond = useMay('incidents.respond');
  const mayManage = useMay('settings.manage');
  const mayPress =
    form &&
    { 'incidents.respond': mayRespond, 'settings.manage': mayManage, replay: mayReplay }[
      form.needs ?? 'replay'
    ];
  const settled = useSettled(form ? JSON.stringify([form.action, form.fields]) : '');
  const size = brief ? 'medium' : 'large';
  const leadsOn = leadsElsewhere(link?.to, useLocation());
  return (
    <>
      {link &&
        leadsOn &&
        !(brief && mayPress) &&
        (mayReplay || !link.to.startsWith('/dead-letters/replay')) && (
          <Button variant={mayPress ? 'secondary' : 'primary'} size={size} url={link.to}>
            {link.label}
          </Button>
        )}
      {mayPress && (
        <PostForm action={form.action} fields={form.fields}>
          {(busy) => (
            <SubmitButton
              look="primary"
              size={size}
              icon={form.needs || brief ? undefined : PlayIcon}
              aria-busy={busy}
              aria-disabled={!settled || undefined}
              onClick={(event) => !settled && event.preventDefault()}
            >
              {form.label}
            </SubmitButton>
          )}
        </PostForm>
      )}
    </>
  );
}

/**
 * false for a link to the very page one is on, which would do nothing. One to a place of that page (`#proof`) leads there.
 * @param to path, query and place; undefined: there is no link
 */
export const leadsElsewhere = (to: string | undefined, here: { pathname: string; search: string }): boolean =>
  to !== here.pathname && to !== here.pathname + here.search;

/** Longer than a double click, and than it takes to see that something else stands there now. */
const SETTLES_MS = 700;

/**
 * false for a moment after what stands in a place has changed, so that a click that was meant for what stood there
 * before does not do something else.
 * @param what names what stands there
 */
export function useSettled(what: string): boolean {
  const [settled, setSettled] = useState(what);
  useEffect(() => {
    if (settled === what) return;
    const timer = setTimeout(() => setSettled(what), SETTLES_MS);
    return () => clearTimeout(timer);
  }, [settled, what]);
  return settled === what;
}
