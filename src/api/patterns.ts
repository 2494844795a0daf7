import type { Pattern, PatternReport } from '../types/pattern';
import type { Filter } from '../types/recording';
import { call } from './client';

type Report = PatternReport & { patterns: Pattern[] };

/** The patterns of the recordings of a filter, as they were found before. */
export async function getPatterns(filter: Filter, signal?: AbortSignal): Promise<Report> {
  return withPatterns(await call('GET', 'recordings/patterns', { params: { ...filter }, signal }));
}

/** Has the recordings of a filter analysed, which can take seconds, and what is found stored. It takes write access. */
export async function detectPatterns(filter: Filter, signal?: AbortSignal): Promise<Report> {
  return withPatterns(await call('POST', 'recordings/patterns', { body: filter, signal }));
}

function withPatterns(report: PatternReport): Report {
  return { ...report, patterns: report.patterns ?? [] };
}
