import { Component, type ReactNode } from 'react';
import { Button } from '../design/Button';
import styles from '../design/State.module.css';
import { text } from '../text';

interface Props {
  children: ReactNode;
  /** A new one clears the fault: another page may well work. */
  place: string;
}

interface State {
  error: Error | null;
  place: string;
}

/** Keeps a fault of one page from taking the whole down. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, place: this.props.place };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.place === state.place ? null : { error: null, place: props.place };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="column">
        <div className={styles['state']} role="alert">
          <h1 className={styles['title']}>{text.crash.title}</h1>
          <p className="quiet">{text.crash.body}</p>
          <Button look="primary" onClick={() => location.reload()}>
            {text.crash.reload}
          </Button>
          <details>
            <summary>{text.crash.details}</summary>
            <p>{this.state.error.message}</p>
          </details>
        </div>
      </div>
    );
  }
}
