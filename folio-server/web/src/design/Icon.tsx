const PATHS = {
  add: 'M10 4v12M4 10h12',
  bell: 'M5 13.500c1-1.200 1.200-2.300 1.200-4.500a3.800 3.800 0 0 1 7.600 0c0 2.200.2 3.300 1.200 4.500zM8.300 16h3.400',
  back: 'M12.5 4.5L7 10l5.5 5.5',
  close: 'M5 5l10 10M15 5L5 15',
  down: 'M5 8l5 5 5-5',
  list: 'M3.5 15.5V9m4.3 6.5V4.5m4.4 11V7.5m4.3 8V11',
  gear: 'M4 6h6.500m5.500 0h-1.500M4 14h1.500m4 0H16M12.500 4v4M7.500 12v4',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  person: 'M10 10.2a3.1 3.1 0 1 0 0-6.2 3.1 3.1 0 0 0 0 6.2zM4 16.5c.8-2.6 3.2-3.9 6-3.9s5.200 1.300 6 3.900',
};

export type IconName = keyof typeof PATHS;

/** A drawing beside or instead of a word; the word is always there for those who listen. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={name === 'more' ? 2.4 : 1.6}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
