import React from 'react';

interface Props {
  values: readonly number[];
  width: number;
  height: number;
  color: string;
}

/** A line without axes: the course of one figure, from zero to its own maximum. */
export function Sparkline({ values, width, height, color }: Props) {
  const max = Math.max(...values, 0);
  if (values.length < 2 || max === 0) {
    return <svg width={width} height={height} aria-hidden />;
  }
  const x = (i: number) => (i / (values.length - 1)) * width;
  const y = (value: number) => height - 1 - (value / max) * (height - 2);
  const line = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return (
    <svg width={width} height={height} aria-hidden>
      <polygon points={`0,${height} ${line} ${width},${height}`} fill={color} fillOpacity={0.15} />
      <polyline points={line} fill="none" stroke={color} strokeWidth={1} />
    </svg>
  );
}
