import { asApiError } from '../../api/error';
import { useManualPrice, useTakeBackPrice } from '../../api/prices';
import { Button } from '../../design/Button';
import { ErrorState } from '../../design/ErrorState';
import { Skeleton } from '../../design/Skeleton';
import { toast } from '../../design/toast';
import { text } from '../../text';
import styles from './AssetScreen.module.css';
import { ManualPriceText } from './ManualPriceText';

interface Props {
  asset: string;
  used: boolean;
  onState: () => void;
}

/** The price that was stated, if one was, and what can be done about it. */
export function StatedPrice({ asset, used, onState }: Props) {
  const manual = useManualPrice(asset);
  const takeBack = useTakeBackPrice();
  const words = text.asset.manual;
  const stated = manual.data;
  if (stated === undefined) {
    if (manual.isPending) return <Skeleton width="20rem" />;
    return (
      <ErrorState
        title={text.errors.load(words.title)}
        error={manual.error}
        onRetry={() => void manual.refetch()}
      />
    );
  }
  const remove = () =>
    takeBack.mutate(asset, {
      onSuccess: () => toast(words.takenBack),
      onError: error => toast(`${asApiError(error).message} ${asApiError(error).remedy}`, { stays: true }),
    });
  return (
    <>
      {stated === null ? (
        <p className="quiet">{words.none}</p>
      ) : (
        <ManualPriceText price={stated} used={used} />
      )}
      <div className={styles['buttons']}>
        <Button onClick={onState}>{stated === null ? words.state : words.change}</Button>
        {stated !== null && (
          <Button busy={takeBack.isPending} onClick={remove}>
            {words.takeBack}
          </Button>
        )}
      </div>
    </>
  );
}
