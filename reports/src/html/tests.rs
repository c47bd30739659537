//! The page is read again with a parser that works as browsers do.

use super::render;
use super::words::anchor;
use crate::report::Report;
use crate::samples::{self, Builder};
use crate::text::visible;
use base64::Engine;
use rstest::rstest;
use scraper::{ElementRef, Html, Selector};
use scs_checks::verdict::{Finding, ResourceKind, Verdict};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

fn rendered(report: &Report) -> String {
    render(report).unwrap()
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns every element with the names of its attributes, in the order of the page.
fn skeleton(page: &Html) -> Vec<String> {
    let elements = page.tree.nodes().filter_map(|node| node.value().as_element());
    elements
        .map(|element| format!("{} {:?}", element.name(), element.attrs().map(|(name, _)| name).collect::<Vec<_>>()))
        .collect()
}

fn many(number: usize) -> Report {
    let found = (0..number).map(|index| {
        Finding::violation("The property is missing.")
            .on(samples::resource(ResourceKind::Image, &format!("id-{index:08}"), "Ubuntu 24.04"))
            .property("os_distro")
            .expected("a word of the list")
            .observed("Ubuntu")
    });
    Builder::conformant().found("scs-0102-prop-os_distro", found).build()
}

#[rstest]
#[case::all_pass(Builder::conformant())]
#[case::violations(samples::violations())]
#[case::interrupted(samples::interrupted())]
#[case::partial(samples::partial())]
#[case::refused(samples::refused())]
#[case::hostile(samples::hostile())]
#[case::changed(samples::changed())]
#[case::residue(samples::residue())]
#[case::undecided(samples::violations().deciding(&[]))]
#[case::empty(Builder::empty())]
fn the_page_is_whole(#[case] sample: Builder) {
    let report = sample.build();
    let html = rendered(&report);
    let page = Html::parse_document(&html);
    each_testcase_has_its_place(&report, &page);
    nothing_is_loaded(&page);
    links_lead_somewhere(&page);
    headings_are_in_order(&page);
    tables_have_headers(&page);
    assert!(!html.contains(|c: char| c.is_control() && c != '\n'), "a control character has survived");
}

fn each_testcase_has_its_place(report: &Report, page: &Html) {
    assert_eq!(all(page, ".case").len(), report.testcases.len());
    for (id, result) in &report.testcases {
        let [place] = all(page, &format!("[id='{}']", anchor(id)))[..] else { panic!("{id} has not one place") };
        let word = result.verdict.to_string();
        assert_eq!(place.attr("data-verdict"), Some(word.as_str()));
        let shown = text(place);
        assert!(shown.starts_with(&word), "{id} does not tell its verdict");
        let told = result.clauses.iter().map(|clause| &clause.text).chain([&result.description, &result.remedy]);
        for told in told.chain(result.reason.iter().map(|reason| &reason.message)) {
            let told = visible(&told.replace('`', "")).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(shown.contains(&told), "{id} lacks {told}");
        }
    }
}

fn nothing_is_loaded(page: &Html) {
    assert!(
        all(page, "link, img, iframe, object, embed, video, audio, base, [src], [srcset], [style], [action]")
            .is_empty()
    );
    for element in all(page, "[href]") {
        let href = element.attr("href").unwrap();
        let web = href.starts_with("https://") || href.starts_with("http://");
        let fits = match element.value().name() {
            "a" => href.starts_with('#') || web,
            "use" => href.starts_with('#'),
            _ => false,
        };
        assert!(fits, "{}", element.html());
    }
    let events = page.tree.nodes().filter_map(|node| node.value().as_element());
    assert!(events.flat_map(|element| element.attrs()).all(|(name, _)| !name.starts_with("on")));
}

fn links_lead_somewhere(page: &Html) {
    let ids: Vec<&str> = all(page, "[id]").into_iter().filter_map(|element| element.attr("id")).collect();
    let places: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), places.len(), "two places have the same name");
    for element in all(page, "[href^='#']") {
        let href = element.attr("href").unwrap();
        assert!(places.contains(&href[1..]), "{href} leads nowhere");
    }
}

fn headings_are_in_order(page: &Html) {
    assert_eq!((all(page, "h1").len(), all(page, "main").len(), all(page, "html[lang=en]").len()), (1, 1, 1));
    let mut last = 0;
    for heading in all(page, "h1, h2, h3, h4, h5, h6") {
        let level: usize = heading.value().name()[1..].parse().unwrap();
        assert!(level <= last + 1, "{} comes after h{last}", heading.html());
        last = level;
    }
}

fn tables_have_headers(page: &Html) {
    assert!(all(page, "th:not([scope])").is_empty());
    let [caption, head, rows] = ["caption", "thead th", "tbody tr"].map(|selector| Selector::parse(selector).unwrap());
    for table in all(page, "table") {
        assert_eq!(table.select(&caption).count(), 1);
        let columns = table.select(&head).count();
        for row in table.select(&rows) {
            assert_eq!(row.children().filter(|node| node.value().is_element()).count(), columns, "{}", row.html());
        }
    }
}

#[test]
fn the_policy_knows_style_and_script() {
    let page = Html::parse_document(&rendered(&samples::small().build()));
    let policy = all(&page, "meta[http-equiv=Content-Security-Policy]")[0].attr("content").unwrap();
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"));
    for (name, directive) in [("style", "style-src"), ("script", "script-src")] {
        let [element] = all(&page, name)[..] else { panic!("more than one {name}") };
        let content: String = element.text().collect();
        let hash = base64::prelude::BASE64_STANDARD.encode(Sha256::digest(content.as_bytes()));
        assert!(policy.contains(&format!("{directive} 'sha256-{hash}'")), "{policy}");
    }
}

#[test]
fn failures_stand_first() {
    let page = Html::parse_document(&rendered(&samples::interrupted().build()));
    let titles: Vec<String> = all(&page, "section.cases > h2").into_iter().map(text).collect();
    assert_eq!(
        titles,
        ["Violations 2", "Could not be decided 31", "Violations that do not decide 1", "Not run 6", "Passed 44"]
    );
    assert!(all(&page, ".case.fail:not([open])").is_empty());
    let words: Vec<String> = all(&page, "header .notice .look").into_iter().map(text).collect();
    assert_eq!(words, ["INTERRUPTED"]);
}

#[test]
fn residue_stands_at_the_head() {
    let page = Html::parse_document(&rendered(&samples::residue().build()));
    let [notice] = all(&page, "header .notice")[..] else { panic!("there is not one notice") };
    let shown = text(notice);
    assert!(
        shown.starts_with("LEFT BEHIND 2 of 5 resources that the run created may still be in the cloud."),
        "{shown}"
    );
    assert!(shown.contains("DELETE answered 409") && shown.contains("the run was killed"), "{shown}");
    assert!(shown.ends_with("scs-conformance sweep iaas --cloud lab --run 20261120t153045-k3f9"), "{shown}");
    assert_eq!(all(&page, "header .created tbody tr").len(), 2);
    assert_eq!(all(&page, "main .created tbody tr").len(), 5);
    let title = text(all(&page, "title")[0]);
    assert!(title.starts_with("CONFORMANT: "), "what is left says nothing about conformance: {title}");
}

#[test]
fn removed_resources_stand_among_the_details() {
    let page = Html::parse_document(&rendered(&samples::changed().build()));
    assert!(all(&page, "header .notice").is_empty());
    let [details] = all(&page, "details[id=':changes']")[..] else { panic!("the changes have not one place") };
    let shown = text(details);
    assert!(shown.contains("Created and removed 7 resources.") && shown.contains("20261120t153045-k3f9"), "{shown}");
    assert!(all(&Html::parse_document(&rendered(&samples::small().build())), "[id=':changes']").is_empty());
}

#[test]
fn nothing_is_green_where_nothing_was_tested() {
    let mut report = samples::refused().build();
    // Not even what a wrong report calls passed.
    report.testcases[0].verdict = Verdict::Pass;
    let page = Html::parse_document(&rendered(&report));
    assert!(all(&page, ".pass").is_empty());
    assert!(all(&page, "[href='#:pass']").is_empty());
    assert!(text(all(&page, "title")[0]).starts_with("NOT TESTED: "));
    let notice = text(all(&page, "header .notice")[0]);
    assert!(notice.starts_with("NOT TESTED") && notice.contains("role-too-high"), "{notice}");
}

#[test]
fn evidence_is_complete_and_grows_evenly() {
    let [none, few, two, four] = [0, 20, 2000, 4000].map(|number| rendered(&many(number)));
    let each = (two.len() - few.len()) / 1980;
    assert!(each < 400, "{each} bytes for a finding");
    assert!((four.len() - two.len()).abs_diff(2000 * each) < 2000 * each / 20);
    assert!(none.len() < 300_000, "{} bytes without any finding", none.len());
    let page = Html::parse_document(&two);
    let ids: Vec<String> = all(&page, ".findings tbody th code").into_iter().map(text).collect();
    assert_eq!(ids, (0..2000).map(|index| format!("id-{index:08}")).collect::<Vec<_>>());
    let folded = all(&page, ".rest tbody tr").len();
    assert_eq!(folded, 1980);
}

/// Markup in all contexts, and what cannot be seen.
const HOSTILE: &str = "</script></style></title></summary></table><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\
    <!-- --><![CDATA[ &lt;b&gt; {{ x }} {% raw %} NUL\0 \x1b[31m \u{202e}desrever\u{202c}\nnext";

/// Sets every string of a report that may be any string to the given one.
fn with_all_strings(report: &Report, text: &str) -> (Report, usize) {
    let mut value = serde_json::to_value(report).unwrap();
    let (mut pointers, mut changed) = (Vec::new(), 0);
    strings(&value, String::new(), &mut pointers);
    for pointer in pointers {
        let place = value.pointer_mut(&pointer).unwrap();
        let before = std::mem::replace(place, Value::String(text.to_owned()));
        // Words of a closed list and times do not take it, nor would any reader.
        match serde_json::from_value::<Report>(value.clone()) {
            Ok(_) => changed += 1,
            Err(_) => *value.pointer_mut(&pointer).unwrap() = before,
        }
    }
    let mut report: Report = serde_json::from_value(value).unwrap();
    report.subject.details = [(format!("{text}key"), text.to_owned())].into();
    report.standards = report.standards.keys().map(|_| (text.to_owned(), text.to_owned())).collect();
    report.versions = report.versions.into_iter().enumerate().map(|(n, (_, it))| (format!("{text}{n}"), it)).collect();
    let named = report.testcases.into_iter().enumerate().map(|(number, (_, mut result))| {
        result.targets = result.targets.into_values().enumerate().map(|(n, it)| (format!("{text}{n}"), it)).collect();
        (format!("{text}{number}"), result)
    });
    report.testcases = named.collect();
    (report, changed)
}

fn strings(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at),
        Value::Array(list) => list.iter().enumerate().for_each(|(n, item)| strings(item, format!("{at}/{n}"), found)),
        Value::Object(map) => {
            let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
            map.iter().for_each(|(key, item)| strings(item, format!("{at}/{}", escaped(key)), found));
        }
        _ => {}
    }
}

#[test]
fn no_string_becomes_markup() {
    let about = samples::resource(ResourceKind::Image, "id", "name");
    let finding = Finding::violation("m").on(about).property("p").expected("e").observed("o");
    let sample = samples::small()
        .found("scs-0114-syntax-check", vec![finding.clone(); 40])
        .interrupted("The run ended.")
        .detail("cloud", "lab")
        .created(&[None, Some("409")])
        .selected("scs-0114-*");
    let report = sample.build();
    let (hostile, changed) = with_all_strings(&report, HOSTILE);
    let (harmless, _) = with_all_strings(&report, "harmless");
    assert!(changed > 250, "only {changed} strings were changed");
    let html = rendered(&hostile);
    let (page, expected) = (Html::parse_document(&html), Html::parse_document(&rendered(&harmless)));
    assert_eq!(skeleton(&page), skeleton(&expected));
    nothing_is_loaded(&page);
    links_lead_somewhere(&page);
    assert!(!html.contains(['\0', '\x1b', '\u{202e}', '\u{202c}']) && !html.contains("<script>alert"));
    let shown = page.root_element().text().collect::<String>().matches(&*visible(HOSTILE)).count();
    assert!(shown > 250, "only {shown} of them are shown");
}
