import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whole processes and browsers: up to a minute and a half each, so that one of them at the end keeps a core waiting. */
const SLOW =
  /\/e2e\/|\/database\/(failover|silent)|\/access\/story|killed|browser|ladder|drill|silence-causes|walks|\/cli\/ops/;

/** A fresh clone knows no times of earlier runs: the files that are slow by nature start first. */
export default class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (SLOW.test(moduleId) ? 0 : 1);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
