import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

/** Starts the instance that Grafana's libraries and the plugin share, in American English, without translations. */
export async function initializeI18n() {
  await i18next.use(initReactI18next).init({
    lng: 'en-US',
    fallbackLng: 'en-US',
    supportedLngs: ['en-US'],
    resources: {},
    ns: ['grafana'],
    defaultNS: 'grafana',
    returnEmptyString: false,
    partialBundledLanguages: true,
    interpolation: { escapeValue: true },
  });
}
