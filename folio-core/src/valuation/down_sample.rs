//! Fewer points that look the same: existing ones only, never an average.

use jiff::Timestamp;

use super::HistoryPoint;
use crate::money::Money;

/// At most `most` (at least two) of these points, which are in ascending order.
///
/// The span is divided into equal parts of time. Of each the lowest and the highest point stay, and one
/// without a value if there is any, so that a gap stays a gap. The first and the last point stay, and, where
/// `most` has room, both sides of each place where reconstruction ends and snapshots begin.
#[must_use]
pub fn down_sample(points: Vec<HistoryPoint>, most: usize) -> Vec<HistoryPoint> {
    let most = most.max(2);
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return points;
    };
    if points.len() <= most {
        return points;
    }
    let (start, end) = (first.as_of.as_millisecond(), last.as_of.as_millisecond());
    let mut keep = vec![false; points.len()];
    let mut left = most - 2;
    if let [first, .., last] = keep.as_mut_slice() {
        (*first, *last) = (true, true);
    }
    for border in 1..points.len() {
        if left >= 2 && points[border - 1].origin != points[border].origin {
            for index in [border - 1, border] {
                left -= usize::from(!keep[index]);
                keep[index] = true;
            }
        }
    }
    let gaps = points.iter().any(|point| point.value.is_none());
    let parts = left / if gaps { 3 } else { 2 };
    let part_of = |as_of: Timestamp| {
        let (passed, whole) = (as_of.as_millisecond().abs_diff(start), end.abs_diff(start).max(1));
        (u128::from(passed) * parts as u128 / u128::from(whole)).min(parts.saturating_sub(1) as u128)
    };
    let mut index = 0;
    while parts > 0 && index < points.len() {
        let part = part_of(points[index].as_of);
        let mut of_part = Part::default();
        while let Some(point) = points.get(index).filter(|point| part_of(point.as_of) == part) {
            of_part.see(index, point);
            index += 1;
        }
        for chosen in of_part.chosen() {
            keep[chosen] = true;
        }
    }
    let mut kept = keep.into_iter();
    points.into_iter().filter(|_| kept.next() == Some(true)).collect()
}

/// The points of one part that stay.
#[derive(Default)]
struct Part {
    lowest: Option<(Money, usize)>,
    highest: Option<(Money, usize)>,
    gap: Option<usize>,
}

impl Part {
    fn see(&mut self, index: usize, point: &HistoryPoint) {
        let Some(value) = point.value else {
            self.gap.get_or_insert(index);
            return;
        };
        let amount = value.amount();
        if self.lowest.is_none_or(|(lowest, _)| amount < lowest.amount()) {
            self.lowest = Some((value, index));
        }
        if self.highest.is_none_or(|(highest, _)| amount > highest.amount()) {
            self.highest = Some((value, index));
        }
    }

    fn chosen(&self) -> impl Iterator<Item = usize> {
        let place = |of: Option<(Money, usize)>| of.map(|(_, index)| index);
        [place(self.lowest), place(self.highest), self.gap]
            .into_iter()
            .flatten()
    }
}
