import React, { type ReactNode } from 'react';

interface Props {
  className?: string;
  testId?: string;
  children: ReactNode;
}

/**
 * Groups what belongs to one field. Field hands its state down to its only child, and a plain element would write it into
 * the page as unknown attributes.
 */
export function FieldContent({ className, testId, children }: Props) {
  return (
    <div className={className} data-testid={testId}>
      {children}
    </div>
  );
}
