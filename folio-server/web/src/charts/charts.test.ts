import { describe, expect, it } from 'vitest';
import { isAlone, withGaps } from './gaps';
import { treemap } from './treemap';

const HOUR = 3_600_000;
const series = (...hours: number[]) => hours.map(hour => ({ x: hour * HOUR, y: 1 }));
const holes = (hours: number[], asked = 10_000) =>
  withGaps(series(...hours), asked)
    .filter(point => point.y === null)
    .map(point => point.x / HOUR);

describe('gaps', () => {
  it('are where instants are missing', () => {
    expect(holes([0, 1, 2, 3, 9, 10, 11])).toEqual([6]);
    expect(holes([0, 24, 48, 72, 168, 192])).toEqual([120]);
  });

  it('are not where days turn into hours, or somebody valued by hand', () => {
    expect(holes([0, 24, 48, 72, 73, 74, 75])).toEqual([]);
    expect(holes([0, 24, 48, 48.5, 72, 96])).toEqual([]);
  });

  it('are not what the server left out', () => {
    expect(holes([0, 1, 2, 3, 9, 10, 11], 7)).toEqual([]);
  });

  it('need more than two instants', () => {
    expect(holes([])).toEqual([]);
    expect(holes([0, 1000])).toEqual([]);
  });

  it('leave a point alone between two of them', () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: null },
      { x: 2, y: 1 },
      { x: 3, y: null },
      { x: 4, y: 1 },
      { x: 5, y: 1 },
    ];
    expect(points.map((_, index) => isAlone(points, index))).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the map', () => {
  it('gives each item its share of the area, without overlap, inside', () => {
    const sizes = [40, 25, 20, 10, 4, 1];
    const tiles = treemap(sizes, size => size, 1.6);
    for (const tile of tiles) {
      expect((tile.width * tile.height) / 100).toBeCloseTo(tile.item, 6);
      expect(tile.left + tile.width).toBeLessThan(100.0001);
      expect(tile.top + tile.height).toBeLessThan(100.0001);
    }
    for (const a of tiles) {
      for (const b of tiles) {
        if (a === b) continue;
        const wide = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
        const high = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
        expect(Math.min(wide, high)).toBeLessThan(0.0001);
      }
    }
  });

  it('has no tile for a debt or for nothing', () => {
    expect(treemap([5, -3, 0], size => size, 1).map(tile => tile.item)).toEqual([5]);
    expect(treemap([], () => 1, 1)).toEqual([]);
  });
});
