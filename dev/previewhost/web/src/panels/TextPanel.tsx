import { renderMarkdown, textUtil, type PanelProps } from '@grafana/data';
import { ScrollContainer } from '@grafana/ui';

/** Stands in for Grafana's text panel. */
export function TextPanel({ options, replaceVariables }: PanelProps<{ mode?: string; content?: string }>) {
  const content = replaceVariables(options.content ?? '');
  const html = options.mode === 'html' ? textUtil.sanitize(content) : renderMarkdown(content);
  return (
    <ScrollContainer>
      <div className="markdown-html" dangerouslySetInnerHTML={{ __html: html }} />
    </ScrollContainer>
  );
}
