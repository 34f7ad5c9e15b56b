import { Combobox as Kit } from '@base-ui/react/combobox';
import type { ReactNode } from 'react';
import styles from './Combobox.module.css';
import { Field } from './Field';

interface Props<T> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** What is typed. */
  text: string;
  onText: (text: string) => void;
  items: readonly T[];
  /** What an item is called once it is chosen. */
  labelOf: (item: T) => string;
  keyOf: (item: T) => string;
  /** An item in the list. */
  renderItem: (item: T) => ReactNode;
  onChoose: (item: T) => void;
  /** What is said in place of the list: that it is searched, that nothing was found. */
  status?: ReactNode;
  placeholder?: string;
}

/** A field with proposals from elsewhere. Text that is no proposal stays as it is typed. */
export function Combobox<T>(props: Props<T>) {
  const {
    label,
    hint,
    error,
    text,
    onText,
    items,
    labelOf,
    keyOf,
    renderItem,
    onChoose,
    status,
    placeholder,
  } = props;
  return (
    <Field label={label} hint={hint} error={error}>
      {control => (
        <Kit.Root<T>
          items={items}
          // The server has searched; the list is not filtered a second time.
          filter={null}
          inputValue={text}
          itemToStringLabel={labelOf}
          onInputValueChange={(next, details) => {
            if (details.reason === 'input-change' || details.reason === 'input-clear') onText(next);
          }}
          onValueChange={item => {
            if (item !== null) onChoose(item);
          }}
          autoHighlight
        >
          <Kit.Input
            {...control}
            placeholder={placeholder}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
          <Kit.Portal>
            <Kit.Positioner className={styles['positioner']} sideOffset={4} align="start">
              <Kit.Popup className={styles['popup']}>
                <Kit.Status className={styles['status']}>{status}</Kit.Status>
                <Kit.List>
                  {(item: T) => (
                    <Kit.Item key={keyOf(item)} value={item} className={styles['item']}>
                      {renderItem(item)}
                    </Kit.Item>
                  )}
                </Kit.List>
              </Kit.Popup>
            </Kit.Positioner>
          </Kit.Portal>
        </Kit.Root>
      )}
    </Field>
  );
}
