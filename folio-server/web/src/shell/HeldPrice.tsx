import { useAcceptQuote } from '../api/quarantine';
import { useIsAdmin } from '../api/session';
import type { QuarantinedQuote } from '../api/types';
import { Button } from '../design/Button';
import { FormError } from '../design/FormError';
import { toast } from '../design/toast';
import { formatPrice } from '../format/money';
import { useTimes } from '../format/use-times';
import { text } from '../text';
import styles from './HeldPrice.module.css';

interface Props {
  held: QuarantinedQuote;
  name: string;
  onAccepted?: () => void;
}

/** A price that is not believed: what was said, what was expected, and a button for whoever knows better. */
export function HeldPrice({ held, name, onAccepted }: Props) {
  const { instant } = useTimes();
  const isAdmin = useIsAdmin();
  const accept = useAcceptQuote();
  const words = text.quarantine;
  const { candidate, reference, expected } = held;
  const price = (of: { price: string; currency: string }) => formatPrice(of.price, of.currency);
  const sentences = [
    words.candidate(price(candidate), candidate.source, instant(candidate.as_of)),
    words.reasons[held.reason] ?? held.reason,
    reference && words.reference(price(reference), reference.source, instant(reference.as_of)),
    expected &&
      words.expected(
        formatPrice(expected.low, reference?.currency ?? candidate.currency),
        formatPrice(expected.high, reference?.currency ?? candidate.currency),
      ),
  ];
  return (
    <div className={styles['held']}>
      <p>{sentences.filter(Boolean).join(' ')}</p>
      <p className="quiet">{isAdmin ? words.waits : words.notAdmin}</p>
      <FormError error={accept.error} />
      {isAdmin && (
        <Button
          busy={accept.isPending}
          onClick={() =>
            accept.mutate(held.id, {
              onSuccess: () => {
                toast(words.accepted(name));
                onAccepted?.();
              },
            })
          }
        >
          {words.accept}
        </Button>
      )}
    </div>
  );
}
