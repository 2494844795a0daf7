import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Checkbox, Field, FileDropzone, Modal, TextArea, useStyles2 } from '@grafana/ui';

import type { Imported } from '../../api/presets';
import type { PresetActions } from '../../hooks/usePresetActions';
import { testIds } from '../testIds';

/** What the API takes at most. */
const MAX_BYTES = 1 << 20;

const example = `presets:
  - name: game-day
    description: One in ten requests fails.
    mode: error
    error_rate: 0.1
    status_codes: [503]`;

interface Props {
  actions: PresetActions;
  onClose: () => void;
}

/** Imports presets from a file or from pasted text: all of them, or none and what is wrong by field. */
export function ImportPresets({ actions, onClose }: Props) {
  const styles = useStyles2(getStyles);
  const [text, setText] = useState('');
  const [replace, setReplace] = useState(false);
  const [done, setDone] = useState<Imported>();
  const { failure, busy } = actions;

  const read = async (file: File | undefined) => {
    if (file) {
      setText(await file.text());
      actions.dismiss();
    }
  };

  return (
    <Modal title="Import presets" isOpen onDismiss={onClose} className={styles.modal}>
      <div className={styles.form} data-testid={testIds.presetImport.container}>
        {done ? (
          <Alert severity="success" title="The presets are imported" data-testid={testIds.presetImport.done}>
            {done.created} created, {done.replaced} replaced
            {done.created + done.replaced === 0 && ': all of them were there already, as they are in the file'}.
          </Alert>
        ) : (
          <>
            <FileDropzone
              options={{
                accept: { 'application/yaml': ['.yaml', '.yml'] },
                multiple: false,
                maxSize: MAX_BYTES,
                onDropAccepted: ([file]) => read(file),
              }}
            />
            <Field label="Or paste it" htmlFor="mockforge-import" noMargin>
              <TextArea
                id="mockforge-import"
                className={styles.text}
                rows={10}
                value={text}
                placeholder={example}
                spellCheck={false}
                onChange={(event) => {
                  setText(event.currentTarget.value);
                  actions.dismiss();
                }}
                data-testid={testIds.presetImport.text}
              />
            </Field>
            <div>
              <Checkbox
                label="Replace presets of users that have the same name"
                description="Without it, a name that is taken refuses the whole file"
                value={replace}
                onChange={(event) => setReplace(event.currentTarget.checked)}
                data-testid={testIds.presetImport.replace}
              />
            </div>
            {failure && (
              <Alert severity="error" title="Nothing was imported" data-testid={testIds.presetImport.problems}>
                {failure.fields.length > 0 ? (
                  <ul className={styles.problems}>
                    {failure.fields.map(({ field, problem }, i) => (
                      <li key={i}>
                        {field && !problem.startsWith(field) && <code>{field}</code>} {problem}
                      </li>
                    ))}
                  </ul>
                ) : (
                  failure.message
                )}
              </Alert>
            )}
          </>
        )}
      </div>
      <Modal.ButtonRow>
        <Button variant="secondary" fill="outline" onClick={onClose}>
          {done ? 'Close' : 'Cancel'}
        </Button>
        {!done && (
          <Button
            icon={busy ? 'spinner' : undefined}
            disabled={busy || text.trim() === ''}
            onClick={async () => setDone(await actions.importYaml(text, replace))}
            data-testid={testIds.presetImport.submit}
          >
            Import
          </Button>
        )}
      </Modal.ButtonRow>
    </Modal>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  modal: css({ width: 640, maxWidth: '95vw' }),
  form: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  text: css({ fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize }),
  problems: css({ listStyle: 'none' }),
});
