import pluginJson from './plugin.json';

/** Id of the app, as in plugin.json. */
export const PLUGIN_ID = pluginJson.id;

/** Where the app's pages live. */
export const PLUGIN_BASE_URL = `/a/${PLUGIN_ID}`;

/** Paths of the pages below PLUGIN_BASE_URL. */
export const ROUTES = {
  controlCenter: 'control-center',
  live: 'live',
  recordings: 'recordings',
  replays: 'replays',
  patterns: 'patterns',
} as const;

/** The page on which an admin configures the app. */
export const CONFIGURATION_URL = `/plugins/${PLUGIN_ID}?page=configuration`;
