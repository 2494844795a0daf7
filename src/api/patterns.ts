import type { Pattern, PatternReport } from '../types/pattern';
import type { Filter } from '../types/recording';
import { call } from './client';

/** The patterns of the recordings of a filter: as found before, or (refresh) found anew, which can take seconds. */
export async function getPatterns(
  filter: Filter,
  refresh: boolean,
  signal?: AbortSignal
): Promise<PatternReport & { patterns: Pattern[] }> {
  const report = await call<PatternReport>('GET', 'recordings/patterns', { params: { ...filter, refresh }, signal });
  return { ...report, patterns: report.patterns ?? [] };
}
