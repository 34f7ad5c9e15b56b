import { asApiError } from '../api/error';
import styles from './FormError.module.css';

/** What a form was refused for, where it concerns no single field. */
export function FormError({ error, fields }: { error: unknown; fields?: readonly string[] }) {
  if (error === null || error === undefined) return null;
  const it = asApiError(error);
  const shown = it.fields.filter(field => fields?.includes(field.pointer) === true);
  // Faults that stand beside their fields are not said twice.
  if (it.fields.length > 0 && shown.length === it.fields.length) return null;
  const others = it.fields.filter(field => !shown.includes(field));
  const sentences = others.length > 0 ? others.map(field => field.detail).join(' ') : it.message;
  return (
    <p role="alert" className={styles['error']}>
      {sentences} {it.remedy}
    </p>
  );
}
