import React from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router-dom';
import type { AppRootProps } from '@grafana/data';

import { ROUTES } from '../constants';
import { ControlCenterPage } from './ControlCenterPage';
import { LivePage } from './LivePage';
import { PatternsPage } from './PatternsPage';
import { RecordingsPage } from './RecordingsPage';
import { ReplaysPage } from './ReplaysPage';

/** The app's pages by path. What is not known leads to the Control Center. */
export default function App(_: AppRootProps) {
  return (
    <Routes>
      <Route path={ROUTES.controlCenter} element={<ControlCenterPage />} />
      <Route path={ROUTES.live} element={<LivePage />} />
      <Route path={ROUTES.recordings} element={<RecordingsPage />} />
      <Route path={ROUTES.replays} element={<ReplaysPage />} />
      <Route path={ROUTES.patterns} element={<PatternsPage />} />
      <Route path="*" element={<ToControlCenter />} />
    </Routes>
  );
}

function ToControlCenter() {
  const { search } = useLocation();
  return <Navigate to={{ pathname: ROUTES.controlCenter, search }} replace />;
}
