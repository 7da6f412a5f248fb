//! The table of an answer as CSV, for a French spreadsheet: UTF-8 with BOM, `;`, decimal comma, CRLF, ISO dates.

use crate::export::defuse::defuse;
use csv::{QuoteStyle, Terminator, WriterBuilder};
use vigie_domain::format;
use vigie_domain::period::Coverage;
use vigie_domain::result::{Figures, SearchResult, Series};

/// Writes the table: one line a bucket, one column a series (« Ensemble » last).
///
/// Numbers are bare (no thousands separator). A figure that cannot be known is an empty cell.
pub fn table(result: &SearchResult) -> Vec<u8> {
    let columns: Vec<&Series> = result.series.iter().chain(&result.whole).collect();
    let mut writer = WriterBuilder::new()
        .delimiter(b';')
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(vec![0xef, 0xbb, 0xbf]);
    let titles = columns.iter().map(|series| defuse(&title(series)).into_owned());
    let head = ["Du", "Au", "Intervalle", "Incomplet"].map(str::to_owned).into_iter().chain(titles);
    let mut records: Vec<Vec<String>> = vec![head.collect()];
    for (position, bucket) in result.buckets.iter().enumerate() {
        let mut record = vec![
            bucket.days.first.to_string(),
            bucket.days.last.to_string(),
            format::bucket(bucket, result.step),
            match bucket.coverage {
                Coverage::Whole => String::new(),
                Coverage::Cut => "oui".into(),
                Coverage::Ongoing => "en cours".into(),
            },
        ];
        record.extend(columns.iter().map(|series| cell(&series.figures, position)));
        records.push(record);
    }
    for record in records {
        writer.write_record(record).expect("writing to memory cannot fail, and records have one length");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

fn title(series: &Series) -> String {
    match (&series.part, series.figures.unit()) {
        (Some(part), _) => part.label.clone(),
        (None, Some(vigie_domain::catalogue::RatioUnit::Percent)) => format!("{} (%)", series.label()),
        (None, _) => series.label().to_owned(),
    }
}

/// A figure of a bucket; nothing when it cannot be known.
pub(super) fn cell(figures: &Figures, bucket: usize) -> String {
    match figures {
        Figures::Ratio { .. } => {
            figures.value(bucket).map(|value| value.to_string().replace('.', ",")).unwrap_or_default()
        }
        _ => figures.value(bucket).map(|value| format!("{value:.0}")).unwrap_or_default(),
    }
}
