use super::*;
use crate::figure::{Axis, Figure, Layer, Panel, Tone};
use crate::report::book::{self, Cell, Head, Part, Section, Table};
use sha2::{Digest, Sha256};

const NASTY: &str = "</script><script>alert('\"&')</script>{{7*7}}";

fn book() -> Book {
    let layer = Layer::line(NASTY, Tone::STATIC, [[0.0, 1.0], [1.0, 2.0]]);
    let figure = Figure {
        id: "cost".to_owned(),
        title: NASTY.to_owned(),
        summary: format!("summary {NASTY}"),
        basis: "n = 2".to_owned(),
        x: Axis::linear(NASTY),
        panels: vec![Panel::new(Axis::linear("bp"), vec![layer])],
        shades: Vec::new(),
    };
    let number =
        Cell { text: "0.33".to_owned(), value: Some(1.0 / 3.0), strong: true, more: "\"0.1\" to 0.6".to_owned() };
    let odd = Cell { text: "-".to_owned(), value: Some(f64::NAN), ..Cell::default() };
    let table = Table {
        id: "rules".to_owned(),
        title: "Rules".to_owned(),
        head: vec![Head::new("rule", ""), Head::new("cost", "bp/year")],
        rows: vec![vec![Cell::words(NASTY), number], vec![Cell::words("b"), odd]],
        note: String::new(),
    };
    let code = Part::Code { title: "YAML".to_owned(), text: format!("a: {NASTY}\n"), folded: true };
    let parts = vec![Part::Text(NASTY.to_owned()), Part::Figure(figure), Part::Table(table), code];
    Book {
        schema: book::SCHEMA.to_owned(),
        title: NASTY.to_owned(),
        question: None,
        facts: vec![("seed".to_owned(), "1".to_owned())],
        banners: vec![NASTY.to_owned()],
        verdict: vec![NASTY.to_owned()],
        sections: vec![Section { id: "all".to_owned(), title: NASTY.to_owned(), parts }],
    }
}

/// The page without what it carries unchanged.
fn own(page: &str) -> String {
    page.replace(ECHARTS, "").replace(SCRIPT, "")
}

#[test]
fn the_library_is_the_one_that_was_read() {
    let sum: String = Sha256::digest(ECHARTS.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        sum, "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0",
        "echarts 6.1.0, dist/echarts.min.js"
    );
    // Nothing that is carried may end the element that carries it.
    assert!(![ECHARTS, SCRIPT, STYLE].iter().any(|text| text.contains("</script") || text.contains("</style")));
}

#[test]
fn names_are_text_everywhere() {
    let page = html(&book(), NASTY).unwrap();
    let own = own(&page);
    assert!(!own.contains("<script>alert") && own.contains("{{7*7}}"), "neither markup nor a template");
    assert_eq!(own.matches("</script>").count(), 4, "the page's own: head, data, library, script");
    let data = own.split("id=\"page-data\">").nth(1).unwrap().split("</script>").next().unwrap();
    assert!(!data.contains('<'));
    let read: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(read["charts"]["cost"]["legend"][0]["name"], NASTY);
}

#[test]
fn the_page_asks_for_nothing_and_says_so() {
    let page = html(&book(), "").unwrap();
    assert!(page.contains(
        "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    ));
    let own = own(&page);
    let head = own.split("Licences of").next().unwrap();
    assert!(!head.contains("src=") && !head.contains("url(") && !head.contains("@import"));
    // The only addresses are those of the XML name space and in the licences, which nothing fetches.
    assert!(!["http:", "https:", "//www"].iter().any(|way| head.replace("http://www.w3.org", "").contains(way)));
    assert!(page.contains("Apache License") && page.contains("Baidu Inc.") && page.contains("Mike Bostock"));
}

#[test]
fn cells_keep_all_digits_and_say_what_stands_out() {
    let page = html(&book(), "made today").unwrap();
    let cell = "<td class=number data-value=\"0.3333333333333333\" title=\"&quot;0.1&quot; to 0.6\"><strong>0.33</strong></td>";
    assert!(page.contains(cell));
    assert!(page.contains("<td class=number>-</td>"), "what is no number has no value");
    assert!(page.contains("<p id=\"imprint\">made today</p>"));
}

#[test]
fn the_same_book_gives_the_same_bytes_and_only_the_imprint_differs() {
    let [one, two] = ["early", "late"].map(|imprint| html(&book(), imprint).unwrap());
    assert_eq!(html(&book(), "early").unwrap(), one);
    assert_eq!(one.replace("early", "late"), two);
}

#[test]
fn a_book_of_another_time_or_with_a_name_twice_is_refused() {
    let mut old = book();
    old.schema = "hedgelab.report/0".to_owned();
    let words = html(&old, "").unwrap_err().to_string();
    assert!(words.contains("`hedgelab.report/0`") && words.contains("`hedgelab.report/1`"), "{words}");
    let mut double = book();
    double.sections.push(double.sections[0].clone());
    assert_eq!(html(&double, ""), Err(PageError::Twice { id: "section all".to_owned() }));
}

#[test]
fn a_template_of_ones_own_is_filled_or_its_line_is_named() {
    let short = "{% for section in book.sections %}\n<h2>{{ section.title }}</h2>\n{% endfor %}\n{{ imprint }}\n";
    let page = html_from(short, &book(), "now").unwrap();
    assert!(page.starts_with("<h2>&lt;&#x2f;script&gt;") && page.ends_with("now\n"), "{page}");
    let wrong = |template: &str| html_from(template, &book(), "").unwrap_err().to_string();
    assert!(
        wrong("a\n{{ book.titel }}").starts_with("template, line 2: undefined value"),
        "{}",
        wrong("a\n{{ book.titel }}")
    );
    assert!(wrong("a\nb\n{% for %}").starts_with("template, line 3: syntax error"), "{}", wrong("a\nb\n{% for %}"));
}

#[test]
fn a_book_of_nothing_is_a_page() {
    let mut empty = book();
    (empty.sections, empty.verdict, empty.banners, empty.facts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    assert!(html(&empty, "").is_ok());
}
