import { diffTree, segmentsOf } from './diffTree';

it.each([
  ['$', []],
  ['$.items[3].id', ['items', '[3]', 'id']],
  ['$[0]', ['[0]']],
  ['$.a["odd.key"].b', ['a', 'odd.key', 'b']],
  ['$["say \\"hi\\""]', ['say "hi"']],
])('reads the path %s', (path, segments) => {
  expect(segmentsOf(path)).toEqual(segments);
});

it('arranges differences as the body is', () => {
  const tree = diffTree([
    { path: '$.user.name', kind: 'changed', before: 'a', after: 'b' },
    { path: '$.user.roles[1]', kind: 'added', after: 'admin' },
    { path: '$.total', kind: 'removed', before: 3 },
  ]);
  expect(tree.children.map(({ name }) => name)).toEqual(['user', 'total']);
  expect(tree.children[0].children.map(({ name }) => name)).toEqual(['name', 'roles']);
  expect(tree.children[0].children[1].children[0]).toMatchObject({ name: '[1]', path: '$.user.roles[1]' });
  expect(tree.children[1].difference?.kind).toBe('removed');
});

it('keeps a difference of the whole body at its root', () => {
  expect(diffTree([{ path: '$', kind: 'type', before: [], after: {} }]).difference?.kind).toBe('type');
});
