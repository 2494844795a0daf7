import { css } from '@emotion/css';
import { AppEvents, type GrafanaTheme2 } from '@grafana/data';
import { getAppEvents } from '@grafana/runtime';
import { Alert, useStyles2, type AlertVariant } from '@grafana/ui';
import { useEffect, useState } from 'react';

interface Toast {
  id: number;
  severity: AlertVariant;
  title: string;
  text?: string;
}

/** How long a toast stays, in milliseconds. */
const stay = { success: 3000, info: 3000, warning: 5000, error: 7000 };

let next = 1;

/** Shows the alerts that pages and services publish. */
export function Toasts() {
  const styles = useStyles2(getStyles);
  const [toasts, setToasts] = useState<Toast[]>([]);
  useEffect(() => {
    const remove = (id: number) => setToasts((now) => now.filter((one) => one.id !== id));
    const events = getAppEvents();
    const listen = (type: { name: string }, severity: keyof typeof stay) =>
      events.getStream({ type: type.name } as any).subscribe((event: any) => {
        const [title, text] = Array.isArray(event.payload) ? event.payload : [String(event.payload)];
        const toast = { id: next++, severity, title: title || 'Unexpected error', text };
        setToasts((now) => [...now.filter((one) => one.title !== toast.title), toast].slice(-4));
        window.setTimeout(() => remove(toast.id), stay[severity]);
      });
    const all = [
      listen(AppEvents.alertSuccess, 'success'),
      listen(AppEvents.alertInfo, 'info'),
      listen(AppEvents.alertWarning, 'warning'),
      listen(AppEvents.alertError, 'error'),
    ];
    return () => all.forEach((one) => one.unsubscribe());
  }, []);
  return (
    <div className={styles} aria-live="polite">
      {toasts.map((toast) => (
        <Alert key={toast.id} severity={toast.severity} title={toast.title} elevated onRemove={() => setToasts((now) => now.filter((one) => one.id !== toast.id))}>
          {toast.text}
        </Alert>
      ))}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) =>
  css({ position: 'fixed', zIndex: theme.zIndex.portal, top: 56, right: 10, width: 'min(400px, calc(100vw - 20px))' });
