import { css } from '@emotion/css';

/** Keeps a field of a given width within a narrow page. */
export const fits = css({ maxWidth: '100%' });
