import type { CollectorConnection } from './collectorConnection';

/** The basic roles of Grafana, each with all that those before it may do. */
export const BASIC_ROLES = ['Viewer', 'Editor', 'Admin'] as const;

export type BasicRole = (typeof BASIC_ROLES)[number];

/** What is configured for the app besides its secrets; pkg/plugin ignores what it does not know. */
export interface AppSettings extends CollectorConnection {
  /** The data source in which the traces of recordings are opened. */
  tracesDatasourceUid?: string;
  /** From which role on contents of recordings may be read; absent is Viewer. */
  readBodiesRole?: BasicRole;
  /** The control APIs of the collectors that are stopped directly where the database does not answer; of no use with a collectorUrl. */
  collectorUrls?: string[];
}
