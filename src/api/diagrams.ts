import type { Diagram, DiagramFormat, DiagramOf } from '../types/diagram';
import { call } from './client';

/** The sequence diagram of a trace, or of a consumer's calls. */
export function getDiagram(of: DiagramOf, signal?: AbortSignal): Promise<Diagram> {
  return call('GET', 'recordings/diagram', { params: { ...of, format: 'json' }, signal });
}

/** The same diagram as text, for documents and tickets. */
export function getDiagramText(of: DiagramOf, format: DiagramFormat, signal?: AbortSignal): Promise<string> {
  return call('GET', 'recordings/diagram', { params: { ...of, format }, signal });
}
