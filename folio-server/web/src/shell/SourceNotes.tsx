import type { Source } from '../api/types';
import { useSources } from '../api/sources';
import { Notes } from '../design/Notes';
import { useTimes } from '../format/use-times';
import { text } from '../text';

/** Names the sources that do not answer or may not be asked, with the time of the next try. */
export function SourceNotes({ classes }: { classes?: ReadonlySet<string> }) {
  const sources = useSources();
  const { clock } = useTimes();
  const concerned = (sources.data ?? []).filter(
    source => classes === undefined || source.classes.some(each => classes.has(each)),
  );
  const notes = concerned.flatMap(source => {
    const next = source.retry_at === null ? null : clock(source.retry_at);
    if (isUsedUp(source)) return [text.coverage.sourceBudget(source.id, next)];
    return source.healthy ? [] : [text.coverage.sourceDown(source.id, next)];
  });
  return <Notes label={text.coverage.title} notes={notes} />;
}

function isUsedUp(source: Source): boolean {
  return source.budget !== null && source.budget.remaining <= 0;
}
