import { useId } from 'react';
import { useChannels } from '../../api/alerts';
import { Checkbox } from '../../design/Checkbox';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { channelName, channelNames } from './channel-text';

interface Props {
  chosen: readonly string[];
  onChange: (channels: string[]) => void;
  error: string | undefined;
}

/** Through what a rule speaks; none chosen leaves it to the operator. */
export function ChannelChoice({ chosen, onChange, error }: Props) {
  const channels = useChannels();
  const id = useId();
  const set = channels.data ?? [];
  // A rule may name what is not set up any more; it can then be taken away.
  const names = [...new Set([...set.map(each => each.channel), ...chosen])];
  if (names.length === 0) return null;
  const standard = set.filter(each => each.is_default).map(each => each.channel);
  return (
    <fieldset className={styles['choice']} aria-describedby={`${id}-note`}>
      <legend className="quiet small">{text.ruleForm.channels}</legend>
      {names.map(name => (
        <Checkbox
          key={name}
          label={channelName(name)}
          checked={chosen.includes(name)}
          onChange={isChosen => onChange(isChosen ? [...chosen, name] : chosen.filter(each => each !== name))}
        />
      ))}
      <p id={`${id}-note`} className={error === undefined ? 'quiet small' : styles['fault']}>
        {error ?? text.ruleForm.channelsHint(channelNames(standard))}
      </p>
    </fieldset>
  );
}
