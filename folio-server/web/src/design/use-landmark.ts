import { useCallback, useState } from 'react';

/**
 * Where what pops up beside an element belongs: its dialog, or its part of the page. At the end of the document
 * it would be outside of every landmark. Null until the element is there.
 */
export function useLandmark(): [(element: Element | null) => void, HTMLElement | null] {
  const [landmark, setLandmark] = useState<HTMLElement | null>(null);
  const ref = useCallback((element: Element | null) => {
    if (element !== null)
      setLandmark(element.closest<HTMLElement>('[role="dialog"], main, header') ?? document.body);
  }, []);
  return [ref, landmark];
}
