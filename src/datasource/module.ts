import { DataSourcePlugin } from '@grafana/data';

import { ConfigEditor } from './ConfigEditor';
import { QueryEditor } from './QueryEditor';
import { RecordingsDataSource } from './RecordingsDataSource';
import type { Options, RecordingsQuery, Secrets } from './query';

export const plugin = new DataSourcePlugin<RecordingsDataSource, RecordingsQuery, Options, Secrets>(
  RecordingsDataSource
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
