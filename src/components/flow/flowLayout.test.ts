import { ribbon, stack } from './flowLayout';

it('gives each stream its part of the height', () => {
  expect(
    stack(
      [
        { name: 'a', value: 30 },
        { name: 'b', value: 10 },
      ],
      84,
      4,
      2
    )
  ).toEqual([
    { name: 'a', value: 30, top: 0, height: 60 },
    { name: 'b', value: 10, top: 64, height: 20 },
  ]);
});

it('keeps little visible, leaves nothing out of the height, and shows nothing for nothing', () => {
  const bands = stack(
    [
      { name: 'much', value: 999 },
      { name: 'little', value: 1 },
      { name: 'none', value: 0 },
    ],
    100,
    0,
    10
  );
  expect(bands.map(({ name, height }) => [name, height])).toEqual([
    ['much', 90],
    ['little', 10],
  ]);
  expect(stack([{ name: 'none', value: 0 }], 100, 0, 10)).toEqual([]);
});

it('joins both ends of a stream', () => {
  expect(ribbon({ x: 0, top: 0, height: 10 }, { x: 100, top: 20, height: 30 })).toBe(
    'M 0 0 C 50 0, 50 20, 100 20 L 100 50 C 50 50, 50 10, 0 10 Z'
  );
});
