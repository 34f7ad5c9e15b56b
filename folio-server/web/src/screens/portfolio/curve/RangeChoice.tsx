import { RANGES, type Range } from '../../../api/ranges';
import type { Valuation } from '../../../api/types';
import { Change } from '../../../design/Change';
import { Choice } from '../../../design/Choice';
import { text } from '../../../text';
import styles from './CurveSection.module.css';

interface Props {
  range: Range;
  onRange: (range: Range) => void;
  valuation: Valuation | undefined;
}

/** The ranges, each with how the value changed over it: two rows of figures in one. */
export function RangeChoice({ range, onRange, valuation }: Props) {
  return (
    <div className={styles['ranges']}>
      <Choice
        label={text.ranges.label}
        value={range}
        onChange={onRange}
        options={RANGES.map(value => ({
          value,
          label: (
            <span className={styles['range']}>
              <span>{text.ranges.short[value]}</span>
              {valuation !== undefined && (
                <Change
                  className="small"
                  percent={
                    value === 'all' ? valuation.gain_percent : (valuation.changes?.[value]?.percent ?? null)
                  }
                />
              )}
            </span>
          ),
        }))}
      />
    </div>
  );
}
