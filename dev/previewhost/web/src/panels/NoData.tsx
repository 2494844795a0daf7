import { useTheme2 } from '@grafana/ui';

/** What Grafana's panels show where a query found nothing. */
export function NoData({ message = 'No data' }: { message?: string }) {
  const theme = useTheme2();
  return (
    <div style={{ display: 'grid', placeItems: 'center', height: '100%', color: theme.colors.text.secondary }}>{message}</div>
  );
}
