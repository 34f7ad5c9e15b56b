import { Link } from 'wouter';
import { text } from '../text';
import { PageTitle } from './PageTitle';
import styles from './NotFound.module.css';

export function NotFound() {
  return (
    <div className={`column ${styles['page'] ?? ''}`}>
      <PageTitle title={text.notFound.title} />
      <p className="quiet">{text.notFound.body}</p>
      <p>
        <Link href="/">{text.notFound.back}</Link>
      </p>
    </div>
  );
}
