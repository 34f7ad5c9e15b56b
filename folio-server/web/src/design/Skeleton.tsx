import styles from './Skeleton.module.css';

interface Props {
  /** Any CSS length. */
  width?: string;
  height?: string;
}

/** A place that is about to be filled, in the size of what comes. */
export function Skeleton({ width = '100%', height = '1em' }: Props) {
  return <span className={styles['skeleton']} style={{ width, height }} aria-hidden="true" />;
}
