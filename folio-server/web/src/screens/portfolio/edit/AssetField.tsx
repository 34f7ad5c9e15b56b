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
  const isChosen = chosen?.asset === value;
  const search = useAssetSearch(isChosen || value.includes(':') ? '' : value);
  const items = isChosen ? [] : (search.data ?? []);
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
      hint={isChosen ? nameOf(chosen) : text.assetField.hint}
      error={error}
      text={value}
      onText={onChange}
      items={items}
      labelOf={item => item.asset}
      keyOf={item => item.asset}
      onChoose={item => {
        setChosen(item);
        onChange(item.asset);
      }}
      status={status}
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
