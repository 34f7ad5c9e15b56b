// Rectangles whose areas are shares, as square as they get (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000).

export interface Tile<T> {
  item: T;
  /** Percent of the whole's width and height. */
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Lays out items by size, largest first; sizes that are not positive have no area and are left out. */
export function treemap<T>(items: readonly T[], sizeOf: (item: T) => number, ratio: number): Tile<T>[] {
  const sized = items
    .map(item => ({ item, size: sizeOf(item) }))
    .filter(each => each.size > 0)
    .sort((a, b) => b.size - a.size);
  const total = sized.reduce((all, each) => all + each.size, 0);
  // Laid out in a box of the real shape, and scaled to percent at the end.
  const box = { left: 0, top: 0, width: ratio, height: 1 };
  const area = (size: number) => (size / total) * ratio;
  const tiles: Tile<T>[] = [];
  let rest = sized;
  while (rest.length > 0) {
    const side = Math.min(box.width, box.height);
    let count = 1;
    while (count < rest.length && worst(rest, count + 1) <= worst(rest, count)) count += 1;
    const row = rest.slice(0, count);
    const thick = row.reduce((all, each) => all + area(each.size), 0) / side;
    let along = 0;
    for (const each of row) {
      const length = area(each.size) / thick;
      tiles.push(
        box.width >= box.height
          ? { item: each.item, left: box.left, top: box.top + along, width: thick, height: length }
          : { item: each.item, left: box.left + along, top: box.top, width: length, height: thick },
      );
      along += length;
    }
    if (box.width >= box.height) {
      box.left += thick;
      box.width -= thick;
    } else {
      box.top += thick;
      box.height -= thick;
    }
    rest = rest.slice(count);

    /** How far from square the worst tile of a row of so many would be. */
    function worst(of: readonly { size: number }[], many: number): number {
      const areas = of.slice(0, many).map(each => area(each.size));
      const whole = areas.reduce((all, each) => all + each, 0);
      const largest = Math.max(...areas);
      const least = Math.min(...areas);
      return Math.max((side * side * largest) / (whole * whole), (whole * whole) / (side * side * least));
    }
  }
  return tiles.map(tile => ({
    ...tile,
    left: (tile.left / ratio) * 100,
    width: (tile.width / ratio) * 100,
    top: tile.top * 100,
    height: tile.height * 100,
  }));
}
