import { recording } from '../testing/samples';
import { appendPage, refreshFirstPage, type Listed } from './recordingPages';

const page = (ids: string[], nextCursor?: string) => ({ recordings: ids.map((id) => recording({ id })), nextCursor });
const ids = (listed: Listed) => listed.recordings.map(({ id }) => id);

it('adds older pages without repeats', () => {
  const listed = appendPage(page(['5', '4'], 'a'), page(['4', '3'], 'b'));
  expect([ids(listed), listed.nextCursor]).toEqual([['5', '4', '3'], 'b']);
});

it('keeps older pages through a refresh', () => {
  const listed = refreshFirstPage(page(['5', '4', '3', '2'], 'b'), page(['6', '5', '4'], 'x'));
  expect([ids(listed), listed.nextCursor]).toEqual([['6', '5', '4', '3', '2'], 'b']);
});

it('shows only the fresh page where there would be a gap', () => {
  const listed = refreshFirstPage(page(['3', '2'], 'b'), page(['9', '8'], 'x'));
  expect([ids(listed), listed.nextCursor]).toEqual([['9', '8'], 'x']);
});
