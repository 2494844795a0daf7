import {
  countConditions,
  emptyFilter,
  excluded,
  parseFilter,
  parseHeader,
  toFilter,
  toggleValue,
  writeFilter,
} from './recordingFilter';

const link = 'from=now-1h&method=GET&method=POST&status=5xx&injected=false&path=%2Fusers&id=7';

it('survives the way through a URL, and leaves the rest of it alone', () => {
  const search = new URLSearchParams(link);
  const filter = parseFilter(search);
  expect(filter).toEqual({
    ...emptyFilter(),
    methods: ['GET', 'POST'],
    statuses: ['5xx'],
    injected: false,
    path: '/users',
  });
  const written = writeFilter(search, filter);
  expect(Object.fromEntries(written)).toMatchObject({ from: 'now-1h', id: '7', path: '/users' });
  expect(parseFilter(written)).toEqual(filter);
  expect(countConditions(filter)).toBe(4);
});

it('gives the API only the conditions that are there', () => {
  const from = new Date(0);
  const to = new Date(1000);
  expect(toFilter({ ...emptyFilter(), traceId: ' abc ', injected: true }, from, to)).toEqual({
    from: '1970-01-01T00:00:00.000Z',
    to: '1970-01-01T00:00:01.000Z',
    trace_id: 'abc',
    injected: true,
  });
});

it('ignores what it does not know', () => {
  expect(parseFilter(new URLSearchParams('injected=maybe&method=&nonsense=1'))).toEqual(emptyFilter());
});

it('filters out what the URL says, by the same lists', () => {
  const filter = parseFilter(
    new URLSearchParams('not.consumer=probe&not.status=404&rule=slow&failures=true&header=X-Team: red')
  );
  expect(excluded(filter)).toEqual([
    { field: 'consumers', value: 'probe' },
    { field: 'statuses', value: '404' },
  ]);
  expect(countConditions(filter)).toBe(5);
  expect(toFilter(filter, new Date(0), new Date(0))).toMatchObject({
    rules: ['slow'],
    failures: true,
    headers: { 'X-Team': 'red' },
    not: { consumers: ['probe'], statuses: ['404'] },
  });
  expect(parseFilter(writeFilter(new URLSearchParams(), filter))).toEqual(filter);
});

it('wants a value or filters it out, never both', () => {
  const wanted = toggleValue(emptyFilter(), 'consumers', 'web', 'in');
  const out = toggleValue(wanted, 'consumers', 'web', 'out');
  expect(out.consumers).toEqual([]);
  expect(out.not.consumers).toEqual(['web']);
  expect(toggleValue(out, 'consumers', 'web', 'out')).toEqual(emptyFilter());
});

it('reads headers by name and value', () => {
  expect(parseHeader('X-Team:  red ')).toEqual({ name: 'X-Team', value: 'red' });
  expect(parseHeader('X-Team')).toEqual({ name: 'X-Team', value: '*' });
  expect(parseHeader('no name: x')).toBeUndefined();
});
