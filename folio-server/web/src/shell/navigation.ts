import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

let navigated = false;
let isReturning = false;
if (typeof window !== 'undefined') {
  window.addEventListener('popstate', () => {
    isReturning = true;
  });
}

/** Whether the page was come to within the app, as opposed to loaded. */
export const hasNavigated = () => navigated;

/** After a link the new page is seen from its top; back and forward return to where one was. */
export function useNavigationEffects(): void {
  const [location] = useLocation();
  const last = useRef(location);
  useEffect(() => {
    if (last.current === location) return;
    last.current = location;
    navigated = true;
    if (!isReturning) window.scrollTo(0, 0);
    isReturning = false;
  }, [location]);
}
