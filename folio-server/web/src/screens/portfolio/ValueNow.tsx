import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { asApiError } from '../../api/error';
import { isOver, useJob, useStartValuation } from '../../api/jobs';
import { keys } from '../../api/keys';
import type { Job } from '../../api/types';
import { Button } from '../../design/Button';
import { toast } from '../../design/toast';
import { text } from '../../text';

/** Values the portfolio and keeps that, with how far it is. */
export function ValueNow({ portfolioId }: { portfolioId: string }) {
  const client = useQueryClient();
  const [jobId, setJobId] = useState<string | null>(null);
  const start = useStartValuation(portfolioId);
  const job = useJob(jobId);
  const data = job.data;
  const failure = job.error;

  const outcome =
    jobId === null
      ? null
      : failure !== null
        ? 'lost'
        : data !== undefined && isOver(data)
          ? data.state
          : null;
  const reason = failure !== null ? asApiError(failure).message : (data?.error?.detail ?? '');
  useEffect(() => {
    if (outcome === null) return;
    if (outcome === 'lost') toast(text.valueNow.lost(reason), { stays: true });
    else if (outcome === 'failed') toast(text.valueNow.failed(reason), { stays: true });
    else toast(text.valueNow.done);
    void client.invalidateQueries({ queryKey: keys.portfolio(portfolioId) });
    void client.invalidateQueries({ queryKey: keys.portfolioList });
    // The job's id is among them: the next job with the same outcome is told too.
  }, [outcome, jobId, reason, client, portfolioId]);

  const isWorking = start.isPending || (jobId !== null && outcome === null);
  return (
    <>
      <Button
        busy={isWorking}
        onClick={() =>
          start.mutate(undefined, {
            onSuccess: made => setJobId(made.id),
            onError: error =>
              toast(`${asApiError(error).message} ${asApiError(error).remedy}`, { stays: true }),
          })
        }
      >
        {isWorking ? progressText(data) : text.valueNow.start}
      </Button>
      <span role="status" className="unseen">
        {isWorking ? progressText(data) : ''}
      </span>
    </>
  );
}

function progressText(job: Job | undefined): string {
  if (job === undefined || job.state === 'queued') return text.valueNow.queued;
  if (job.state === 'retrying') return text.valueNow.retrying;
  const { progress } = job;
  return progress === null ? text.valueNow.running : text.valueNow.progress(progress.done, progress.total);
}
