//! The description of a result in sentences, for those who do not see the chart and those who want its gist.

use crate::text;
use vigie_domain::catalogue::{Kind, RatioUnit};
use vigie_domain::format::{self, NO_BREAK_SPACE};
use vigie_domain::period::Step;
use vigie_domain::result::{Extreme, Figures, Fraction, PeriodCount, SearchResult, Series};

/// How many series have their extremes told one by one.
const MAX_TOLD: usize = 4;

/// What a result is about, as a title: its indicators and how they are divided.
pub fn title(result: &SearchResult) -> String {
    let labels: Vec<&str> = result.search.indicators.iter().map(|id| id.get().label).collect();
    let subject = match labels.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [firsts @ .., last] if labels.len() <= 3 => format!("{} et {last}", firsts.join(", ")),
        _ => format!("{}{NO_BREAK_SPACE}: {} indicateurs", result.search.service.get().label, labels.len()),
    };
    match result.search.split {
        Some(split) if !already_says(&subject, split.by.label()) => {
            format!("{subject}, par {}", split.by.label().to_ascii_lowercase())
        }
        _ => subject,
    }
}

fn already_says(subject: &str, dimension: &str) -> bool {
    subject.to_ascii_lowercase().contains(&format!("par {}", dimension.to_ascii_lowercase()))
}

/// Two to five sentences: what is shown, the highest and the lowest, how it ends compared with how it begins, and the figure of
/// the whole period where there is one: a total of events, an exact distinct count, a ratio of totals. Never a sum of distinct
/// counts.
pub fn describe(result: &SearchResult) -> Vec<String> {
    let mut sentences = vec![format!(
        "{}, {}, {}{}.",
        title(result),
        result.per(),
        format::interval(result.period),
        if result.ends_in_the_future() {
            format!(", chiffres arrêtés au {}", format::date(result.computed_on))
        } else {
            String::new()
        }
    )];
    if result.buckets.is_empty() {
        sentences.push("La période est à venir\u{a0}: il n’y a pas encore de chiffres.".to_owned());
        return sentences;
    }
    if result.is_empty() {
        if !result.series.is_empty() {
            sentences.push("Aucune donnée sur cette période.".into());
        }
        sentences.extend(unavailable(result));
        return sentences;
    }
    match (&result.whole, result.series.as_slice()) {
        (Some(whole), parts) if parts.len() > 1 => {
            sentences.extend(extremes(whole, result, None));
            sentences.extend(largest(parts, whole));
            sentences.extend(over_period(whole, result, None));
        }
        (_, [one]) => {
            sentences.extend(extremes(one, result, None));
            sentences.extend(trend(one, result));
            // The last level is in the trend.
            if one.figures.kind() != Kind::Stock {
                sentences.extend(over_period(one, result, None));
            }
        }
        (_, several) => {
            let told = several.iter().take(MAX_TOLD - 1);
            sentences.extend(told.filter_map(|series| {
                let extremes = extremes(series, result, Some(series.label()))?;
                let over = over_period(series, result, Some(series.label())).map(|text| format!(" {text}"));
                Some(extremes + &over.unwrap_or_default())
            }));
            if several.len() >= MAX_TOLD {
                sentences.push("Les autres indicateurs sont dans le tableau.".into());
            }
        }
    }
    sentences.extend(partial(result));
    sentences.extend(text::erased(result));
    sentences.extend(text::falls(result));
    sentences.extend(result.regrouping().map(str::to_owned));
    sentences.extend(unavailable(result));
    sentences
}

/// Which buckets lack days, so that nobody takes the last value for a fall. Levels lack nothing.
fn partial(result: &SearchResult) -> Option<String> {
    if result.has_only_levels() {
        return None;
    }
    let said: Vec<String> = result
        .buckets
        .iter()
        .filter_map(|bucket| {
            let note = format::coverage(bucket, result.step)?;
            Some(format!("{} est {note}", format::bucket_as_subject(bucket, result.step)))
        })
        .collect();
    (!said.is_empty()).then(|| super::meta::capitalised(&said.join(", ")) + ".")
}

/// « Au plus haut : 1 234, la semaine du… ; au plus bas : 3, la semaine du… »
fn extremes(series: &Series, result: &SearchResult, name: Option<&str>) -> Option<String> {
    let (min, max) = (series.figures.min()?, series.figures.max()?);
    let unit = series.figures.unit();
    let place = |extreme: Extreme| place(series, result, extreme.bucket as usize);
    let text = |extreme: Extreme| format::value(Some(extreme.value), unit);
    let prefix = name.map_or_else(String::new, |name| format!("{name}{NO_BREAK_SPACE}: "));
    if min.value == max.value {
        return Some(match result.buckets.len() {
            1 => format!("{prefix}{} {}.", text(max), place(max)?),
            _ if counts(series) && max.value > 0.0 => format!("{prefix}{} {}.", text(max), result.per()),
            _ => format!("{prefix}{} sur toute la période.", text(max)),
        });
    }
    let (highest, lowest) =
        if name.is_some() { ("au plus haut", "au plus bas") } else { ("Au plus haut", "au plus bas") };
    Some(format!(
        "{prefix}{highest} {}, {}{}; {lowest} {}, {}{}.",
        text(max),
        place(max)?,
        format::THIN_SPACE,
        text(min),
        place(min)?,
        several(series, min.value),
    ))
}

/// Where a figure is: the day of a level, the bucket of another figure.
fn place(series: &Series, result: &SearchResult, bucket: usize) -> Option<String> {
    let bucket = result.buckets.get(bucket)?;
    if series.figures.kind() == Kind::Stock {
        return Some(format!("le {}", format::date(bucket.days.last)));
    }
    let note = format::coverage(bucket, result.step).map_or_else(String::new, |note| format!(" ({note})"));
    Some(format!("{}{note}", format::bucket_in_sentence(bucket, result.step)))
}

/// What a thumbnail shows at a glance, for those who do not see it: the last figure, of all the parts or of the first series, and how it
/// ends compared with how it begins.
pub fn gist(result: &SearchResult) -> String {
    let shown = result.whole.as_ref().or_else(|| result.series.first());
    let last = shown.filter(|_| !result.is_empty()).and_then(|series| {
        let (bucket, value) = (0..series.figures.len()).rev().find_map(|at| Some((at, series.figures.value(at)?)))?;
        let name = (result.whole.is_none() && result.series.len() > 1).then(|| format!(" ({})", series.label()));
        let value = format::value(Some(value), series.figures.unit());
        let last = format!("Dernier chiffre{}{NO_BREAK_SPACE}: {value}", name.unwrap_or_default());
        let trend = trend(series, result).map(|trend| format!(" {trend}"));
        Some(format!("{last}, {}.{}", place(series, result, bucket)?, trend.unwrap_or_default()))
    });
    last.or_else(|| text::notices(result).into_iter().next())
        .unwrap_or_else(|| "Aucune donnée sur cette période.".to_owned())
}

/// Whether the figures count something within each bucket.
fn counts(series: &Series) -> bool {
    matches!(series.figures.kind(), Kind::Additive | Kind::Distinct)
}

/// Says when the lowest value is met more than once: nought usually is, every holiday. A level that stays is not met again.
fn several(series: &Series, value: f64) -> String {
    if series.figures.kind() == Kind::Stock {
        return String::new();
    }
    let times = (0..series.figures.len()).filter(|at| series.figures.value(*at) == Some(value)).count();
    match times {
        ..=1 => String::new(),
        2 => " et une autre fois".into(),
        _ => format!(" et {} autres fois", format::integer(times as u64 - 1)),
    }
}

/// How the last whole bucket compares with the first one. Days are left out, but for levels: a Monday and a Sunday say nothing
/// of a trend.
fn trend(series: &Series, result: &SearchResult) -> Option<String> {
    let is_stock = series.figures.kind() == Kind::Stock;
    // What never changes has been said by its extremes.
    let never_changes = series.figures.min()?.value == series.figures.max()?.value;
    if never_changes || result.step == Step::Day && !is_stock {
        return None;
    }
    // A level is whole on any day.
    let mut whole = (0..result.buckets.len())
        .filter(|at| (is_stock || !result.buckets[*at].is_partial()) && series.figures.value(*at).is_some());
    let first = whole.next()?;
    let last = whole.next_back()?;
    let unit = series.figures.unit();
    let (from, to) = (series.figures.value(first)?, series.figures.value(last)?);
    let at = |bucket: usize| match &result.buckets[bucket] {
        bucket if is_stock => format!("le {}", format::date(bucket.days.last)),
        bucket => format::bucket_in_sentence(bucket, result.step),
    };
    let text = |value| format::value(Some(value), unit);
    if text(from) == text(to) {
        return Some(format!(
            "Même valeur au début et à la fin{NO_BREAK_SPACE}: {}, {} comme {}.",
            text(from),
            at(first),
            at(last)
        ));
    }
    let way = if to > from { "En hausse du début à la fin" } else { "En baisse du début à la fin" };
    Some(format!("{way}{NO_BREAK_SPACE}: de {}, {}, à {}, {}.", text(from), at(first), text(to), at(last)))
}

/// The largest part, with its share where parts add up.
fn largest(parts: &[Series], whole: &Series) -> Option<String> {
    let (part, size) = parts
        .iter()
        .filter(|series| series.part.as_ref().is_some_and(|part| part.code.is_some()))
        .filter_map(|series| Some((series, size(&series.figures)?)))
        .reduce(|best, other| if other.1 > best.1 { other } else { best })?;
    let name = part.label();
    Some(match (&part.figures, &whole.figures) {
        (Figures::Additive { .. }, Figures::Additive { summary, .. }) if summary.total > 0 => {
            let share = size as f64 * 100.0 / summary.total as f64;
            format!(
                "En tête{NO_BREAK_SPACE}: {name}, {} sur {}, soit {}.",
                format::integer(size),
                format::integer(summary.total),
                format::ratio(share, RatioUnit::Percent),
            )
        }
        (Figures::Stock { .. }, Figures::Stock { summary, .. })
            if summary.last.is_some_and(|last| last.value > 0.0) =>
        {
            let all = summary.last.map_or(0.0, |last| last.value);
            format!(
                "En tête à la fin{NO_BREAK_SPACE}: {name}, {} sur {}, soit {}.",
                format::integer(size),
                format::decimal(all, 0),
                format::ratio(size as f64 * 100.0 / all, RatioUnit::Percent),
            )
        }
        _ => format!("En tête{NO_BREAK_SPACE}: {name}, {}.", format::integer(size)),
    })
}

/// What ranks a part: its total, or its exact count over the period. Ratios are not ranked.
fn size(figures: &Figures) -> Option<u64> {
    match figures {
        Figures::Additive { summary, .. } => Some(summary.total),
        Figures::Distinct { summary, .. } => match summary.over_period {
            PeriodCount::Exact(count) => Some(count),
            PeriodCount::BySchoolYear(_) | PeriodCount::Unknown => None,
        },
        Figures::Ratio { .. } => None,
        Figures::Stock { summary, .. } => summary.last.map(|last| last.value as u64),
    }
}

/// The figure of the whole period, or the last level.
fn over_period(series: &Series, result: &SearchResult, name: Option<&str>) -> Option<String> {
    // That there is nothing has been said by the extremes.
    if counts(series) && series.figures.max().is_some_and(|max| max.value == 0.0) {
        return None;
    }
    let whole = if name.is_some() { "sur la période" } else { "Sur toute la période" };
    let sentence = match &series.figures {
        Figures::Additive { summary, .. } => format!("{whole}, {} au total.", format::integer(summary.total)),
        Figures::Distinct { summary, .. } => match &summary.over_period {
            PeriodCount::Exact(count) => {
                format!("{whole}, {} en ne comptant chacun qu’une fois.", format::integer(*count))
            }
            PeriodCount::Unknown => return None,
            PeriodCount::BySchoolYear(years) => {
                let counts: Vec<_> =
                    years.iter().map(|(year, n)| format!("{} en {}", format::integer(*n), year.label())).collect();
                format!("En ne comptant chacun qu’une fois par année scolaire{NO_BREAK_SPACE}: {}.", counts.join(", "))
            }
        },
        Figures::Ratio { summary, unit, .. } => {
            let Fraction { numerator, denominator } = summary.over_period?;
            let value = summary.over_period?.value(*unit)?;
            format!(
                "{whole}, {} ({} sur {}).",
                format::ratio(value, *unit),
                format::integer(numerator),
                format::integer(denominator)
            )
        }
        Figures::Stock { summary, .. } => {
            let last = summary.last?;
            let day = result.buckets.get(last.bucket as usize)?.days.last;
            let on = if name.is_some() { "au" } else { "Au" };
            format!("{on} {}{NO_BREAK_SPACE}: {}.", format::date(day), format::value(Some(last.value), None))
        }
    };
    Some(if name.is_some() { super::meta::capitalised(&sentence) } else { sentence })
}

/// What no source feeds.
fn unavailable(result: &SearchResult) -> Option<String> {
    let labels: Vec<_> = result.unavailable.iter().map(|id| id.get().label).collect();
    match labels.as_slice() {
        [] => None,
        [one] => Some(format!("Non disponible, faute de source{NO_BREAK_SPACE}: {one}.")),
        several => Some(format!("Non disponibles, faute de source{NO_BREAK_SPACE}: {}.", several.join(", "))),
    }
}

#[cfg(test)]
mod tests;
