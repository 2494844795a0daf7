import type { Difference } from './replay';

/** One place of a JSON body with what differs at it or below it. */
export interface DiffNode {
  /** The name of a member, or the index of an element: "items", "[3]". */
  name: string;
  /** The whole path. */
  path: string;
  difference?: Difference;
  children: DiffNode[];
}

/** Arranges differences of a JSON body as the tree that their paths make. */
export function diffTree(differences: readonly Difference[]): DiffNode {
  const root: DiffNode = { name: '$', path: '$', children: [] };
  for (const difference of differences) {
    let node = root;
    for (const name of segmentsOf(difference.path)) {
      let child = node.children.find((one) => one.name === name);
      if (!child) {
        child = { name, path: `${node.path}${name.startsWith('[') ? '' : '.'}${name}`, children: [] };
        node.children.push(child);
      }
      node = child;
    }
    node.difference = difference;
  }
  return root;
}

/** The segments of a path as pkg/replay writes it: "$.items[3]["a.b"]" is items, [3], a.b. */
export function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  const pattern = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.[\]]+)/g;
  for (const [, quoted, index, name] of path.replace(/^\$/, '').matchAll(pattern)) {
    if (quoted !== undefined) {
      segments.push(unquote(quoted));
    } else {
      segments.push(index !== undefined ? `[${index}]` : name);
    }
  }
  return segments;
}

function unquote(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}
