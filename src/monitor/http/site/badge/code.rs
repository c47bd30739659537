//! The QR code of the short lasting address, for print (scs-0004, regulation 6b).

use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::cache::Page;
use crate::http::pages::segment;
use crate::http::path::Path;
use crate::http::site::badge::files::SVG;
use crate::http::site::feed::for_everybody;
use crate::http::site::listed::find_listed;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use qrcode::{Color, EcLevel, QrCode};
use std::sync::Arc;

/// The white border, in modules.
const BORDER: usize = 4;

#[derive(Template)]
#[template(path = "site/qr.svg")]
struct Code {
    address: String,
    size: usize,
    /// The dark modules, as a path.
    path: String,
}

/// Returns the QR code of a subject's address.
pub async fn qr(State(app): State<Arc<App>>, Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Answer> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let subject = find_listed(&app.registry(), &view, &accounts, &name)?;
    let Some(public) = &app.settings.public else {
        let reason = "the public address of this server is not known; start it with --base-url https://HOST/PATH";
        return Err(Answer::not_found(reason));
    };
    let make = || async { Ok::<_, Answer>(Page::new(SVG, code(&format!("{public}s/{}", segment(&subject.name)))?)) };
    let page = app.page(view.generation, format!("qr {name}"), make).await?;
    Ok(for_everybody(&page, &headers))
}

/// Draws the code of an address.
fn code(address: &str) -> Result<String, Answer> {
    let too_long = |_| Answer::new(StatusCode::INTERNAL_SERVER_ERROR, "the address is too long for a QR code");
    let code = QrCode::with_error_correction_level(address, EcLevel::M).map_err(too_long)?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", place % width + BORDER, place / width + BORDER));
        }
    }
    // Words and numbers can always be written.
    Ok(Code { address: address.to_owned(), size: width + 2 * BORDER, path }.render().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_has_its_marks_in_three_corners() {
        let drawn = code("https://monitor.example/s/acme-cloud").unwrap();
        assert!(drawn.contains("<title>https://monitor.example/s/acme-cloud</title>"), "{drawn}");
        let size: usize = drawn.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let far = size - BORDER - 7;
        for (x, y) in [(BORDER, BORDER), (far, BORDER), (BORDER, far)] {
            // The frame of a mark is dark, and light inside.
            let is_dark = |x: usize, y: usize| drawn.contains(&format!("M{x} {y}h"));
            assert!((0..7).all(|step| is_dark(x + step, y) && is_dark(x, y + step)), "{x} {y}");
            assert!(!is_dark(x + 1, y + 1), "{x} {y}");
        }
        assert!(code(&"x".repeat(5_000)).is_err());
    }
}
