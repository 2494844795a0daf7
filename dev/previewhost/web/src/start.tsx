import './base.css';
import { createRoot } from 'react-dom/client';
import { initializeI18n } from './services/i18n';
import { installServices } from './services/install';
import { Preview } from './page/Preview';

/** Sets up what Grafana sets up before it shows a page, and shows it. */
export async function start() {
  await initializeI18n();
  installServices();
  createRoot(document.getElementById('reactRoot')!).render(<Preview />);
}
