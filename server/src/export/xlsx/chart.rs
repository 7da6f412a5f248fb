//! The chart of the page, as Excel draws it.

use crate::export::workbook::ChartPlan;
use rust_xlsxwriter::{Chart, ChartEmptyCells, ChartLegendPosition, ChartType};
use vigie_domain::form::ChartForm;

/// The chart, which reads its figures from the page that the plan names.
pub(super) fn chart(plan: &ChartPlan) -> Chart {
    let mut chart = Chart::new(match plan.form {
        ChartForm::Line => ChartType::Line,
        ChartForm::Area if plan.stacked => ChartType::AreaStacked,
        ChartForm::Area => ChartType::Area,
        // Excel has no chart of days and weeks.
        ChartForm::Bars | ChartForm::HeatMap => ChartType::Column,
        ChartForm::StackedBars => ChartType::ColumnStacked,
        ChartForm::Shares => ChartType::ColumnPercentStacked,
    });
    let (first, last) = (plan.head + 1, plan.head + plan.buckets);
    for column in &plan.series {
        chart
            .add_series()
            .set_name((plan.page, plan.head, *column))
            .set_categories((plan.page, first, 0, last, 0))
            .set_values((plan.page, first, *column, last, *column));
    }
    chart.title().set_name(&plan.title);
    chart.x_axis().set_name(plan.categories);
    chart.y_axis().set_name(&plan.values);
    // What is not known is a gap, not nought.
    chart.show_empty_cells_as(ChartEmptyCells::Gaps);
    chart.set_width(960).set_height(540);
    if plan.series.len() > 1 {
        chart.legend().set_position(ChartLegendPosition::Bottom);
    } else {
        chart.legend().set_hidden();
    }
    chart.set_alt_text(&plan.title);
    chart
}
