import { useLayoutEffect, useState, type RefObject } from 'react';

/** How far an element is from the top of the document; what stands above grows and shrinks with what is known. */
export function useTop(target: RefObject<Element | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const element = target.current;
    if (element === null) return;
    const measure = () => setTop(Math.round(element.getBoundingClientRect().top + window.scrollY));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [target]);
  return top;
}
