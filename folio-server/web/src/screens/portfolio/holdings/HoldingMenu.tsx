import { Icon } from '../../../design/Icon';
import { Menu, type MenuEntry } from '../../../design/Menu';
import { text } from '../../../text';
import type { OnAction } from '../actions';
import type { Row } from './rows';

interface Props {
  row: Row;
  currency: string;
  onAction: OnAction;
}

export function HoldingMenu({ row, currency, onAction }: Props) {
  const { lot, name, valued } = row;
  const price = {
    kind: 'price',
    asset: valued.asset,
    name,
    currency: valued.price_currency ?? currency,
  } as const;
  const entries: MenuEntry[] = [
    { kind: 'action', label: text.reasons.remedies.price, onSelect: () => onAction(price) },
  ];
  if (lot !== undefined) {
    entries.unshift({
      kind: 'action',
      label: text.holdings.edit,
      onSelect: () => onAction({ kind: 'edit', lot }),
    });
    entries.push({
      kind: 'action',
      label: text.holdings.remove,
      danger: true,
      onSelect: () => onAction({ kind: 'remove', lot, name }),
    });
  }
  return (
    <Menu label={text.portfolios.actions(name)} entries={entries}>
      <Icon name="more" />
    </Menu>
  );
}
