import { canReadBodies } from './user';

const mockUser: { orgRole?: string } = {};
jest.mock('@grafana/runtime', () => ({
  config: {
    get bootData() {
      return { user: mockUser };
    },
  },
}));

it.each([
  [undefined, 'Viewer', true],
  ['Viewer', 'Viewer', true],
  ['Viewer', 'Admin', true],
  ['Editor', 'Viewer', false],
  ['Editor', 'Editor', true],
  ['Editor', 'Admin', true],
  ['Admin', 'Editor', false],
  ['Admin', 'Admin', true],
  ['Editor', undefined, false],
  ['Editor', 'None', false],
] as const)('where %s may read bodies, %s may: %s', (least, role, may) => {
  mockUser.orgRole = role;
  expect(canReadBodies(least)).toBe(may);
});
