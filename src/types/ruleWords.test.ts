import { ruleSentence } from './ruleWords';
import type { Rule } from './scenario';

const rule = (values: Partial<Rule>): Rule => ({ name: 'r', mode: 'error', target: {}, ...values });

it.each<[string, Partial<Rule>]>([
  [
    '10 % of GET /users/** by mobile-app answer 503',
    { error_rate: 0.1, status_codes: [503], target: { methods: ['GET'], path: '/users/**', consumer: 'mobile-app' } },
  ],
  ['All traffic answers 500, 502 or 503', {}],
  ['GET /health is left unharmed', { exclude: true, target: { methods: ['GET'], path: '/health' } }],
  ['Requests by checkout are left unharmed', { exclude: true, target: { consumer: 'checkout' } }],
  [
    '20 % of gRPC calls of /shop.Shop/Get take 3 times as long',
    { mode: 'degraded', latency_multiplier: 3, target: { protocol: 'grpc', operation: '/shop.Shop/Get', share: 0.2 } },
  ],
  [
    'Requests through shop of 5 % of the consumers answer 503 in 50 % of the cases',
    { error_rate: 0.5, status_codes: [503], target: { gateway: 'shop', share: 0.05, share_by: 'consumer' } },
  ],
  [
    'POST or PUT /orders with header x-beta=1 and any query debug meet chaos: 10 % errors and 20 % spikes up to 5 s',
    {
      mode: 'chaos',
      timeout_rate: 0,
      target: { methods: ['POST', 'PUT'], path: '/orders', headers: { 'x-beta': '1' }, query: { debug: '*' } },
    },
  ],
  [
    'GET /users/**: resets 5 % of connections; answers 503, for the first 2 tries of each trace',
    {
      target: { methods: ['GET'], path: '/users/**' },
      faults: [
        { kind: 'reset', share: 0.05 },
        { kind: 'error', status_codes: [503], when: { first: 2, per: 'trace' } },
      ],
    },
  ],
  [
    'Requests by web take 3 times as long; also drips bodies over 10 s',
    { mode: 'degraded', latency_multiplier: 3, target: { consumer: 'web' }, faults: [{ kind: 'drip' }] },
  ],
])('says "%s"', (sentence, values) => expect(ruleSentence(rule(values))).toBe(sentence));
