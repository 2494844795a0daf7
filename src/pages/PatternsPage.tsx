import { css } from '@emotion/css';
import React, { useCallback, useMemo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import type { GrafanaTheme2 } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import {
  Alert,
  Button,
  Drawer,
  EmptyState,
  LoadingPlaceholder,
  Tab,
  TabsBar,
  TimeRangePicker,
  useStyles2,
} from '@grafana/ui';

import { getStats } from '../api/recordings';
import { canWrite } from '../api/user';
import { ScenarioBadge } from '../components/page/ScenarioBadge';
import { LearnedRoutes } from '../components/patterns/LearnedRoutes';
import { PatternCard } from '../components/patterns/PatternCard';
import { PatternDiagram } from '../components/patterns/PatternDiagram';
import { Problem } from '../components/Problem';
import { Section } from '../components/Section';
import { testIds } from '../components/testIds';
import { PLUGIN_BASE_URL, ROUTES } from '../constants';
import { useLoad } from '../hooks/useLoad';
import { usePatterns } from '../hooks/usePatterns';
import { PATTERN_TYPES, type Pattern, type PatternType } from '../types/pattern';
import { typeWords } from '../types/patternWords';
import { parseRange, rangeText, resolveRange, shiftRange, zoomOut, type RangeText } from '../types/timeRange';

/** What analysis finds in the recordings: habits of consumers, and how they fail. */
export function PatternsPage() {
  return (
    <PluginPage
      actions={<ScenarioBadge />}
      subTitle="Habits that the recordings show: what comes before what, what comes regularly, how failures are met."
    >
      <Patterns />
    </PluginPage>
  );
}

function Patterns() {
  const styles = useStyles2(getStyles);
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const rangeKey = `${search.get('from')}|${search.get('to')}`;
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const range = useMemo(() => parseRange(search), [rangeKey]);
  const wanted = PATTERN_TYPES.find((type) => type === search.get('type'));
  const makeFilter = useCallback(() => {
    const { from, to } = resolveRange(range);
    return { from: from.toDate().toISOString(), to: to.toDate().toISOString() };
  }, [range]);
  const writable = canWrite();
  const { report, error, loading, analysing, analyse } = usePatterns(makeFilter, writable);
  const loadRoutes = useCallback((signal: AbortSignal) => getStats(makeFilter(), signal), [makeFilter]);
  const stats = useLoad(loadRoutes);
  const [drawn, setDrawn] = useState<Pattern>();

  const set = (params: Record<string, string>) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        Object.entries(params).forEach(([name, value]) => (value ? next.set(name, value) : next.delete(name)));
        return next;
      },
      { replace: true }
    );
  const setRange = ({ from, to }: RangeText) => set({ from, to });
  const patterns = report?.patterns ?? [];
  const shown = wanted ? [wanted] : PATTERN_TYPES;
  const routes = (stats.data?.by_route ?? []).filter(({ value }) => value !== '');

  return (
    <div className={styles.page} data-testid={testIds.patterns.container}>
      <div className={styles.toolbar}>
        <div className={styles.state} aria-live="polite">
          {analysing
            ? 'Analysing the recordings of this time'
            : report?.analysed
              ? `${report.analysed.toLocaleString()} recordings analysed`
              : report && !writable
                ? 'As found before; editors can have this time analysed'
                : ''}
        </div>
        <TimeRangePicker
          value={resolveRange(range)}
          onChange={(picked) => setRange(rangeText(picked.raw))}
          onChangeTimeZone={() => {}}
          onMoveBackward={() => setRange(shiftRange(range, -1))}
          onMoveForward={() => setRange(shiftRange(range, 1))}
          onZoom={() => setRange(zoomOut(range))}
          isOnCanvas
        />
        <Button
          icon={loading ? 'spinner' : 'sync'}
          disabled={loading || !writable}
          tooltip={writable ? undefined : 'You need the Editor role'}
          onClick={analyse}
          data-testid={testIds.patterns.analyse}
        >
          Analyse again
        </Button>
      </div>
      {error && (
        <div data-testid={testIds.patterns.error}>
          <Problem error={error} title="The patterns could not be found" onRetry={analyse} />
        </div>
      )}
      {report?.truncated && (
        <Alert severity="info" title="Not all recordings were looked at">
          There are more in this time than one analysis reads; the newest were taken. Choose a shorter time to look at
          all.
        </Alert>
      )}
      {!report && !error && (
        <LoadingPlaceholder text={analysing ? 'Analysing the recordings' : 'Loading the patterns'} />
      )}
      {report && (
        <TabsBar>
          <Tab
            label="All"
            counter={patterns.length}
            active={!wanted}
            onChangeTab={() => set({ type: '' })}
            data-testid={testIds.patterns.type('all')}
          />
          {PATTERN_TYPES.map((type) => (
            <Tab
              key={type}
              label={typeWords[type].plural}
              counter={patterns.filter((pattern) => pattern.pattern_type === type).length}
              active={wanted === type}
              onChangeTab={() => set({ type })}
              data-testid={testIds.patterns.type(type)}
            />
          ))}
        </TabsBar>
      )}
      {report && patterns.length === 0 && !error && (
        <div data-testid={testIds.patterns.empty}>
          <EmptyState variant="not-found" message="No pattern was found in this time">
            {writable
              ? 'A pattern must be seen several times before it is told. Choose a longer time, or let more traffic pass.'
              : 'Only what was found before is shown to viewers. Choose a longer time, or ask an editor to open this page.'}
          </EmptyState>
        </div>
      )}
      {shown.map((type) => (
        <TypeSection
          key={type}
          type={type}
          patterns={patterns.filter((pattern) => pattern.pattern_type === type)}
          emptyText={wanted === type && patterns.length > 0}
          onDiagram={setDrawn}
        />
      ))}
      {routes.length > 0 && (
        <Section title={`Path templates (${routes.length})`}>
          <LearnedRoutes routes={routes} range={range} />
        </Section>
      )}
      {drawn && (
        <Drawer
          title="One occurrence as a sequence"
          subtitle={drawn.description}
          size="lg"
          onClose={() => setDrawn(undefined)}
        >
          <PatternDiagram
            pattern={drawn}
            onOpen={(id) =>
              navigate(`${PLUGIN_BASE_URL}/${ROUTES.recordings}?${new URLSearchParams({ ...range, id }).toString()}`)
            }
          />
        </Drawer>
      )}
    </div>
  );
}

interface TypeSectionProps {
  type: PatternType;
  patterns: readonly Pattern[];
  /** Whether to say so where there are none. */
  emptyText: boolean;
  onDiagram: (pattern: Pattern) => void;
}

function TypeSection({ type, patterns, emptyText, onDiagram }: TypeSectionProps) {
  const styles = useStyles2(getStyles);
  const words = typeWords[type];
  if (patterns.length === 0) {
    return emptyText ? <p className={styles.state}>None in this time: {words.explanation.toLowerCase()}.</p> : null;
  }
  return (
    <section aria-label={words.plural}>
      <header className={styles.header}>
        <h3 className={styles.title}>{words.plural}</h3>
        <span className={styles.state}>{words.explanation}</span>
      </header>
      <div className={styles.cards}>
        {patterns.map((pattern) => (
          <PatternCard key={pattern.id} pattern={pattern} onDiagram={onDiagram} />
        ))}
      </div>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  toolbar: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'flex-end',
    gap: theme.spacing(1),
  }),
  state: css({ color: theme.colors.text.secondary, marginRight: 'auto' }),
  header: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'baseline',
    gap: theme.spacing(1.5),
    marginBottom: theme.spacing(1),
  }),
  title: css({ ...theme.typography.h5, margin: 0 }),
  cards: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 340px), 1fr))',
    gap: theme.spacing(2),
  }),
});
