import type { Portfolio, Valuation } from '../../api/types';
import { Button } from '../../design/Button';
import { Notes } from '../../design/Notes';
import { formatMoney } from '../../format/money';
import { formatDuration } from '../../format/time';
import { text } from '../../text';
import { rowsOf, type Row } from './holdings/rows';

/** So many are named; the rest is counted. */
const NAMED = 3;

interface Props {
  valuation: Valuation;
  portfolio: Portfolio;
  onShow: (holdingId: string) => void;
}

/** "Without X, cost Y": what the total and the gain leave out, and what they carry. */
export function CoverageNotes({ valuation, portfolio, onShow }: Props) {
  const rows = rowsOf(valuation, portfolio);
  const unpriced = rows.filter(row => row.valued.pricing.state === 'unpriced');
  const carried = rows.filter(row => row.valued.pricing.state === 'carried');
  const cost = valuation.excluded_cost;
  const notes = [];
  if (unpriced.length > 0) {
    const amount = cost === null ? text.coverage.unknownCost : formatMoney(cost, valuation.base_currency);
    notes.push(
      <>
        {text.coverage.without(namesOf(unpriced), amount)}{' '}
        <Button look="link" onClick={() => onShow(unpriced[0]?.id ?? '')}>
          {text.coverage.show}
        </Button>
      </>,
    );
  }
  if (carried.length > 0) {
    const oldest = Math.max(...carried.map(row => row.valued.pricing.age_seconds ?? 0));
    notes.push(text.coverage.carried(namesOf(carried), formatDuration(oldest)));
  }
  const without = valuation.coverage.without_cost;
  if (without > 0) notes.push(text.coverage.noCost(without));
  return <Notes label={text.coverage.title} notes={notes} />;
}

function namesOf(rows: readonly Row[]): string {
  const names = [...new Set(rows.map(row => row.name))];
  const shown = names.slice(0, NAMED);
  if (names.length > NAMED) shown.push(text.coverage.others(names.length - NAMED));
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : text.coverage.and(shown.join(', '), last);
}
