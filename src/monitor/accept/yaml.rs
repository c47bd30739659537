//! Builds documents from the events of the YAML parser, within bounds: no tags, no merge keys, no key twice, and aliases only as
//! far as what they stand for fits into the budget.

use super::document::{ANCHOR, Budget, DEEPEST, ENTRY, LIST, MAP, Node};
use super::field::FieldError;
use serde_yaml::granit_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

/// The most documents of an upload.
const MOST_DOCUMENTS: usize = 2_000;

/// The most bytes that aliases may add.
const MOST_REPEATED: usize = 4 << 20;

/// Parses all documents of a text, and finds the bytes of each.
///
/// # Errors
/// The first thing that is not YAML, not supported, or beyond a bound.
pub(super) fn documents(text: &str, budget: Budget) -> Result<(Vec<Node<'_>>, Vec<Range<usize>>), FieldError> {
    let mut builder = Builder::new(budget);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let (line, column) = (error.marker().line(), error.marker().col() + 1);
            let message = format!("line {line}, column {column} is not valid YAML: {}", error.info());
            FieldError::new("", message, "send the file as the check tool wrote it")
        })?;
        if matches!(event, Event::DocumentStart(..)) {
            builder.starts.push(span.start.byte_offset());
        }
        builder.take(event, span.start.line())?;
    }
    let ranges = ranges(text, &builder.starts);
    Ok((builder.documents, ranges))
}

/// Returns the bytes of each document; nothing where one begins without `---`, or has directives before it.
fn ranges(text: &str, starts: &[Option<usize>]) -> Vec<Range<usize>> {
    if text.starts_with('%') || text.contains("\n%") || text.contains("\r%") {
        return Vec::new();
    }
    let mut ranges: Vec<Range<usize>> = Vec::with_capacity(starts.len());
    for (index, start) in starts.iter().enumerate() {
        // Whatever stands before the first document belongs to it.
        let start = if index == 0 { Some(0) } else { *start };
        let is_marked = |start: usize| text.get(start - 1..).is_some_and(|rest| rest.starts_with("\n---"));
        let Some(start) = start.filter(|start| *start == 0 || is_marked(*start)) else { return Vec::new() };
        if let Some(last) = ranges.last_mut() {
            last.end = start;
        }
        ranges.push(Range { start, end: text.len() });
    }
    ranges
}

/// The size of a value after its aliases were followed.
#[derive(Clone, Copy, Default)]
struct Weight {
    values: usize,
    bytes: usize,
}

struct Builder<'a> {
    documents: Vec<Node<'a>>,
    /// The first byte of each document.
    starts: Vec<Option<usize>>,
    open: Vec<Frame<'a>>,
    anchors: HashMap<usize, (Rc<Node<'a>>, Weight)>,
    budget: Budget,
    /// The weight of everything so far.
    weight: Weight,
    /// The bytes that aliases have added.
    repeated: usize,
}

/// A list or a mapping that has not ended.
struct Frame<'a> {
    content: Content<'a>,
    anchor: usize,
    before: Weight,
    line: usize,
}

enum Content<'a> {
    List(Vec<Node<'a>>),
    Map(Vec<(Cow<'a, str>, Node<'a>)>, Option<Cow<'a, str>>),
}

impl<'a> Builder<'a> {
    fn new(budget: Budget) -> Self {
        let (documents, starts, open, anchors) = (Vec::new(), Vec::new(), Vec::new(), HashMap::new());
        Self { documents, starts, open, anchors, budget, weight: Weight::default(), repeated: 0 }
    }

    fn take(&mut self, event: Event<'a>, line: usize) -> Result<(), FieldError> {
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                if self.documents.len() >= MOST_DOCUMENTS {
                    return Err(FieldError::too_large(format!("there are more than {MOST_DOCUMENTS} documents")));
                }
            }
            // PyYAML writes it in flow style, where a time needs quotes.
            Event::Scalar(text, _, anchor, Some(tag)) if is_timestamp(&tag) => {
                self.take(Event::Scalar(text, ScalarStyle::Plain, anchor, None), line)?;
            }
            Event::Scalar(.., Some(_)) | Event::SequenceStart(.., Some(_)) | Event::MappingStart(.., Some(_)) => {
                let message = format!("line {line} has a YAML tag");
                return Err(FieldError::new("", message, "remove the word that begins with !"));
            }
            Event::Scalar(text, style, anchor, None) => {
                let bytes = text.len();
                self.add_weight(Weight { values: 1, bytes });
                // A text that stands in the upload as it is takes no memory of its own.
                self.budget.take_value(if matches!(text, Cow::Owned(_)) { bytes } else { 0 })?;
                let node = Node::Scalar { text, plain: style == ScalarStyle::Plain };
                self.finish(node, anchor, Weight { values: 1, bytes }, line)?;
            }
            Event::SequenceStart(_, anchor, None) => self.begin(Content::List(Vec::new()), anchor, line)?,
            Event::MappingStart(_, anchor, None) => self.begin(Content::Map(Vec::new(), None), anchor, line)?,
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
            Event::Alias(anchor) => self.repeat(anchor, line)?,
            _ => {}
        }
        Ok(())
    }

    fn add_weight(&mut self, weight: Weight) {
        self.weight.values += weight.values;
        self.weight.bytes += weight.bytes;
    }

    fn begin(&mut self, content: Content<'a>, anchor: usize, line: usize) -> Result<(), FieldError> {
        if self.open.len() >= DEEPEST {
            let message = format!("line {line} is nested more than {DEEPEST} levels deep");
            return Err(FieldError::new("", message, "send the file as the check tool wrote it"));
        }
        self.add_weight(Weight { values: 1, bytes: 0 });
        self.budget.take_value(if matches!(content, Content::List(_)) { LIST } else { MAP })?;
        self.open.push(Frame { content, anchor, before: self.weight, line });
        Ok(())
    }

    fn end(&mut self) -> Result<(), FieldError> {
        let Some(Frame { content, anchor, before, line }) = self.open.pop() else { return Ok(()) };
        let weight = Weight { values: self.weight.values - before.values + 1, bytes: self.weight.bytes - before.bytes };
        let node = match content {
            Content::List(items) => Node::List(items),
            Content::Map(entries, _) => {
                refuse_repeated_keys(&entries, line)?;
                Node::Map(entries)
            }
        };
        self.finish(node, anchor, weight, line)
    }

    fn repeat(&mut self, anchor: usize, line: usize) -> Result<(), FieldError> {
        let Some((node, weight)) = self.anchors.get(&anchor) else {
            let message = format!("line {line} refers to a value that contains it, or to none");
            return Err(FieldError::new("", message, "write the value in its place"));
        };
        let (node, weight) = (Node::Shared(Rc::clone(node)), *weight);
        self.repeated += weight.bytes;
        if self.repeated > MOST_REPEATED {
            return Err(FieldError::too_large(format!("aliases repeat more than {} MiB", MOST_REPEATED >> 20)));
        }
        self.add_weight(weight);
        self.budget.take_values(weight.values)?;
        self.budget.take_memory(ENTRY)?;
        self.place(node, line)
    }

    fn finish(&mut self, node: Node<'a>, anchor: usize, weight: Weight, line: usize) -> Result<(), FieldError> {
        if anchor == 0 {
            return self.place(node, line);
        }
        self.budget.take_memory(ANCHOR)?;
        let node = Rc::new(node);
        self.anchors.insert(anchor, (Rc::clone(&node), weight));
        self.place(Node::Shared(node), line)
    }

    fn place(&mut self, node: Node<'a>, line: usize) -> Result<(), FieldError> {
        match self.open.last_mut().map(|frame| &mut frame.content) {
            None => self.documents.push(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map(entries, key)) => match key.take() {
                Some(name) => {
                    self.budget.take_memory(ENTRY)?;
                    entries.push((name, node));
                }
                None => *key = Some(key_from(node, line)?),
            },
        }
        Ok(())
    }
}

/// Returns true for the tag of a time, whose text means the same without it.
fn is_timestamp(tag: &Tag) -> bool {
    tag.suffix_in_namespace("tag:yaml.org,2002:").is_some_and(|name| name == "timestamp")
}

fn key_from(node: Node<'_>, line: usize) -> Result<Cow<'_, str>, FieldError> {
    let problem = |message: String, remedy: &str| Err(FieldError::new("", message, remedy));
    match node {
        Node::Scalar { text, plain: true } if text == "<<" => {
            problem(format!("line {line} has a merge key (<<)"), "write the keys in its place")
        }
        Node::Scalar { text, .. } => Ok(text),
        Node::Shared(node) => match node.text() {
            Some(text) => Ok(Cow::Owned(text.to_owned())),
            None => problem(format!("line {line} has a key that is no text"), "use texts as keys"),
        },
        _ => problem(format!("line {line} has a key that is no text"), "use texts as keys"),
    }
}

fn refuse_repeated_keys(entries: &[(Cow<'_, str>, Node<'_>)], line: usize) -> Result<(), FieldError> {
    let mut seen = HashSet::with_capacity(entries.len());
    match entries.iter().find(|(key, _)| !seen.insert(key.as_ref())) {
        None => Ok(()),
        Some((key, _)) => {
            let key: String = scs_reports::visible(key).chars().take(100).collect();
            let message = format!("the mapping that begins in line {line} has the key \"{key}\" twice");
            Err(FieldError::new("", message, "remove one of them"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn read(text: &str) -> Result<Vec<Value>, String> {
        let (nodes, _) = documents(text, Budget::new(text)).map_err(|error| error.to_string())?;
        Ok(nodes.iter().map(|node| serde_json::to_value(node).unwrap()).collect())
    }

    #[test]
    fn documents_and_aliases_are_read() {
        let text = "---\na: &id001 [1, x]\nb: *id001\n---\n- '1'\n- null\n";
        assert_eq!(read(text).unwrap(), [json!({"a": [1, "x"], "b": [1, "x"]}), json!(["1", null])]);
        assert_eq!(read("").unwrap(), [Value::Null; 0]);
        assert_eq!(read("---\n").unwrap(), [Value::Null]);
    }

    #[test]
    fn the_tag_of_a_time_means_nothing() {
        let text = "{checked_at: !!timestamp '2026-11-20 15:30:45', x: !<tag:yaml.org,2002:timestamp> 2026-11-20}";
        assert_eq!(read(text).unwrap(), [json!({"checked_at": "2026-11-20 15:30:45", "x": "2026-11-20"})]);
        for text in
            ["a: !timestamp x", "a: !!timestamp [x]", "a: !!timestamps x", "%TAG !! tag:x,2000:\n---\na: !!timestamp x"]
        {
            assert!(read(text).unwrap_err().contains("YAML tag"), "{text}");
        }
    }

    fn bomb(levels: usize) -> String {
        let level = |n: usize| format!("l{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 10].join(", "));
        format!("l0: &l0 [lol, lol, lol]\n{}", (1..levels).map(level).collect::<String>())
    }

    #[rstest]
    #[case::tag("a: !!python/object:os.system {}", "YAML tag")]
    #[case::scalar_tag("a: !!str 1", "YAML tag")]
    #[case::bomb(&bomb(9), "aliases repeat")]
    #[case::many_values(&format!("a: &a [{}]\nb: [{}]", "'',".repeat(2_000), "*a, ".repeat(1_100)), "values")]
    #[case::long_repeated(&format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), "*a, ".repeat(9)), "aliases repeat")]
    #[case::nested_lists(&format!("[{}]", "[[[[[[[[[[1]]]]]]]]]], ".repeat(50_000)), "too much memory")]
    #[case::nested_maps(&format!("[{}]", "{a: {a: {a: {a: 1}}}}, ".repeat(50_000)), "too much memory")]
    #[case::anchors(&format!("[{}]", "&a 1, ".repeat(400_000)), "too much memory")]
    #[case::circle("a: &a [*a]", "refers to")]
    #[case::unknown_alias("a: *b", "not valid YAML")]
    #[case::depth(&format!("{}{}", "[".repeat(50), "]".repeat(50)), "levels deep")]
    #[case::great_depth(&"[".repeat(100_000), "not valid YAML")]
    #[case::duplicate("a: 1\na: 2", "\"a\" twice")]
    #[case::merge("a: &a {x: 1}\nb:\n  <<: *a", "merge key")]
    #[case::list_as_key("? [a]\n: 1", "no text")]
    #[case::syntax("a: [1", "line 1")]
    #[case::tab("a:\n\t- 1", "not valid YAML")]
    fn what_is_not_plain_yaml_is_refused(#[case] text: &str, #[case] expected: &str) {
        let error = read(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[rstest]
    #[case("a: 1", true)]
    #[case("# first\n---\na: 1\n---\n- b\n", true)]
    #[case("--- a\n...\n# between\n--- |\n ---\n text\n--- [c]\n", true)]
    #[case("\u{feff}--- ä\n--- ö\n", true)]
    #[case("--- a\r\n--- b\r\n", true)]
    #[case("%YAML 1.1\n--- a\n--- b\n", false)]
    #[case("--- a\n...\n%YAML 1.1\n--- b\n", false)]
    fn each_document_is_read_alone(#[case] text: &str, #[case] expected: bool) {
        let (nodes, ranges) = documents(text, Budget::new(text)).unwrap();
        assert_eq!(ranges.len() == nodes.len(), expected, "{ranges:?}");
        for (node, range) in nodes.iter().zip(ranges) {
            assert_eq!(documents(&text[range], Budget::largest()).unwrap().0, std::slice::from_ref(node));
        }
    }

    proptest! {
        #[test]
        fn documents_are_read_alone_whatever_is_in_them(
            parts in prop::collection::vec("(--- |---\n)?[-a-c: \n\\[\\]{},&*!'\"|>#?~.%ä]{0,20}\n(\\.\\.\\.\n)?", 1..5)
        ) {
            let text = parts.concat();
            if let Ok((nodes, ranges)) = documents(&text, Budget::new(&text)) {
                prop_assert!(ranges.is_empty() || ranges.len() == nodes.len());
                for (node, range) in nodes.iter().zip(ranges) {
                    let (alone, _) = documents(&text[range], Budget::largest()).unwrap();
                    prop_assert_eq!(&alone, std::slice::from_ref(node));
                }
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = read(&text);
        }

        #[test]
        fn damaged_yaml_is_read_or_refused(text in "[-a-c: \n\\[\\]{},&*!'\"|>#?~]{0,60}") {
            let _ = read(&text);
        }
    }
}
