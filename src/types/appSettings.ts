/** What is configured for the app besides its secrets; pkg/plugin ignores what it does not know. */
export interface AppSettings {
  /** The data source in which the traces of recordings are opened. */
  tracesDatasourceUid?: string;
  /** The control APIs of the collectors that are stopped directly where the database does not answer. */
  collectorUrls?: string[];
}
