/** The protocols that gateways tell apart, as people write them. */
export const protocolLabels: Readonly<Record<string, string>> = {
  http: 'HTTP',
  grpc: 'gRPC',
  websocket: 'WebSocket',
  graphql: 'GraphQL',
};

/** The protocols as options to choose from. */
export const protocolOptions = Object.entries(protocolLabels).map(([value, label]) => ({ value, label }));
