import React, { useState } from 'react';
import { Alert, InlineField, TagList, TagsInput } from '@grafana/ui';

import { toApiError, type ApiError } from '../../api/ApiError';
import { setTags } from '../../api/recordings';
import { canWrite } from '../../api/user';
import type { Recording } from '../../types/recording';
import { testIds } from '../testIds';

/** The tags of a recording: who may write puts them on and takes them off, each at once. */
export function Tags({ recording }: { recording: Recording }) {
  const [tags, show] = useState(recording.tags ?? []);
  const [error, setError] = useState<ApiError>();
  if (!canWrite()) {
    return tags.length > 0 ? <TagList tags={tags} /> : <>none</>;
  }
  const change = async (wanted: string[]) => {
    const before = tags;
    show(wanted);
    setError(undefined);
    try {
      show(await setTags(recording.id, wanted));
    } catch (thrown) {
      show(before);
      setError(toApiError(thrown));
    }
  };
  return (
    <div data-testid={testIds.recording.tags}>
      <InlineField grow>
        <TagsInput tags={tags} onChange={change} placeholder="New tag (enter key to add)" />
      </InlineField>
      {error && (
        <Alert severity="error" title="The tags were not changed">
          {error.message}
        </Alert>
      )}
    </div>
  );
}
