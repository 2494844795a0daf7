/** What the live traffic knows already: offered where a rule names one. */
export interface Suggestions {
  gateways: readonly string[];
  routes: readonly string[];
}
