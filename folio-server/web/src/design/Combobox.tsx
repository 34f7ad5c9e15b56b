import { Autocomplete } from '@base-ui/react/autocomplete';
import type { ReactNode } from 'react';
import styles from './Combobox.module.css';
import { Field } from './Field';
import { useLandmark } from './use-landmark';

interface Props<T> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** What stands in the field: typed, or the text of a proposal. */
  text: string;
  onText: (text: string) => void;
  items: readonly T[];
  /** What stands in the field once an item is chosen; it also tells items apart. */
  textOf: (item: T) => string;
  /** An item in the list. */
  renderItem: (item: T) => ReactNode;
  /** What is said in place of the list: that it is searched, that nothing was found. */
  status?: ReactNode;
  placeholder?: string;
}

/** A field with proposals that were searched elsewhere. Text that is no proposal stays as it is typed. */
export function Combobox<T>(props: Props<T>) {
  const { label, hint, error, text, onText, items, textOf, renderItem, status, placeholder } = props;
  const [input, landmark] = useLandmark();
  return (
    <Field label={label} hint={hint} error={error}>
      {control => (
        <Autocomplete.Root<T>
          items={items}
          // The server has searched; the list is not filtered a second time.
          mode="none"
          value={text}
          itemToStringValue={textOf}
          onValueChange={next => onText(next)}
          autoHighlight
        >
          <Autocomplete.Input
            {...control}
            ref={input}
            // While its list is open, the kit hides everything else from those who listen, the label too.
            aria-label={label}
            placeholder={placeholder}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
          <Autocomplete.Portal container={landmark}>
            <Autocomplete.Positioner className={styles['positioner']} sideOffset={4} align="start">
              <Autocomplete.Popup className={styles['popup']}>
                <Autocomplete.Status className={styles['status']}>{status}</Autocomplete.Status>
                <Autocomplete.List>
                  {(item: T) => (
                    <Autocomplete.Item key={textOf(item)} value={item} className={styles['item']}>
                      {renderItem(item)}
                    </Autocomplete.Item>
                  )}
                </Autocomplete.List>
              </Autocomplete.Popup>
            </Autocomplete.Positioner>
          </Autocomplete.Portal>
        </Autocomplete.Root>
      )}
    </Field>
  );
}
