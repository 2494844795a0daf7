import React from 'react';
import { PluginPage } from '@grafana/runtime';
export function RecordingsPage() {
  return <PluginPage>Recordings</PluginPage>;
}
