use super::*;

mod samples;

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
        if let Ok(folder) = std::env::var("VIGIE_DUMP") {
            std::fs::write(format!("{folder}/{name}.json"), option(&result).json()).expect("write");
            std::fs::write(format!("{folder}/{name}.picture.json"), picture(&result, Theme::Light).json())
                .expect("write");
            std::fs::write(format!("{folder}/{name}.dark.json"), picture(&result, Theme::Dark).json()).expect("write");
            std::fs::write(format!("{folder}/{name}.txt"), describe(&result).join("\n")).expect("write");
        }
    }
}
