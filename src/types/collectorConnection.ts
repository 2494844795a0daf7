/** Where recordings and scenarios are: in a database, or behind a collector. */
export type Home = 'database' | 'collector';

/** How a collector is reached that is asked in place of a database, in the keys that Grafana's SDK reads. */
export interface CollectorConnection {
  /** The address of its control API; absent or empty is a database. */
  collectorUrl?: string;
  /** Whether its certificate is taken unseen. */
  tlsSkipVerify?: boolean;
  /** Whether its certificate is checked by tlsCACert. */
  tlsAuthWithCACert?: boolean;
  /** Whether Grafana shows tlsClientCert. */
  tlsAuth?: boolean;
}

export const COLLECTOR_SECRETS = ['token', 'tlsCACert', 'tlsClientCert', 'tlsClientKey'] as const;

export type CollectorSecret = (typeof COLLECTOR_SECRETS)[number];
