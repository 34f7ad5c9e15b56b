import { isUsedUp, useSources } from '../api/sources';
import { Notes } from '../design/Notes';
import { useTimes } from '../format/use-times';
import { text } from '../text';

/** The clock of the page moves twice a minute. */
const PASSED = 30_000;

/** Names the sources that do not answer or may not be asked, with the time of the next try. */
export function SourceNotes({ classes }: { classes?: ReadonlySet<string> }) {
  const sources = useSources();
  const { clock, now } = useTimes();
  const concerned = (sources.data ?? []).filter(
    source => classes === undefined || source.classes.some(each => classes.has(each)),
  );
  const notes = concerned.flatMap(source => {
    // A time that has passed says nothing: it is asked again with the next look.
    const isAhead = source.retry_at !== null && Date.parse(source.retry_at) > now - PASSED;
    const next = source.retry_at !== null && isAhead ? clock(source.retry_at) : null;
    if (isUsedUp(source)) return [text.coverage.sourceBudget(source.id, next)];
    return source.healthy ? [] : [text.coverage.sourceDown(source.id, next)];
  });
  return <Notes label={text.coverage.title} notes={notes} />;
}
