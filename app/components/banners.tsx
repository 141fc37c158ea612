import { AccessBanners } from './access/access-banners.tsx';
import { FallbackBanner } from './fallback/banner.tsx';

/** What stands above every page while it lasts: fallback mode, what is wrong with access. */
export function Banners() {
  return (
    <div className="oc-banners">
      <AccessBanners />
      <FallbackBanner />
    </div>
  );
}
