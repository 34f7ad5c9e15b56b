import { useSchedule } from '../../api/schedule';
import { ErrorState } from '../../design/ErrorState';
import { Skeleton } from '../../design/Skeleton';
import { text } from '../../text';
import { ScheduleTable } from './ScheduleTable';
import { Section } from './Section';

/** When folio works by itself, and what it missed. */
export function Schedule() {
  const schedule = useSchedule();
  const hasMissed = schedule.data?.some(entry => entry.missed > 0) ?? false;
  return (
    <Section title={text.schedule.title} {...(hasMissed ? { hint: text.schedule.missedNote } : {})}>
      {schedule.data === undefined ? (
        schedule.isPending ? (
          <Skeleton height="8rem" />
        ) : (
          <ErrorState
            title={text.errors.load(text.schedule.what)}
            error={schedule.error}
            onRetry={() => void schedule.refetch()}
          />
        )
      ) : schedule.data.length === 0 ? (
        <p className="quiet">{text.schedule.none}</p>
      ) : (
        <ScheduleTable entries={schedule.data} />
      )}
    </Section>
  );
}
