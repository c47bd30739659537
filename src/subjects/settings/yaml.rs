//! Reads a YAML (or JSON) file into a tree that keeps two things serde would drop: the place of
//! every value, and the literal spelling of scalars. `password: 0123` must stay `0123`.

use super::error::{ConfigError, Location};
use serde_yaml::granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Most nodes one file may have, aliases expanded: enough for hundreds of clouds, too few for a bomb.
const MAX_NODES: usize = 20_000;
/// Deepest nesting; the tree is built by recursion.
const MAX_DEPTH: usize = 32;

/// A value and the place where it stands. It may hold a secret, so it has no `Debug`.
#[derive(Clone)]
pub(crate) struct Node {
    pub place: Location,
    pub value: Value,
    /// True for a scalar without quotes, which may be a number or a boolean.
    pub plain: bool,
}

/// A YAML value; every non-null scalar is text, spelled as in the file.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Vec<MapEntry>),
    /// Something that is not understood; it matters only to those who need it.
    Faulty(Box<ConfigError>),
}

/// One entry of a map, in the order of the file.
#[derive(Clone)]
pub(crate) struct MapEntry {
    pub key: String,
    pub place: Location,
    pub node: Node,
}

impl Node {
    /// Returns the value of `key` if this is a map; `-` and `_` are the same letter in keys, as everywhere in
    /// OpenStack, and the last of two spellings counts.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rfind(|entry| same_key(&entry.key, key)).map(|entry| &entry.node)
    }

    /// Returns the entries if this is a map, else none.
    pub fn entries(&self) -> &[MapEntry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Describes the value, for messages that expected something else.
    pub fn description(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Text(_) => "a plain value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Faulty(_) => "something that is not supported",
        }
    }

    fn size(&self) -> usize {
        match &self.value {
            Value::Null | Value::Text(_) | Value::Faulty(_) => 1,
            Value::List(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Value::Map(entries) => 1 + entries.iter().map(|e| e.node.size()).sum::<usize>(),
        }
    }
}

/// Returns true if both are the same key, as `project-name` and `project_name` are.
pub(crate) fn same_key(a: &str, b: &str) -> bool {
    let letter = |byte: u8| if byte == b'-' { b'_' } else { byte };
    a.len() == b.len() && a.bytes().map(letter).eq(b.bytes().map(letter))
}

/// The treatment of a second document in a file.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Documents {
    /// It is an error, as with openstacksdk.
    One,
    /// Only the first one is read, as with kubectl.
    First,
}

/// Parses the document of a file. What is wrong in one part only is added to `notes`: a key given twice (the last one
/// counts, as in every other client), a tag, a key that is not a word.
///
/// # Errors
/// Broken YAML, a second document where there may be one only, or more nodes than any real file has.
pub(crate) fn parse(
    path: &Arc<Path>,
    text: &str,
    documents: Documents,
    notes: &mut Vec<ConfigError>,
) -> Result<Node, ConfigError> {
    let events = Parser::new_from_str(text);
    let mut builder = Builder { events, path, anchors: BTreeMap::new(), nodes: 0, keys: Vec::new(), notes };
    let mut root = None;
    loop {
        match builder.next()? {
            (Event::StreamEnd, _) => break,
            (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _) => {}
            (_, span) if root.is_some() => {
                let second = ConfigError::new("a second YAML document begins here").at(&builder.place(span));
                if documents == Documents::One {
                    return Err(second.help("keep one document per file"));
                }
                builder.notes.push(second.help("only the first one is read"));
                break;
            }
            (event, span) => root = Some(builder.node(event, span, 0)?),
        }
    }
    Ok(root.unwrap_or(Node { place: Location::Path(Arc::clone(path)), value: Value::Null, plain: true }))
}

struct Builder<'a, 'n> {
    events: Parser<'a, StrInput<'a>>,
    path: &'a Arc<Path>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    /// The keys that lead to where we are, for messages.
    keys: Vec<String>,
    notes: &'n mut Vec<ConfigError>,
}

impl<'a> Builder<'a, '_> {
    fn place(&self, span: Span) -> Location {
        Location::File { path: Arc::clone(self.path), line: span.start.line(), column: span.start.col() + 1 }
    }

    /// Returns the next event that is not a comment.
    fn next(&mut self) -> Result<(Event<'a>, Span), ConfigError> {
        loop {
            match self.events.next_event() {
                Some(Ok((Event::Comment(..) | Event::Anchor(..), _))) => {}
                Some(Ok(event)) => return Ok(event),
                Some(Err(error)) => {
                    let place = Location::File {
                        path: Arc::clone(self.path),
                        line: error.marker().line(),
                        column: error.marker().col() + 1,
                    };
                    return Err(broken(&error).at(&place));
                }
                None => {
                    return Err(ConfigError::new("not valid YAML: the file ends too early")
                        .at(&Location::Path(Arc::clone(self.path))));
                }
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, ConfigError> {
        let place = self.place(span);
        self.count(1, &place)?;
        if depth > MAX_DEPTH {
            return Err(ConfigError::new(format!("nested deeper than {MAX_DEPTH} levels")).at(&place));
        }
        let tagged = event.tag().is_some_and(|tag| !tag.is_yaml_core_schema());
        let anchor = event.anchor_id();
        let plain = matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..));
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if is_null(&text) => Value::Null,
            Event::Scalar(text, ..) => Value::Text(text.into_owned()),
            Event::SequenceStart(..) => self.list(depth)?,
            Event::MappingStart(..) => self.map(depth)?,
            Event::Alias(id) => return self.alias(id, &place),
            _ => return Err(ConfigError::new("not valid YAML: a value was expected").at(&place)),
        };
        let value = if tagged { self.faulty(tag_refused(&place)) } else { value };
        let node = Node { place, value, plain };
        if let Some(id) = anchor {
            self.anchors.insert(id, node.clone());
        }
        Ok(node)
    }

    /// Makes a value that is not understood, and the note about it.
    fn faulty(&mut self, error: ConfigError) -> Value {
        self.note(error.clone());
        Value::Faulty(Box::new(error))
    }

    /// Notes what is wrong with the part that the keys lead to.
    fn note(&mut self, error: ConfigError) {
        let key = self.keys.join(".").replace(".[", "[");
        self.notes.push(if key.is_empty() { error } else { error.key(key) });
    }

    fn alias(&mut self, id: usize, place: &Location) -> Result<Node, ConfigError> {
        let Some(node) = self.anchors.get(&id).cloned() else {
            let value = self.faulty(ConfigError::new("an alias inside its own anchor").at(place));
            return Ok(Node { place: place.clone(), value, plain: false });
        };
        self.count(node.size(), place)?;
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Value, ConfigError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => {
                    let key = format!("[{}]", items.len());
                    items.push(self.below(key, event, span, depth)?);
                }
            }
        }
    }

    /// Builds the value of a key or an item.
    fn below(&mut self, key: String, event: Event<'a>, span: Span, depth: usize) -> Result<Node, ConfigError> {
        self.keys.push(key);
        let node = self.node(event, span, depth + 1);
        self.keys.pop();
        node
    }

    fn map(&mut self, depth: usize) -> Result<Value, ConfigError> {
        let mut entries: Vec<MapEntry> = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (key, place) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, ..), span) => (text.into_owned(), self.place(span)),
                (event, span) => {
                    self.skip(event, span, depth)?;
                    continue;
                }
            };
            let (event, span) = self.next()?;
            let node = self.below(key.clone(), event, span, depth)?;
            if key == "<<" {
                merged.push(node);
            } else {
                self.add(&mut entries, MapEntry { key, place, node });
            }
        }
        for node in merged {
            if let Err(error) = merge(&mut entries, node) {
                self.note(error);
            }
        }
        Ok(Value::Map(entries))
    }

    /// Leaves out an entry whose key is not a word.
    fn skip(&mut self, key: Event<'a>, span: Span, depth: usize) -> Result<(), ConfigError> {
        self.note(ConfigError::new("a key must be a plain word").at(&self.place(span)));
        self.node(key, span, depth + 1)?;
        let (event, span) = self.next()?;
        self.node(event, span, depth + 1).map(drop)
    }

    /// Adds an entry; of one key given twice the last value counts.
    fn add(&mut self, entries: &mut Vec<MapEntry>, entry: MapEntry) {
        if let Some(at) = entries.iter().position(|known| same_key(&known.key, &entry.key)) {
            let what = ConfigError::new("is given twice, and the last value counts").at(&entry.place);
            let first = &entries[at].place;
            self.keys.push(entry.key.clone());
            self.note(what.help(format!("the first one is at {first}; keep one of them")));
            self.keys.pop();
            if entries[at].key == entry.key {
                entries.remove(at);
            }
        }
        entries.push(entry);
    }

    fn count(&mut self, nodes: usize, place: &Location) -> Result<(), ConfigError> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(ConfigError::new(format!("more than {MAX_NODES} values, aliases expanded")).at(place));
        }
        Ok(())
    }
}

/// Merges entries of YAML's merge key `<<`, which count where the map has no entry of its own.
fn merge(entries: &mut Vec<MapEntry>, node: Node) -> Result<(), ConfigError> {
    match node.value {
        Value::Map(more) => {
            for entry in more {
                if !entries.iter().any(|own| same_key(&own.key, &entry.key)) {
                    entries.push(entry);
                }
            }
            Ok(())
        }
        Value::List(nodes) => nodes.into_iter().try_for_each(|node| merge(entries, node)),
        _ => Err(ConfigError::new("`<<` takes a map or a list of maps").at(&node.place)),
    }
}

fn broken(error: &ScanError) -> ConfigError {
    let broken = ConfigError::new(format!("not valid YAML: {}", error.info()));
    match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => broken.help("indent with spaces"),
        ErrorKind::MappingValueNotAllowed => broken.help("quote the value if it contains `: `"),
        _ => broken,
    }
}

fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}

/// Returns the error about a tag. It does not quote it: a password that begins with `!` and stands there without quotes
/// is one.
fn tag_refused(place: &Location) -> ConfigError {
    ConfigError::new("a value that begins with `!` is a YAML tag, and tags are not supported")
        .at(place)
        .help("quote a value that begins with `!`; an encrypted file must be decrypted first")
}
