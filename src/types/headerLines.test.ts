import { existsSync, readFileSync } from 'fs';
import path from 'path';

import { recording } from '../testing/samples';
import { type HeaderLine, requestLines, responseLines } from './headerLines';
import type { Recording } from './recording';

interface Example {
  name: string;
  recording: Partial<Recording>;
  lines: HeaderLine[];
}

// What pkg/recording makes of the same.
const examples = path.join(__dirname, '../../pkg/recording/testdata/header_lines.json');

it.each<Example>(existsSync(examples) ? JSON.parse(readFileSync(examples, 'utf8')) : [])(
  'arranges $name as the backend does',
  ({ recording: values, lines }) => {
    expect(requestLines(recording({ headers: undefined, host: undefined, ...values }))).toEqual(lines);
    const { headers, header_form: form, host, ...others } = values;
    expect(responseLines(recording({ ...others, response_headers: headers, response_header_form: form }))).toEqual(
      lines.filter(({ name }) => headers?.Host || name.toLowerCase() !== 'host')
    );
  }
);
