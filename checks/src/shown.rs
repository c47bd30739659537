//! Parameters of checks as people write them.

use crate::check::CheckKind;

/// The longest line.
const WIDTH: usize = 100;

impl CheckKind {
    /// Prints the kind and its parameters, as written in YAML, with lists in brackets.
    pub fn to_yaml(&self) -> String {
        // Every parameter is text, a number, or a list or mapping of these: this cannot fail.
        let yaml = serde_yaml::to_string(self).unwrap_or_default();
        let lines: Vec<&str> = yaml.lines().collect();
        let mut text = String::new();
        let mut rest = lines.as_slice();
        while let Some((line, below)) = rest.split_first() {
            let items: Vec<&str> = below.iter().map_while(|line| line.trim_start().strip_prefix("- ")).collect();
            let is_list = line.ends_with(':') && !items.is_empty();
            if is_list && items.iter().all(|item| fits_in_brackets(item)) {
                in_brackets(line, &items, &mut text);
                rest = below.split_at_checked(items.len()).map_or(&[], |(_, rest)| rest);
            } else {
                text.push_str(line);
                text.push('\n');
                rest = below;
            }
        }
        text
    }
}

/// Returns true for a text that means the same in brackets.
fn fits_in_brackets(item: &str) -> bool {
    let quoted = |mark: char| item.len() > 1 && item.starts_with(mark) && item.ends_with(mark);
    quoted('\'')
        || quoted('"')
        || !item.contains([',', '[', ']', '{', '}', '#', '"', '\'', '|', '>', ':'])
        || (item.starts_with("https://") && !item.contains([',', '[', ']', '{', '}', '#']))
}

/// Writes `key: [a, b]`, on as many lines as that takes.
fn in_brackets(key: &str, items: &[&str], text: &mut String) {
    let indent = key.len() - key.trim_start().len() + 2;
    text.push_str(key);
    text.push_str(" [");
    let mut column = key.chars().count() + 2;
    for (index, item) in items.iter().enumerate() {
        let width = item.chars().count() + 2;
        if index > 0 {
            text.push(',');
            if column + width > WIDTH {
                text.push('\n');
                text.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                text.push(' ');
            }
        }
        text.push_str(item);
        column += width;
    }
    text.push_str("]\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("{flavor-name-syntax: {}}", "flavor-name-syntax: {}\n")]
    #[case("{manual: {evidence: papers}}", "manual:\n  evidence: papers\n")]
    #[case(
        "{image-property: {name: x, accepts: {words: [a, b, '7'], patterns: ['[0-9]+', '.*']}}}",
        "image-property:\n  name: x\n  accepts:\n    words: [a, b, \"7\"]\n    patterns: [\"[0-9]+\", .*]\n"
    )]
    #[case("{service-present: {types: ['a, b', c]}}", "service-present:\n  types:\n  - a, b\n  - c\n")]
    #[case(
        "{image-unique: {by: [a], among: {c: d}, visibility: public, having: []}}",
        "image-unique:\n  by: [a]\n  among:\n    c: d\n  visibility: public\n  having: []\n"
    )]
    fn lists_stand_in_brackets(#[case] written: &str, #[case] shown: &str) {
        let check: CheckKind = serde_yaml::from_str(written).unwrap();
        let yaml = check.to_yaml();
        assert_eq!(yaml, shown);
        let again: CheckKind = serde_yaml::from_str(&yaml).unwrap();
        assert_eq!(serde_json::to_value(again).unwrap(), serde_json::to_value(check).unwrap());
    }

    #[test]
    fn long_lists_take_several_lines() {
        let words: Vec<String> = (0..50).map(|number| format!("word{number}")).collect();
        let check: CheckKind = serde_yaml::from_str(&format!("{{service-present: {{types: {words:?}}}}}")).unwrap();
        let yaml = check.to_yaml();
        assert!(yaml.lines().count() > 3 && yaml.lines().all(|line| line.len() <= WIDTH), "{yaml}");
        let again: CheckKind = serde_yaml::from_str(&yaml).unwrap();
        assert_eq!(serde_json::to_value(again).unwrap(), serde_json::to_value(check).unwrap());
    }
}
