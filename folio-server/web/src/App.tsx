import { Suspense, useEffect, useState } from 'react';
import { matchRoute, Route, Switch, useLocation, useRouter } from 'wouter';
import { useSession } from './api/session';
import { ErrorState } from './design/ErrorState';
import { LiveProvider } from './live/LiveProvider';
import { usePreference } from './preferences/preference';
import { applyTheme, theme as themePreference } from './preferences/theme';
import { SCREENS } from './screens';
import { ErrorBoundary } from './shell/ErrorBoundary';
import { LogIn } from './shell/LogIn';
import { NotFound } from './shell/NotFound';
import { PageLoading } from './shell/PageLoading';
import { Shell } from './shell/Shell';
import { text } from './text';

export function App() {
  const session = useSession();
  const [theme] = usePreference(themePreference);
  useEffect(applyTheme, [theme]);
  usePreload();
  // A session that was there stays on the screen while the server is away.
  if (session.data === undefined) {
    if (session.isPending) return <PageLoading />;
    return (
      <main className="column">
        <ErrorState title={text.offline.title} error={session.error} onRetry={() => void session.refetch()} />
      </main>
    );
  }
  if (session.data === null) return <LogIn />;
  return (
    <LiveProvider>
      <Shell>
        <Screens />
      </Shell>
    </LiveProvider>
  );
}

/** The code of the screen is on its way while the server is asked who is there. */
function usePreload(): void {
  const { parser } = useRouter();
  const [location] = useLocation();
  const [first] = useState(location);
  useEffect(() => {
    // What fails here fails again where it is shown, and is told there.
    SCREENS.find(screen => matchRoute(parser, screen.path, first)[0])
      ?.load()
      .catch(() => undefined);
  }, [parser, first]);
}

function Screens() {
  const [location] = useLocation();
  return (
    <ErrorBoundary place={location}>
      <Suspense fallback={<PageLoading />}>
        <Switch>
          {SCREENS.map(screen => (
            <Route key={screen.path} path={screen.path} component={screen.component} />
          ))}
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </ErrorBoundary>
  );
}
