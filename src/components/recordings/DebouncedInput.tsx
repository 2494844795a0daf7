import React, { useEffect, useRef, useState } from 'react';
import { Input } from '@grafana/ui';

interface Props {
  id: string;
  value: string;
  placeholder: string;
  width: number;
  onChange: (value: string) => void;
  testId: string;
}

/** Milliseconds without a key before a text takes effect. */
export const DEBOUNCE = 350;

/** A text that takes effect once typing pauses, or at once with Enter. */
export function DebouncedInput({ id, value, placeholder, width, onChange, testId }: Props) {
  const [typed, setTyped] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const commit = (text: string) => {
    clearTimeout(timer.current);
    setTyped(undefined);
    if (text !== value) {
      onChange(text);
    }
  };

  return (
    <Input
      id={id}
      width={width}
      placeholder={placeholder}
      value={typed ?? value}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => commit(text), DEBOUNCE);
      }}
      onKeyDown={(event) => event.key === 'Enter' && commit(event.currentTarget.value)}
      onBlur={(event) => typed !== undefined && commit(event.currentTarget.value)}
      data-testid={testId}
    />
  );
}
