//! Reads XML, and holds it to the schema in `tests/fixtures`, as far as that schema goes:
//! sequences of elements and choices, attributes, four types of values.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::collections::BTreeMap;

/// An element of an XML document.
#[derive(Clone, Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub children: Vec<Element>,
    pub text: String,
}

impl Element {
    /// Returns the value of an attribute; empty if there is none.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Returns the children with this name.
    pub fn named(&self, name: &str) -> Vec<&Element> {
        self.children.iter().filter(|child| child.name == name).collect()
    }

    /// Returns the first child with this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Parses a document and returns its root. Panics if it is not well-formed.
pub fn parse(xml: &str) -> Element {
    assert_eq!(xml.chars().find(|c| !is_xml_char(*c)), None, "XML 1.0 forbids this character");
    let mut reader = Reader::from_str(xml);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(element(&start)),
            Event::End(_) => {
                let closed = open.pop().unwrap();
                open.last_mut().unwrap().children.push(closed);
            }
            Event::Text(text) => open.last_mut().unwrap().text.push_str(&text.decode().unwrap()),
            Event::CData(text) => open.last_mut().unwrap().text.push_str(&text.decode().unwrap()),
            Event::Decl(_) | Event::Comment(_) => {}
            other => panic!("not expected: {other:?}"),
        }
    }
    let [document] = <[Element; 1]>::try_from(open).unwrap();
    <[Element; 1]>::try_from(document.children).unwrap().into_iter().next().unwrap()
}

fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        (key, attribute.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned())
    });
    let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
    Element { name, attributes: attributes.collect(), ..Element::default() }
}

/// A schema.
pub struct Schema(Element);

impl Schema {
    /// Reads a schema.
    pub fn parse(xml: &str) -> Self {
        Self(parse(xml))
    }

    /// Panics unless the element, with all that is in it, keeps to the schema.
    pub fn check(&self, element: &Element) {
        let declared = self.0.named("xs:element").into_iter().find(|other| other.attribute("name") == element.name);
        let declared = declared.unwrap_or_else(|| panic!("the schema has no element {}", element.name));
        if declared.attribute("type") == "xs:string" {
            assert!(
                element.attributes.is_empty() && element.children.is_empty(),
                "{} has more than text",
                element.name
            );
            return;
        }
        let named =
            || self.0.children.iter().find(|other| other.attribute("name") == declared.attribute("type")).unwrap();
        let type_ = declared.child("xs:complexType").unwrap_or_else(named);
        check_attributes(type_, element);
        let mixed = type_.attribute("mixed") == "true";
        assert!(mixed || element.text.trim().is_empty(), "{} contains text", element.name);
        let rest = type_.child("xs:sequence").map_or(&element.children[..], |all| sequence(all, &element.children));
        assert!(rest.is_empty(), "{} contains {} at the wrong place", element.name, rest[0].name);
        element.children.iter().for_each(|child| self.check(child));
    }
}

/// Takes from `children` what the sequence allows, and gives what remains.
fn sequence<'a>(particles: &Element, mut children: &'a [Element]) -> &'a [Element] {
    for particle in &particles.children {
        let allowed: Vec<&str> = match particle.name.as_str() {
            "xs:choice" => particle.children.iter().map(|choice| choice.attribute("ref")).collect(),
            _ => vec![particle.attribute("ref")],
        };
        let most = if particle.attribute("maxOccurs") == "unbounded" { usize::MAX } else { 1 };
        let taken = children.iter().take(most).take_while(|child| allowed.contains(&child.name.as_str())).count();
        assert!(taken > 0 || particle.attribute("minOccurs") == "0", "one of {allowed:?} is missing");
        children = &children[taken..];
    }
    children
}

fn check_attributes(type_: &Element, element: &Element) {
    let declared = type_.named("xs:attribute");
    for (name, value) in &element.attributes {
        let known = declared.iter().find(|other| other.attribute("name") == name);
        let known = known.unwrap_or_else(|| panic!("{} has an unknown attribute {name}", element.name));
        let good = match known.attribute("type") {
            "xs:string" => true,
            "xs:nonNegativeInteger" => value.parse::<u64>().is_ok(),
            "xs:dateTime" => chrono::DateTime::parse_from_rfc3339(value).is_ok(),
            "seconds" => value.parse::<f64>().is_ok() && !value.contains(['e', 'E', '+', '-']),
            other => panic!("this test does not know the type {other}"),
        };
        assert!(good, "{} {name}=\"{value}\"", element.name);
    }
    for required in declared.iter().filter(|attribute| attribute.attribute("use") == "required") {
        let name = required.attribute("name");
        assert!(element.attributes.contains_key(name), "{} lacks the attribute {name}", element.name);
    }
}
