//! The links of a page: they are found, and written anew for files.
//!
//! Our templates write attributes with double quotes, and everything that others wrote has its quotes escaped: an attribute that is
//! found here is one of ours.

/// The attributes that name another file of the site.
const ATTRIBUTES: [&str; 2] = [" href=\"/", " src=\"/"];

/// A link within the site.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Link<'t> {
    /// The path.
    pub path: &'t str,
    /// The query with its `?`, or nothing.
    pub query: &'t str,
    /// The part behind the path and the query, with its `#`, or nothing.
    pub fragment: &'t str,
}

impl<'t> Link<'t> {
    fn parse(text: &'t str) -> Self {
        let (rest, fragment) = text.split_at(text.find('#').unwrap_or(text.len()));
        let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        Self { path, query, fragment }
    }
}

/// Returns the place of the next attribute at or behind a place: its beginning, and that of its value.
fn next(text: &str, from: usize) -> Option<(usize, usize)> {
    let places = ATTRIBUTES.iter().filter_map(|attribute| {
        let place = from + text.get(from..)?.find(attribute)?;
        Some((place, place + attribute.len() - 1))
    });
    places.min()
}

/// Returns all links within the site.
pub fn links(text: &str) -> Vec<Link<'_>> {
    let (mut found, mut place) = (Vec::new(), 0);
    while let Some((_, value)) = next(text, place) {
        let length = text[value..].find('"').unwrap_or(text.len() - value);
        found.push(Link::parse(&text[value..value + length]));
        place = value + length;
    }
    found
}

/// Writes each link anew. Where there is no new one the attribute is left out: the words stay, and lead nowhere.
pub fn rewrite(text: &str, new: impl Fn(Link<'_>) -> Option<String>) -> String {
    let (mut written, mut place) = (String::with_capacity(text.len()), 0);
    while let Some((start, value)) = next(text, place) {
        let length = text[value..].find('"').unwrap_or(text.len() - value);
        written.push_str(&text[place..start]);
        if let Some(link) = new(Link::parse(&text[value..value + length])) {
            written.push_str(&text[start..value]);
            written.push_str(&link);
            written.push('"');
        }
        place = (value + length + 1).min(text.len());
    }
    written.push_str(&text[place..]);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<link rel=\"stylesheet\" href=\"/static/site.css\"><a href=\"/en/help#glossary\">ä</a> \
                        <a href=\"https://example.org/x\">out</a><use href=\"#:pass\"/><script src=\"/static/site.js\"></script>\
                        <a class=\"x\" href=\"/en/s/a/b/compare?a=1\">q</a> href=/en/ &quot;";

    #[test]
    fn links_of_the_site_are_found() {
        let found: Vec<&str> = links(PAGE).iter().map(|link| link.path).collect();
        assert_eq!(found, ["/static/site.css", "/en/help", "/static/site.js", "/en/s/a/b/compare"]);
    }

    #[test]
    fn links_are_written_anew_or_left_out() {
        let new = |link: Link<'_>| link.query.is_empty().then(|| format!("..{}{}", link.path, link.fragment));
        let written = rewrite(PAGE, new);
        assert!(
            written.contains("href=\"../static/site.css\"") && written.contains("href=\"../en/help#glossary\">ä"),
            "{written}"
        );
        assert!(written.contains("<a class=\"x\">q</a>") && written.contains("https://example.org/x"), "{written}");
        assert_eq!(rewrite("nothing", new), "nothing");
        assert_eq!(rewrite("<a href=\"/open", |_| None), "<a");
    }
}
