import { FallbackBanner } from './fallback/banner.tsx';

/** What stands above every page while it lasts: fallback mode, a drill. */
export function Banners() {
  return (
    <div className="oc-banners">
      <FallbackBanner />
    </div>
  );
}
