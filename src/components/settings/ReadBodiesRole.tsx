import React from 'react';
import { Field, RadioButtonGroup } from '@grafana/ui';

import { BASIC_ROLES, type BasicRole } from '../../types/appSettings';
import { FieldContent } from '../FieldContent';
import { testIds } from '../testIds';

const words: Record<BasicRole, string> = {
  Viewer: 'Everybody with a role',
  Editor: 'Editors and admins',
  Admin: 'Admins',
};

interface Props {
  value?: BasicRole;
  description: string;
  onChange: (role: BasicRole) => void;
}

/** Chooses from which role on bodies, headers and messages of recordings may be read. */
export function ReadBodiesRole({ value = 'Viewer', description, onChange }: Props) {
  return (
    <Field label="Who may read bodies" description={description} htmlFor="mockforge-read-bodies">
      <FieldContent testId={testIds.settings.readBodies}>
        <RadioButtonGroup<BasicRole>
          id="mockforge-read-bodies"
          options={BASIC_ROLES.map((role) => ({ value: role, label: words[role] }))}
          value={value}
          onChange={onChange}
        />
      </FieldContent>
    </Field>
  );
}
