//! The page is read again with the parser that GitLab uses.

use super::escape::{code, link, prose, text};
use super::render;
use crate::samples::{self, Builder};
use crate::text::visible;
use comrak::Options;
use proptest::prelude::*;
use rstest::rstest;
use scraper::{Html, Node, Selector};
use scs_checks::verdict::{Finding, ResourceKind};

/// Renders as GitLab and GitHub do, but for their references.
fn read(markdown: &str) -> Html {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.math_dollars = true;
    options.extension.superscript = true;
    // They sanitise HTML only afterwards.
    options.render.r#unsafe = true;
    Html::parse_fragment(&comrak::markdown_to_html(markdown, &options))
}

fn names(page: &Html) -> Vec<&str> {
    page.tree
        .nodes()
        .filter_map(|node| node.value().as_element())
        .map(|element| element.name())
        .filter(|name| !["html", "body"].contains(name))
        .collect()
}

/// Returns the elements but for those that only break a word in two.
fn but_breaks(page: &Html) -> Vec<String> {
    names(page).into_iter().filter(|name| *name != "span").map(str::to_owned).collect()
}

fn shown(page: &Html) -> String {
    page.root_element().text().collect::<String>().trim_end_matches('\n').to_owned()
}

#[test]
fn a_small_report_reads_well() {
    insta::assert_snapshot!(render(&samples::small().build()));
}

#[test]
fn violations_read_well() {
    insta::assert_snapshot!(render(&samples::violations().build()));
}

#[test]
fn warnings_of_what_passed_are_listed() {
    let excused = (0..30).map(|number| Finding::warning(format!("test {number} is excused: flaky")));
    let report = samples::small().found("scs-0114-syntax-check", excused.collect::<Vec<_>>()).build();
    let text = shown(&read(&render(&report)));
    assert!(text.contains("Passed, with remarks (1)") && text.contains("test 0 is excused: flaky"), "{text}");
    assert!(text.contains("… and 10 more") && !text.contains("test 20 is"), "{text}");
}

#[test]
fn a_refused_subject_is_not_green() {
    let text = render(&samples::refused().build());
    assert!(!text.contains('✅') && text.contains("⛔ **Not tested:**"));
    insta::assert_snapshot!(text);
}

#[test]
fn an_interrupted_run_reads_well() {
    insta::assert_snapshot!(render(
        &samples::interrupted().only(&["scs-0102-image-recency", "scs-0104-source-capi-1"]).build()
    ));
}

#[test]
fn residue_reads_well() {
    let ids = ["scs-0114-syntax-check", "scs-0117-test-backup"];
    insta::assert_snapshot!(render(&samples::residue().only(&ids).build()));
}

#[test]
fn removed_resources_are_a_line_at_the_end() {
    let text = render(&samples::changed().build());
    assert!(text.contains("; the run created and removed 7 resources (run `20261120t153045-k3f9`)."), "{text}");
    assert!(!text.contains("Left behind"));
}

#[test]
fn list_of_residue_is_bounded() {
    let text = render(&samples::small().created(&[Some("409"); 200]).build());
    assert_eq!(text.matches("| 409 |").count(), 20);
    assert!(text.contains("… and 180 more."));
}

#[test]
fn an_empty_report_reads_well() {
    insta::assert_snapshot!(render(&Builder::empty().deciding(&[]).build()));
}

#[rstest]
#[case("two *stars* and _lines_", "two \\*stars\\* and \\_lines\\_")]
#[case("ask @admin about #12", "ask `@admin` about `#12`")]
#[case("see https://evil.example or www.evil.example", "see `https://evil.example` or `www.evil.example`")]
#[case("a & b: c", "a &amp; b: c")]
#[case("scs:name-v2 at 17:04:40Z, hh:mm", "scs:name-v2 at 17:04:40Z, hh:mm")]
#[case("well done :tada: a@b.example", "well done `:tada:` `a@b.example`")]
#[case("<b>\n|", "&lt;b&gt;\\\\n\\|")]
fn text_is_escaped(#[case] before: &str, #[case] after: &str) {
    assert_eq!(text(before), after);
}

#[rstest]
#[case("ubuntu @x #1", "`ubuntu @x #1`")]
#[case("a|b", "<code>a&#124;b</code>")]
#[case("a`b", "<code>a&#96;b</code>")]
#[case("", "<code></code>")]
fn code_is_kept(#[case] before: &str, #[case] after: &str) {
    assert_eq!(code(before), after);
}

#[rstest]
#[case("https://a.example/b#c", "[see](<https://a.example/b#c>)")]
#[case("javascript:alert(1)", "see")]
#[case("https://a.example/> <b>", "see")]
#[case("", "see")]
fn only_web_addresses_are_links(#[case] url: &str, #[case] markdown: &str) {
    assert_eq!(link("see", url), markdown);
}

#[test]
fn backticks_of_definitions_mark_code() {
    assert_eq!(prose("Run `a|b` or `c d`."), "Run <code>a&#124;b</code> or `c d`.");
}

#[test]
fn tables_are_bounded() {
    let found = (0..2000).map(|index| {
        let image = samples::resource(ResourceKind::Image, &format!("id-{index}"), "Ubuntu");
        Finding::violation("The property is missing.").on(image).property("os_distro")
    });
    let text = render(&Builder::conformant().found("scs-0102-prop-os_distro", found).build());
    assert!(text.contains("… and 1,980 more.") && !text.contains("id-20`") && text.contains("id-19`"));
    assert!(text.len() < 10_000);
}

#[test]
fn hostile_strings_stay_text() {
    let all = format!(
        "{} <script>alert(1)</script> @all #1 !2 /merge https://evil.example ![x](http://evil.example/y) :tada:",
        samples::HOSTILE.join(" ")
    );
    let nasty = |text: &str| {
        Finding::violation(text)
            .on(samples::resource(ResourceKind::Image, &format!("{text}id"), text))
            .property(text)
            .expected(text)
            .observed(text)
    };
    let mut report =
        samples::small().named(&all).found("scs-0114-syntax-check", [nasty(&all), nasty("|"), nasty("`\\|")]).build();
    report.testcases["scs-0117-test-backup"].reason.as_mut().unwrap().message = all.clone();
    report.testcases["scs-0114-syntax-check"].url = format!("https://a.example/) {all}");
    report.tool.name = all;
    let markdown = render(&report);
    let page = read(&markdown);
    let allowed = [
        "a", "code", "em", "h2", "h3", "h4", "li", "p", "strong", "sub", "table", "tbody", "td", "th", "thead", "tr",
        "span", "ul",
    ];
    for name in names(&page) {
        assert!(allowed.contains(&name), "<{name}> came from a string");
    }
    for link in page.select(&Selector::parse("a").unwrap()) {
        assert!(link.attr("href").unwrap().starts_with("https://docs.scs.community/"), "{}", link.html());
    }
    for row in page.select(&Selector::parse("tbody tr").unwrap()) {
        assert!(matches!(row.children().filter(|node| node.value().is_element()).count(), 5 | 7), "{}", row.html());
    }
    // A line that begins with a slash is a command for GitLab.
    assert!(!markdown.lines().any(|line| line.trim_start().starts_with('/')));
    let is_code = |node: &Node| node.as_element().is_some_and(|element| element.name() == "code");
    let outside_code = page.tree.nodes().filter(|node| !node.ancestors().any(|parent| is_code(parent.value())));
    let outside_code: String = outside_code.filter_map(|node| Some(node.value().as_text()?.to_string())).collect();
    assert!(!outside_code.contains("#1"), "a reference is left");
}

proptest! {
    #[test]
    fn nothing_refers_to_people_or_issues(string in "[ a-c1@#!~%$&:/.]{0,60}") {
        let outside_code = |(index, part): (usize, &str)| (index % 2 == 0).then(|| part.to_owned());
        let text: String = text(&string).split('`').enumerate().filter_map(outside_code).collect();
        let text = text.replace("&amp;", "&");
        let refers = |(sign, next): (char, char)| "@#!~%$&".contains(sign) && next.is_alphanumeric();
        prop_assert!(!text.chars().zip(text.chars().skip(1)).any(refers), "{}", text);
        prop_assert!(!text.contains("www.a") && !text.contains("://") && !text.contains(":a:"));
    }

    #[test]
    fn any_text_stays_text(string in "[ -~äß🦀]{0,60}") {
        let page = read(&format!("| a |\n|---|\n| x {} |\n", text(&string)));
        let mut list = names(&page);
        list.retain(|name| !["code", "span"].contains(name));
        prop_assert_eq!(&list, &["table", "thead", "tr", "th", "tbody", "tr", "td"]);
        prop_assert_eq!(shown(&page).split_whitespace().skip(2).collect::<String>(), visible(&string).split_whitespace().collect::<String>());
    }

    /// Found by chance: a reader that links addresses also does so in HTML.
    #[test]
    fn any_value_with_an_address_stays_code(string in "[a.:/@w\\\\]{0,20}@a\\.aa[|`\\\\]") {
        let page = read(&format!("| a |\n|---|\n| {} |\n", code(&string)));
        prop_assert_eq!(but_breaks(&page), ["table", "thead", "tr", "th", "tbody", "tr", "td", "code"].map(str::to_owned));
    }

    #[test]
    fn any_value_stays_code(string in "[ -~äß🦀]{1,60}") {
        let page = read(&format!("| a |\n|---|\n| {} |\n", code(&string)));
        prop_assert_eq!(but_breaks(&page), ["table", "thead", "tr", "th", "tbody", "tr", "td", "code"].map(str::to_owned));
        let shown = shown(&page).replace(' ', "");
        prop_assert_eq!(shown.trim_start_matches(['a', '\n']), string.trim_start_matches('a').replace(' ', ""));
    }
}
