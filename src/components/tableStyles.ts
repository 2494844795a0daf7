import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';

/** A table of a page: small letters above, a line below each row, and rows of one height in pixels that do not wrap. */
export const tableStyles = (theme: GrafanaTheme2, rowHeight: number) => ({
  scroll: css({ overflowX: 'auto' }),
  table: css({
    width: '100%',
    borderCollapse: 'collapse',
    '& th': {
      textAlign: 'left',
      padding: theme.spacing(0.75, 1),
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
      fontWeight: theme.typography.fontWeightMedium,
      borderBottom: `1px solid ${theme.colors.border.medium}`,
      whiteSpace: 'nowrap',
    },
    '& td': {
      padding: theme.spacing(0.25, 1),
      borderBottom: `1px solid ${theme.colors.border.weak}`,
      whiteSpace: 'nowrap',
      height: rowHeight,
    },
  }),
  // A button that opens what its row is about.
  link: css({
    display: 'block',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    padding: 0,
    border: 'none',
    background: 'none',
    color: theme.colors.text.link,
    textAlign: 'left',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` },
  }),
  number: css({ fontVariantNumeric: 'tabular-nums' }),
});
