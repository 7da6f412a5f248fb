//! Walking through the points of a chart with the keyboard.

/// A point: a series and a bucket, by position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// Position of the series.
    pub series: usize,
    /// Position of the bucket.
    pub bucket: usize,
}

/// The point that a key leads to in a chart of `series` × `buckets` points; None when the key means nothing here. The first
/// arrow leads to the first point, and the ends do not wrap: reaching one is something to know.
pub fn follow(key: &str, from: Option<Point>, series: usize, buckets: usize) -> Option<Point> {
    let (last_series, last_bucket) = (series.checked_sub(1)?, buckets.checked_sub(1)?);
    let is_key_of_ours = matches!(key, "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "Home" | "End");
    let Some(Point { series, bucket }) = from.filter(|_| is_key_of_ours) else {
        return match key {
            "End" => Some(Point { series: 0, bucket: last_bucket }),
            _ => is_key_of_ours.then(Point::default),
        };
    };
    let (series, bucket) = match key {
        "ArrowLeft" => (series, bucket.saturating_sub(1)),
        "ArrowRight" => (series, bucket + 1),
        "ArrowUp" => (series.saturating_sub(1), bucket),
        "ArrowDown" => (series + 1, bucket),
        "Home" => (series, 0),
        _ => (series, last_bucket),
    };
    Some(Point { series: series.min(last_series), bucket: bucket.min(last_bucket) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(series: usize, bucket: usize) -> Option<Point> {
        Some(Point { series, bucket })
    }

    #[test]
    fn arrows_walk_and_stop_at_the_ends() {
        for (key, from, to) in [
            ("ArrowRight", None, point(0, 0)),
            ("ArrowLeft", None, point(0, 0)),
            ("End", None, point(0, 9)),
            ("ArrowRight", point(1, 3), point(1, 4)),
            ("ArrowRight", point(1, 9), point(1, 9)),
            ("ArrowLeft", point(1, 0), point(1, 0)),
            ("ArrowDown", point(1, 4), point(2, 4)),
            ("ArrowDown", point(2, 4), point(2, 4)),
            ("ArrowUp", point(0, 4), point(0, 4)),
            ("Home", point(2, 4), point(2, 0)),
            ("End", point(2, 4), point(2, 9)),
            // The chart was drawn again with fewer points since.
            ("ArrowLeft", point(7, 70), point(2, 9)),
            ("a", point(1, 1), None),
            ("Tab", None, None),
        ] {
            assert_eq!(follow(key, from, 3, 10), to, "{key} from {from:?}");
        }
    }

    #[test]
    fn an_empty_chart_has_nowhere_to_go() {
        assert_eq!(follow("ArrowRight", None, 0, 10), None);
        assert_eq!(follow("ArrowRight", None, 3, 0), None);
    }
}
