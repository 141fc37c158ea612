import { Button } from '@shopify/polaris';
import { useHydrated } from '../use-hydrated.ts';

/** The browser prints the report alone, or saves it as PDF; without JavaScript its own menu does the same. */
export function PrintButton() {
  const hydrated = useHydrated();
  return hydrated ? (
    <Button onClick={() => window.print()}>Print or save as PDF</Button>
  ) : (
    <span>To print or save as PDF: your browser&apos;s menu.</span>
  );
}
