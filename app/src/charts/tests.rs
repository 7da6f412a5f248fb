use super::*;

pub(super) mod samples;

/// The option as JSON, without the figures, which the domain tests; names of functions and what the bundle reads stay.
fn outline(result: &SearchResult) -> Value {
    let mut option: Value = serde_json::from_str(option(result).json()).expect("JSON");
    fn shorten(value: &mut Value) {
        match value {
            Value::Array(items) => {
                items.iter_mut().for_each(shorten);
                if items.len() > 8 {
                    let left = items.len() - 5;
                    items.truncate(3);
                    items.push(json!(format!("… {left} more")));
                }
            }
            Value::Object(object) => object.values_mut().for_each(shorten),
            _ => {}
        }
    }
    shorten(&mut option);
    option
}

#[test]
fn options_of_every_form_are_known() {
    for (name, result) in samples::results() {
        insta::assert_json_snapshot!(name, outline(&result));
        let mut result = result;
        result.school.uai = vigie_domain::uai::Uai::parse("0750001A").expect("a UAI");
        if let Ok(folder) = std::env::var("VIGIE_DUMP") {
            std::fs::write(format!("{folder}/{name}.json"), option(&result).json()).expect("write");
            std::fs::write(format!("{folder}/{name}.picture.json"), picture(&result, Theme::Light).json())
                .expect("write");
            std::fs::write(format!("{folder}/{name}.dark.json"), picture(&result, Theme::Dark).json()).expect("write");
            std::fs::write(format!("{folder}/{name}.txt"), describe(&result).join("\n")).expect("write");
        }
    }
}

fn drawn(query: &str) -> Value {
    serde_json::from_str(option(&samples::result(query)).json()).expect("JSON")
}

#[test]
fn partial_buckets_are_drawn_apart() {
    let line = drawn("indicateur=acces-total&par=aucun&du=2025-09-03&au=2025-10-01&pas=semaine");
    let series = line["series"].as_array().expect("series");
    assert_eq!(series.len(), 2);
    assert!(series[0]["data"][0].is_null() && series[0]["data"][4].is_null());
    assert_eq!(series[1]["lineStyle"]["type"], "dotted");
    assert_eq!(line["vigie"]["note"], "Pointillés\u{a0}: semaines incomplètes.");
    let bars = drawn("indicateur=acces-total&par=aucun&du=2025-09-03&au=2025-10-01&pas=semaine&forme=barres");
    assert!(bars["series"][0]["data"][0]["itemStyle"]["opacity"].is_number());
    assert!(bars["series"][0]["data"][1].is_number());
}

#[test]
fn a_part_beyond_those_drawn_is_added_up_only_where_that_is_legal() {
    let many = drawn("indicateur=acces-par-ressource&par=ressource&premiers=14&du=2025-09-01&au=2025-12-31&pas=mois");
    let names: Vec<_> = many["vigie"]["series"].as_array().expect("series").iter().map(|one| &one["name"]).collect();
    assert_eq!((names.len(), names[11].as_str()), (12, Some("Autres (3)")));
    let sums: f64 =
        many["vigie"]["series"].as_array().expect("series").iter().filter_map(|s| s["values"][0].as_f64()).sum();
    assert_eq!(Some(sums), many["vigie"]["whole"]["values"][0].as_f64());
}

#[test]
fn what_a_chart_gathers_says_how_many_parts_it_holds_and_where_they_are_in_the_table() {
    for (first, listed, gathered) in [(14, "Folios", 3), (12, "Autres (2)", 2)] {
        let query = format!(
            "indicateur=acces-par-ressource&par=ressource&premiers={first}&du=2025-09-01&au=2025-12-31&pas=mois"
        );
        let result = samples::result(&query);
        assert_eq!(result.series.last().map(|series| series.label()), Some(listed));
        assert_eq!(series_names(&result).last().map(String::as_str), Some("Autres (3)"));
        let note = drawn(&query)["vigie"]["note"].as_str().expect("a note").to_owned();
        let said = format!("«\u{a0}Autres (3)\u{a0}» réunit les {gathered} dernières parts du tableau.");
        assert!(note.contains(&said), "{note}");
    }
    let few = drawn("indicateur=acces-par-ressource&par=ressource&premiers=11&du=2025-09-01&au=2025-12-31&pas=mois");
    assert!(!few.to_string().contains("réunit"), "the chart gathers what the table does");
}

#[test]
fn percentages_beside_counts_have_an_axis_of_their_own() {
    let mixed = drawn("service=suggestions&indicateur=tous&du=2025-09-01&au=2026-05-31&pas=mois");
    assert_eq!(mixed["yAxis"].as_array().map(Vec::len), Some(2));
    let alone = drawn("indicateur=part-abonnements-avec-suggestion&du=2025-09-01&au=2026-05-31&pas=mois");
    assert_eq!(alone["yAxis"]["axisLabel"]["formatter"], "@pourcent");
    let counts = drawn("indicateur=acces-total&par=aucun&du=2025-09-01&au=2026-05-31&pas=mois");
    assert_eq!(counts["yAxis"]["minInterval"], 1.0);
}

#[test]
fn shares_of_a_bucket_make_a_hundred() {
    let shares = drawn("indicateur=acces-total&par=profil&du=2025-09-01&au=2026-05-31&pas=mois&forme=cent-pour-cent");
    for bucket in 0..9 {
        let sum: f64 =
            shares["series"].as_array().expect("series").iter().filter_map(|one| one["data"][bucket].as_f64()).sum();
        assert!((sum - 100.0).abs() < 0.001, "{sum}");
    }
}

#[test]
fn series_of_the_same_name_are_told_apart() {
    let mut result =
        samples::result("indicateur=acces-par-ressource&par=ressource&du=2025-09-01&au=2025-12-31&pas=mois");
    for series in &mut result.series[..3] {
        if let Some(part) = series.part.as_mut() {
            part.label = "Atlas".into();
        }
    }
    assert_eq!(series_names(&result)[..3], ["Atlas", "Atlas (2)", "Atlas (3)"]);
}

#[test]
fn an_empty_result_still_makes_an_option() {
    for form in ["courbe", "aires", "barres", "jours-semaines"] {
        let option = drawn(&format!("indicateur=acces-total&par=aucun&du=2026-09-01&au=2026-09-30&forme={form}"));
        assert!(option["vigie"].is_object(), "{form}");
    }
}
