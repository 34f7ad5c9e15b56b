import { useEffect, useRef } from 'react';
import { text } from '../text';
import { hasNavigated } from './navigation';
import styles from './PageTitle.module.css';

interface Props {
  title: string;
  /** Where the number comes first, the name of the page is small. */
  small?: boolean;
}

/** The heading of a page: names the document, and takes the focus when the page was come to by a link. */
export function PageTitle({ title, small = false }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = text.app.title(title);
  }, [title]);
  useEffect(() => {
    if (hasNavigated()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={small ? styles['small'] : styles['title']}>
      {title}
    </h1>
  );
}
