import { Component, type ReactNode } from 'react';

/** Charts that cannot be drawn, or whose code did not arrive, take nothing else of the page with them. */
export class ChartBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <p className="oc-empty oc-empty-chart">
        The charts could not be loaded. The table below has the same numbers; reload the page to try again.
      </p>
    );
  }
}
