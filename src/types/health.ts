/** What the check of the app's settings found. */
export interface HealthStatus {
  ok: boolean;
  message: string;
}
