import type { Summary } from '../../api/types';
import { Notes } from '../../design/Notes';
import { formatMoney } from '../../format/money';
import { text } from '../../text';

/** What the total over all portfolios leaves out. */
export function TotalNotes({ summary }: { summary: Summary }) {
  const { coverage, currency } = summary;
  const cost = summary.excluded_cost;
  const notes: string[] = [];
  if (coverage.unpriced > 0) {
    notes.push(
      text.coverage.withoutCount(coverage.unpriced, cost === null ? null : formatMoney(cost, currency)),
    );
  }
  for (const each of summary.portfolios) {
    if (each.reason !== null) {
      notes.push(text.portfolios.notInSum(each.name, text.portfolios.reasons[each.reason] ?? each.reason));
    }
  }
  if (coverage.without_cost > 0) notes.push(text.coverage.noCost(coverage.without_cost));
  return <Notes label={text.coverage.title} notes={notes} />;
}
