import { useState } from 'react';
import { useAssetSearch } from '../../../api/assets';
import { asApiError } from '../../../api/error';
import type { AssetInfo } from '../../../api/types';
import { Combobox } from '../../../design/Combobox';
import { text } from '../../../text';
import styles from './HoldingForm.module.css';

interface Props {
  value: string;
  onChange: (asset: string) => void;
  error: string | undefined;
}

/** An asset, searched for as it is typed; whoever knows the `class:symbol` writes that. */
export function AssetField({ value, onChange, error }: Props) {
  const [chosen, setChosen] = useState<AssetInfo | null>(null);
  // What is written out is not searched for.
  const isExact = value.includes(':');
  const search = useAssetSearch(isExact ? '' : value);
  const items = isExact || value.trim() === '' ? [] : (search.data ?? []);
  const status = search.isFetching
    ? text.assetField.searching
    : search.error !== null
      ? asApiError(search.error).message
      : search.data?.length === 0
        ? text.assetField.nothing
        : undefined;
  return (
    <Combobox<AssetInfo>
      label={text.assetField.label}
      hint={chosen?.asset === value ? nameOf(chosen) : text.assetField.hint}
      error={error}
      text={value}
      onText={next => {
        setChosen(items.find(item => item.asset === next) ?? null);
        onChange(next);
      }}
      items={items}
      textOf={item => item.asset}
      status={isExact ? undefined : status}
      placeholder={text.assetField.placeholder}
      renderItem={item => (
        <span className={styles['asset']}>
          <span className={styles['assetName']}>{item.name}</span>
          <span className="quiet small">{[item.ticker, item.exchange].filter(Boolean).join(' · ')}</span>
        </span>
      )}
    />
  );
}

const nameOf = (info: AssetInfo) => [info.name, info.ticker, info.exchange].filter(Boolean).join(' · ');
