import { useState } from 'react';
import { useAlertRules, useReplaceRules } from '../../api/alerts';
import { asApiError } from '../../api/error';
import { usePortfolio } from '../../api/portfolios';
import type { AlertRule, AlertRuleInput } from '../../api/types';
import { Button } from '../../design/Button';
import { ErrorState } from '../../design/ErrorState';
import { Icon } from '../../design/Icon';
import { toast } from '../../design/toast';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { RuleDialog } from './RuleDialog';
import { inputOf } from './rule-form';
import { RuleItem } from './RuleItem';
import { namesIn, sentenceOf } from './rule-text';
import { RulesLoading } from './RulesLoading';

/** What a new portfolio begins with. */
const DEFAULTS: AlertRuleInput[] = [
  { kind: 'loss', threshold_percent: '5' },
  { kind: 'gain', threshold_percent: '10' },
];

/** What is watched in a portfolio: a sentence each, with how it stands. */
export function Rules({ portfolioId }: { portfolioId: string }) {
  const rules = useAlertRules(portfolioId);
  const portfolio = usePortfolio(portfolioId);
  const replace = useReplaceRules(portfolioId);
  const [edited, setEdited] = useState<number | null>(null);
  const data = rules.data;
  const failure = rules.error ?? portfolio.error;
  if (data === undefined || portfolio.data === undefined) {
    if (failure === null) return <RulesLoading />;
    return (
      <ErrorState
        title={text.errors.load(text.rules.what)}
        error={failure}
        onRetry={() => {
          void rules.refetch();
          void portfolio.refetch();
        }}
      />
    );
  }
  const nameOf = namesIn(portfolio.data);
  const put = (items: AlertRuleInput[], done?: () => void) =>
    replace.mutate(
      { items, version: data.version },
      {
        ...(done === undefined ? {} : { onSuccess: done }),
        onError: error => toast(`${asApiError(error).message} ${asApiError(error).remedy}`, { stays: true }),
      },
    );
  const remove = (rule: AlertRule) =>
    put(data.items.filter(each => each.id !== rule.id).map(inputOf), () =>
      toast(text.rules.removed(sentenceOf(rule, nameOf))),
    );
  return (
    <>
      {data.items.length === 0 ? (
        <div className={styles['none']}>
          <p className="quiet">{text.rules.empty}</p>
          <Button busy={replace.isPending} onClick={() => put(DEFAULTS)}>
            {text.rules.defaults}
          </Button>
        </div>
      ) : (
        <ul className={styles['list']}>
          {data.items.map((rule, index) => (
            <RuleItem
              key={rule.id}
              rule={rule}
              sentence={sentenceOf(rule, nameOf)}
              onEdit={() => setEdited(index)}
              onRemove={() => remove(rule)}
            />
          ))}
        </ul>
      )}
      <p>
        <Button onClick={() => setEdited(data.items.length)}>
          <Icon name="add" size={18} />
          {text.rules.add}
        </Button>
      </p>
      {edited !== null && (
        <RuleDialog portfolio={portfolio.data} rules={data} index={edited} onClose={() => setEdited(null)} />
      )}
    </>
  );
}
