import React, { useCallback, useEffect, useState } from 'react';
import { ClipboardButton, Drawer, IconButton, LoadingPlaceholder, Stack, Tab, TabsBar } from '@grafana/ui';

import { getRecording } from '../../api/recordings';
import { useCanReadBodies } from '../../hooks/useCanReadBodies';
import { useLoad } from '../../hooks/useLoad';
import { isPlainRequest, toCurl } from '../../types/curl';
import { isWithheld } from '../../types/recording';
import type { ListField } from '../../types/recordingFilter';
import { duration } from '../../types/recordingWords';
import { pathAndQuery } from '../../types/target';
import { Problem } from '../Problem';
import { FaultBadges, ModeBadge, OutcomeBadge } from '../recordings/RecordingBadges';
import { testIds } from '../testIds';
import { RecordingDetails, type RecordingTab } from './RecordingDetails';
import { RecordingMenu } from './RecordingMenu';

interface Props {
  id: string;
  /** The ids of the list, in its order. */
  ids: readonly string[];
  onOpen: (id: string) => void;
  onFilter?: (field: ListField, value: string, way: 'in' | 'out') => void;
  onClose: () => void;
}

/** One recording, whole. Arrow keys go to the newer and the older one, Escape closes. */
export function RecordingDrawer({ id, ids, onOpen, onFilter, onClose }: Props) {
  const load = useCallback((signal: AbortSignal) => getRecording(id, signal), [id]);
  const { data: recording, error, reload } = useLoad(load);
  // Whatever is made of a recording is made of its contents.
  const readable = useCanReadBodies() && !recording?.withheld;
  const [tab, setTab] = useState<RecordingTab>('overview');
  const at = ids.indexOf(id);
  const previous = at > 0 ? ids[at - 1] : undefined;
  const next = at >= 0 ? ids[at + 1] : undefined;

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) {
        return;
      }
      const target =
        event.key === 'ArrowLeft' || event.key === 'k'
          ? previous
          : event.key === 'ArrowRight' || event.key === 'j'
            ? next
            : undefined;
      if (target) {
        event.preventDefault();
        onOpen(target);
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [previous, next, onOpen]);

  const tabs: Array<{ name: RecordingTab; label: string; counter?: number }> = [
    { name: 'overview', label: 'Overview' },
    { name: 'request', label: 'Request' },
    { name: 'response', label: 'Response' },
  ];
  if (recording && (recording.messages?.length || isWithheld(recording, 'messages'))) {
    tabs.push({ name: 'messages', label: 'Messages', counter: recording.messages?.length });
  }
  if (recording?.trace_id) {
    tabs.push({ name: 'diagram', label: 'Sequence' });
  }
  tabs.push({ name: 'replay', label: 'Replay' });
  const shown = tabs.some(({ name }) => name === tab) ? tab : 'overview';

  return (
    <Drawer
      title={recording ? `${recording.method} ${recording.operation || pathAndQuery(recording)}` : 'Recording'}
      subtitle={
        <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
          {recording && (
            <>
              <OutcomeBadge recording={recording} />
              <span>{duration(recording.response_time_ms)}</span>
              <ModeBadge mode={recording.scenario_mode} />
              <FaultBadges recording={recording} />
            </>
          )}
          <IconButton
            name="arrow-left"
            tooltip="Newer (left arrow)"
            disabled={!previous}
            onClick={() => previous && onOpen(previous)}
            data-testid={testIds.recording.previous}
          />
          <IconButton
            name="arrow-right"
            tooltip="Older (right arrow)"
            disabled={!next}
            onClick={() => next && onOpen(next)}
            data-testid={testIds.recording.next}
          />
          {readable && recording && isPlainRequest(recording) && (
            <ClipboardButton
              size="sm"
              variant="secondary"
              icon="copy"
              getText={() => toCurl(recording)}
              data-testid={testIds.recording.copyCurl}
            >
              Copy as curl
            </ClipboardButton>
          )}
          {readable && recording && <RecordingMenu recording={recording} />}
        </Stack>
      }
      size="md"
      onClose={onClose}
      tabs={
        <TabsBar>
          {tabs.map(({ name, label, counter }) => (
            <Tab
              key={name}
              label={label}
              counter={counter}
              active={shown === name}
              onChangeTab={() => setTab(name)}
              data-testid={testIds.recording.tab(name)}
            />
          ))}
        </TabsBar>
      }
    >
      <div data-testid={testIds.recording.drawer} data-id={recording?.id}>
        {error && <Problem error={error} title="The recording could not be loaded" onRetry={reload} />}
        {!recording && !error && <LoadingPlaceholder text="Loading the recording" />}
        {recording && !error && (
          <RecordingDetails recording={recording} tab={shown} onOpen={onOpen} onFilter={onFilter} />
        )}
      </div>
    </Drawer>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
